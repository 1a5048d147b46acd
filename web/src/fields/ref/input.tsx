import { useState } from "preact/hooks";
import { Combobox, type Choice } from "../shared/combobox.tsx";
import { lookUpFor } from "../../data/lookup.ts";
import { expandedTitle } from "../../data/records.ts";
import { findEntity } from "../../data/model.ts";
import { str, type InputProps } from "../types.ts";

export function Input(p: InputProps) {
  const [picked, setPicked] = useState<Choice | null>(null);
  const id = str(p.value);
  const title = picked?.key === id ? picked.title : expandedTitle(p.record, p.field.name) ?? id;
  return (
    <Combobox id={p.id} label={p.field.label} invalid={p.invalid} required={p.required} describedBy={p.describedBy}
      chosen={id ? { key: id, title } : null}
      find={async (text, abort) => (await lookUpFor(p.entity, p.field, p.record, text, abort)).map((h) => ({
        key: h.id, title: h.title, subtitle: h.subtitle, icon: findEntity(h.entity)?.icon ?? "box",
      }))}
      onChoose={(c) => { setPicked(c); p.onChange(c?.key ?? null); }} />
  );
}
