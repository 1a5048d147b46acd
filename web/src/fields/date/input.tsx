import { aria, str, type InputProps } from "../types.ts";

export const Input = (p: InputProps) => (
  <input class="in tab" type="date" {...aria(p)} max="9999-12-31" value={str(p.value)}
    onInput={(e) => p.onChange(e.currentTarget.value || null)} />
);
