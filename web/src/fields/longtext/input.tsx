import { aria, str, type InputProps } from "../types.ts";

export const Input = (p: InputProps) => (
  <textarea class="in" dir="auto" rows={4} {...aria(p)} value={str(p.value)}
    onInput={(e) => p.onChange(e.currentTarget.value || null)} />
);
