/** Saving what is being edited: every problem at its field, nothing typed is lost. */
import { t } from "../base/i18n/index.ts";
import { showToast } from "../base/toast.ts";
import { ApiError, reasonOf } from "../data/api.ts";
import { sameValue, type Draft } from "../data/draft.ts";
import { createRecord, issuesByField, offerUndo, patchRecord, titleOf } from "../data/records.ts";
import type { Form, RecordData } from "../data/types.ts";
import { askConflict } from "./conflict.tsx";

export async function saveDraft(draft: Draft, form: Form, after?: () => void): Promise<RecordData | null> {
  if (draft.saving.value) return null;
  if (!draft.isNew && draft.count.value === 0) return draft.record.value;
  if (!draft.check(form)) return null;
  draft.saving.value = true;
  try {
    return draft.isNew ? await create(draft, after) : await change(draft, after);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 409 || error.status === 400))
      draft.issues.value = issuesByField(error);
    else showToast(reasonOf(error), { tone: "bad" });
    return null;
  } finally {
    draft.saving.value = false;
  }
}

const keys = new WeakMap<Draft, { body: string; key: string }>();

/** The same body again is the same attempt: a lost answer creates nothing twice. */
function attemptKey(draft: Draft, body: string): string {
  const had = keys.get(draft);
  if (had?.body === body) return had.key;
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  keys.set(draft, { body, key });
  return key;
}

async function create(draft: Draft, after?: () => void): Promise<RecordData> {
  const body = Object.fromEntries(Object.entries(draft.body()).filter(([, v]) => v !== null));
  const { record, txn } = await createRecord(draft.entity, body, attemptKey(draft, JSON.stringify(body)));
  offerUndo(t("record.created", { title: titleOf(draft.entity, record) }), txn, after);
  return record;
}

async function change(draft: Draft, after?: () => void): Promise<RecordData | null> {
  const before = draft.record.value;
  try {
    const { record, txn } = await patchRecord(draft.entity, before.id, before.rev, draft.body());
    draft.rebase(record);
    draft.discard();
    offerUndo(t("record.saved", { title: titleOf(draft.entity, record) }), txn, after);
    return record;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "E_CONFLICT" || !error.current) throw error;
    return mergeWith(draft, error.current, after);
  }
}

/** Other fields merge by themselves; the same field is asked about. */
async function mergeWith(draft: Draft, current: RecordData, after?: () => void): Promise<RecordData | null> {
  const base = draft.record.value;
  const mine = draft.changes.value;
  const both = Object.keys(mine).filter((k) => !sameValue(current[k], base[k]) && !sameValue(current[k], mine[k]));
  if (both.length > 0) {
    const keep = await askConflict(draft.entity, both, draft.now.value, current);
    if (!keep) return null;
    draft.record.value = current;
    for (const name of both) if (!keep.has(name)) draft.revert(name);
  } else {
    draft.record.value = current;
  }
  if (draft.count.value === 0) {
    showToast(t("record.unchanged"));
    return current;
  }
  return change(draft, after);
}
