import { aria, str, type InputProps } from "../types.ts";

/** Only the steps that the status knows from where the record stands. */
export function Input(p: InputProps) {
  const stands = str((p.record["_before"] as Record<string, unknown> | undefined)?.[p.field.name] ?? p.field.initial ?? p.value);
  const steps = new Set((p.field.moves ?? []).filter((m) => m.from.includes(stands)).map((m) => m.to));
  const isNew = !p.record.id;
  const options = (p.field.options ?? []).filter((o) => o.code === stands || o.code === p.value || steps.has(o.code) || (isNew && !p.field.moves?.length));
  return (
    <select class="in" {...aria(p)} value={str(p.value ?? p.field.initial)} onChange={(e) => p.onChange(e.currentTarget.value)}>
      {options.map((o) => <option key={o.code} value={o.code}>{o.label}</option>)}
    </select>
  );
}
