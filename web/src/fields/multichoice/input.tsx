import { aria, type InputProps } from "../types.ts";

export function Input(p: InputProps) {
  const chosen = Array.isArray(p.value) ? (p.value as string[]) : [];
  const options = (p.field.options ?? []).filter((o) => !o.hidden || chosen.includes(o.code));
  const toggle = (code: string, on: boolean): void => {
    const next = options.map((o) => o.code).filter((c) => (c === code ? on : chosen.includes(c)));
    p.onChange(next.length > 0 ? next : null);
  };
  return (
    <span class="in-many" role="group" {...aria(p)} aria-invalid={undefined} aria-required={undefined} aria-labelledby={`${p.id}-label`}>
      {options.map((o) => (
        <label key={o.code} class="tick">
          <input type="checkbox" checked={chosen.includes(o.code)} onChange={(e) => toggle(o.code, e.currentTarget.checked)} />
          {o.label}
        </label>
      ))}
    </span>
  );
}
