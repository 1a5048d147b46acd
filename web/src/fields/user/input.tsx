import { useState } from "preact/hooks";
import { fold } from "../../base/fold.ts";
import { Combobox, type Choice } from "../shared/combobox.tsx";
import { lookUpFor } from "../../data/lookup.ts";
import { expandedTitle } from "../../data/records.ts";
import { findEntity, getModel } from "../../data/model.ts";
import { str, type InputProps } from "../types.ts";

export function Input(p: InputProps) {
  const me = getModel().user;
  const [picked, setPicked] = useState<Choice | null>(null);
  const id = str(p.value);
  const title = picked?.key === id ? picked.title
    : expandedTitle(p.record, p.field.name) ?? (id === me.id ? me.name : id);
  return (
    <Combobox id={p.id} label={p.field.label} invalid={p.invalid} required={p.required} describedBy={p.describedBy}
      chosen={id ? { key: id, title } : null}
      find={async (text, abort) => {
        const own: Choice = { key: me.id, title: me.name, subtitle: me.email, icon: "user" };
        const isOwn = !p.field.filter && fold(`${me.name} ${me.email}`).includes(fold(text.trim()));
        const others = findEntity("sys:user") ? await lookUpFor(p.entity, p.field, p.record, text, abort) : [];
        return [...(isOwn ? [own] : []), ...others.filter((h) => !isOwn || h.id !== me.id)
          .map((h) => ({ key: h.id, title: h.title, subtitle: h.subtitle, icon: "user" }))];
      }}
      onChoose={(c) => { setPicked(c); p.onChange(c?.key ?? null); }} />
  );
}
