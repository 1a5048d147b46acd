import { aria, type InputProps } from "../types.ts";

export const Input = (p: InputProps) => (
  <span class="in-check">
    <input type="checkbox" class="switch" role="switch" {...aria(p)} aria-required={undefined} checked={p.value === true}
      onChange={(e) => p.onChange(e.currentTarget.checked)} />
  </span>
);
