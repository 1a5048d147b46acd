import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import type { Entity, RecordData } from "../data/types.ts";
import { Dialog } from "./dialog.tsx";
import { FieldValue } from "./value.tsx";

interface Clash {
  entity: Entity;
  fields: string[];
  mine: RecordData;
  theirs: RecordData;
  answer: (keepMine: Set<string> | null) => void;
}

const clash = signal<Clash | null>(null);

/** Both changed the same fields: which value holds? Null when it is put off. */
export function askConflict(entity: Entity, fields: string[], mine: RecordData, theirs: RecordData): Promise<Set<string> | null> {
  return new Promise((resolve) => {
    clash.value = { entity, fields, mine, theirs, answer: (a) => { clash.value = null; resolve(a); } };
  });
}

export function ConflictDialog() {
  return clash.value ? <Choose key={clash.value.mine.id} clash={clash.value} /> : null;
}

function Choose({ clash: c }: { clash: Clash }) {
  const [mine, setMine] = useState(new Set(c.fields));
  const choose = (name: string, keep: boolean): void => {
    const next = new Set(mine);
    if (keep) next.add(name); else next.delete(name);
    setMine(next);
  };
  return (
    <Dialog title={t("conflict.title")} onClose={() => c.answer(null)} guarded foot={<>
      <button type="button" class="btn" onClick={() => c.answer(null)}>{t("record.cancel")}</button>
      <button type="button" class="btn pri" onClick={() => c.answer(mine)}>{t("conflict.save")}</button>
    </>}>
      <p class="lead">{t("conflict.text")}</p>
      {c.fields.map((name) => {
        const field = c.entity.by[name]!;
        return (
          <fieldset key={name} class="clash">
            <legend>{field.label}</legend>
            {([[true, "conflict.mine", c.mine], [false, "conflict.theirs", c.theirs]] as const).map(([isMine, word, record]) => (
              <label key={word} class="clash-side">
                <input type="radio" name={`clash-${name}`} checked={mine.has(name) === isMine} onChange={() => choose(name, isMine)} />
                <small>{t(word)}</small>
                <span>{record[name] === null || record[name] === undefined ? t("field.none")
                  : <FieldValue field={field} value={record[name]} record={record} where="form" />}</span>
              </label>
            ))}
          </fieldset>
        );
      })}
    </Dialog>
  );
}
