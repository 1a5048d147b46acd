import { useState } from "preact/hooks";
import { Combobox, type Choice } from "../shared/combobox.tsx";
import { expandedTitle, lookUp } from "../../data/records.ts";
import { findEntity } from "../../data/model.ts";
import { str, type InputProps } from "../types.ts";

export function Input(p: InputProps) {
  const keys = p.field.targets ?? [];
  const [picked, setPicked] = useState<Choice | null>(null);
  const id = str(p.value);
  const title = picked?.key === id ? picked.title : expandedTitle(p.record, p.field.name) ?? id;
  return (
    <Combobox id={p.id} label={p.field.label} invalid={p.invalid} required={p.required} describedBy={p.describedBy}
      chosen={id ? { key: id, title } : null}
      find={async (text, abort) => (await lookUp(keys, text, abort)).map((h) => ({
        key: h.id, title: h.title, subtitle: h.subtitle, icon: findEntity(h.entity)?.icon ?? "box",
      }))}
      onChoose={(c) => { setPicked(c); p.onChange(c?.key ?? null); }} />
  );
}
