import { aria, str, type InputProps } from "../types.ts";

/** One line of text; the keyboard of a phone follows the kind. */
export function Line(p: InputProps & { type?: "text" | "tel"; inputMode?: string; autocomplete?: string }) {
  return (
    <input class="in" dir="auto" type={(p.type ?? "text") as "text"} inputMode={p.inputMode as never} autocomplete={(p.autocomplete ?? "off") as never}
      spellcheck={false} {...aria(p)} maxLength={p.field.type === "text" && p.field.max ? Number(p.field.max) : undefined}
      value={str(p.value)} onInput={(e) => p.onChange(e.currentTarget.value || null)} />
  );
}
