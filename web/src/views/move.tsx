/** Moving a record along its status: from a board, a path or a menu alike. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { showToast } from "../base/toast.ts";
import { holds } from "../base/fx.ts";
import { ApiError, reasonOf } from "../data/api.ts";
import { Draft } from "../data/draft.ts";
import { formOf } from "../data/model.ts";
import { getRecord, issuesByField, offerUndo, patchRecord, titleOf } from "../data/records.ts";
import { isEmpty } from "../fields/registry.ts";
import { optionLabel } from "../fields/shared/pill.tsx";
import type { Entity, Field, Move, RecordData } from "../data/types.ts";
import { Dialog } from "./dialog.tsx";
import { editing, FieldBox, IssueSummary } from "./form.tsx";

export interface Step { to: string; label: string; move: Move | null; refused: string | undefined }

/** Every other value of the field, with the step there or why there is none. */
export function stepsOf(field: Field, record: RecordData): Step[] {
  const from = record[field.name];
  const isMoves = (field.moves?.length ?? 0) > 0;
  return (field.options ?? []).filter((o) => !o.hidden && o.code !== from).map((o) => {
    const move = field.moves?.find((m) => m.to === o.code && m.from.includes(String(from))) ?? null;
    const possible = move !== null || !isMoves;
    return {
      to: o.code, label: o.label, move,
      refused: possible ? undefined : t("record.nomove", { from: optionLabel(field, from), to: o.label }),
    };
  });
}

interface Asked { entity: Entity; field: Field; record: RecordData; step: Step; draft: Draft; names: string[]; answer: (r: RecordData | null) => void }
const asked = signal<Asked | null>(null);

/**
 * Do the step. `early` shows it at once and gives back what takes it away
 * again; null is returned when the record stays where it was.
 */
export async function moveTo(entity: Entity, field: Field, record: RecordData, step: Step,
  early?: () => () => void): Promise<RecordData | null> {
  if (step.refused) {
    showToast(step.refused, { tone: "bad" });
    return null;
  }
  const draft = new Draft(entity, record);
  draft.set(field.name, step.to);
  if (step.move?.when && !holds(step.move.when, draft.scope(), true) && step.move.message) {
    showToast(step.move.message, { tone: "bad" });
    return null;
  }
  const missing = (step.move?.require ?? []).filter((n) => isEmpty(record[n]));
  const names = [...new Set([...missing, ...(step.move?.ask ?? [])])].filter((n) => entity.by[n]);
  if (names.length > 0) return ask({ entity, field, record, step, draft, names });

  const takeBack = early?.();
  try {
    return await send(draft, step);
  } catch (error) {
    takeBack?.();
    const issues = issuesByField(error);
    const atFields = [...issues.keys()].filter((n) => n && n !== field.name && entity.by[n]);
    if (error instanceof ApiError && error.status === 422 && atFields.length > 0) {
      draft.issues.value = issues;
      return ask({ entity, field, record, step, draft, names: atFields });
    }
    if (error instanceof ApiError && error.code === "E_CONFLICT") {
      const now = await getRecord(entity, record.id);
      return now.rev === record.rev ? null : moveTo(entity, field, now,
        stepsOf(field, now).find((s) => s.to === step.to) ?? step, early);
    }
    showToast(reasonOf(error), { tone: "bad" });
    return null;
  }
}

async function send(draft: Draft, step: Step): Promise<RecordData> {
  const before = draft.record.value;
  const { record, txn } = await patchRecord(draft.entity, before.id, before.rev, draft.body());
  offerUndo(t("record.moved", { title: titleOf(draft.entity, record), label: step.label }), txn);
  return record;
}

function ask(a: Omit<Asked, "answer">): Promise<RecordData | null> {
  return new Promise((resolve) => {
    asked.value = { ...a, answer: (r) => { asked.value = null; resolve(r); } };
  });
}

export function MoveDialog() {
  return asked.value ? <Ask key={asked.value.record.id} asked={asked.value} /> : null;
}

function Ask({ asked: a }: { asked: Asked }) {
  const [open] = useState(() => editing("*"));
  const form = formOf(a.entity);
  const required = a.step.move?.require ?? [];
  const save = async (): Promise<void> => {
    const { draft } = a;
    const issues = new Map<string, string[]>();
    for (const n of required)
      if (isEmpty(draft.now.value[n])) issues.set(n, [t("issue.required", { label: a.entity.by[n]?.label ?? n })]);
    draft.issues.value = issues;
    if (issues.size > 0 || draft.saving.value) return;
    draft.saving.value = true;
    try {
      a.answer(await send(draft, a.step));
    } catch (error) {
      draft.issues.value = issuesByField(error);
    } finally {
      draft.saving.value = false;
    }
  };
  const label = a.step.move?.label || a.step.label;
  return (
    <Dialog title={label} onClose={() => a.answer(null)} guarded onCommit={() => void save()} foot={<>
      <button type="button" class="btn" onClick={() => a.answer(null)}>{t("record.cancel")}</button>
      <button type="button" class="btn pri" aria-disabled={a.draft.saving.value} onClick={() => void save()}>
        {t("record.move", { label: a.step.label })}</button>
    </>}>
      <form class="form" onSubmit={(e) => { e.preventDefault(); void save(); }}>
        <p class="lead">{titleOf(a.entity, a.record)}</p>
        <IssueSummary draft={a.draft} form={form} />
        <div class="fields c1">
          {a.names.map((n, i) => <FieldBox key={n} draft={a.draft} open={open} onSave={() => void save()} required={required}
            field={a.entity.by[n]!} autofocus={i === 0} />)}
        </div>
        <button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">{label}</button>
      </form>
    </Dialog>
  );
}
