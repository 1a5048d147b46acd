import { tone } from "../../base/format.ts";
import type { Field } from "../../data/types.ts";

export const optionOf = (field: Field, code: unknown) => field.options?.find((o) => o.code === code);
export const optionLabel = (field: Field, code: unknown): string => optionOf(field, code)?.label ?? String(code ?? "");

/** A state in colour and words; the colour never speaks alone. */
export function Pill({ field, code }: { field: Field; code: unknown }) {
  const option = optionOf(field, code);
  return <span class={`pill ${tone(option?.color)}`}>{option?.label ?? String(code)}</span>;
}
