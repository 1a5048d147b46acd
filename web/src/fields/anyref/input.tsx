import { useState } from "preact/hooks";
import { Combobox, type Choice } from "../shared/combobox.tsx";
import { lookUp } from "../../data/lookup.ts";
import { expandedTitle } from "../../data/records.ts";
import { findEntity } from "../../data/model.ts";
import type { Ref } from "../../data/types.ts";
import type { InputProps } from "../types.ts";

/** One search over all the kinds of record that it may point at. */
export function Input(p: InputProps) {
  const [picked, setPicked] = useState<Choice | null>(null);
  const value = p.value as Ref | null;
  const key = value ? `${value.entity} ${value.id}` : "";
  const title = picked?.key === key ? picked.title : expandedTitle(p.record, p.field.name) ?? value?.id ?? "";
  return (
    <Combobox id={p.id} label={p.field.label} invalid={p.invalid} required={p.required} describedBy={p.describedBy}
      chosen={value ? { key, title } : null}
      find={async (text, abort) => (await lookUp(p.field.targets ?? [], text, abort)).map((h) => ({
        key: `${h.entity} ${h.id}`, title: h.title, subtitle: findEntity(h.entity)?.label ?? "",
        icon: findEntity(h.entity)?.icon ?? "box",
      }))}
      onChoose={(c) => {
        setPicked(c);
        const [entity, id] = c?.key.split(" ") ?? [];
        p.onChange(entity && id ? { entity, id } : null);
      }} />
  );
}
