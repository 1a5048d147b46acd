import { signal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { go } from "../base/router.ts";
import { Draft } from "../data/draft.ts";
import { formOf } from "../data/model.ts";
import type { Entity, Expanded, RecordData } from "../data/types.ts";
import { Dialog } from "./dialog.tsx";
import { editing, IssueSummary, SectionBox } from "./form.tsx";
import { saveDraft } from "./save.ts";

interface Request {
  entity: Entity;
  preset?: Record<string, unknown>;
  /** Titles of records that the preset links to. */
  titles?: Record<string, Expanded>;
  /** After saving; without it the new record is opened. */
  then?: (record: RecordData) => void;
}

const request = signal<Request | null>(null);

export function openCreate(r: Request): void { request.value = r; }

export function CreateDialog() {
  return request.value ? <Create key={request.value.entity.key} request={request.value} /> : null;
}

function Create({ request: r }: { request: Request }) {
  const { entity } = r;
  const [round, setRound] = useState(0);
  const draft = useMemo(() => {
    const d = new Draft(entity, null, r.preset);
    if (r.titles) d.record.value = { ...d.record.value, _expand: r.titles };
    return d;
  }, [entity, round]);
  const [initial] = useState(() => JSON.stringify(draft.changes.value));
  const [open] = useState(() => editing("*"));
  const [asking, setAsking] = useState(false);
  const form = formOf(entity);
  const sections = (form.tabs ?? []).flatMap((tab) => tab.sections ?? []);

  const close = (): void => {
    if (JSON.stringify(draft.changes.value) !== initial && !asking) return setAsking(true);
    request.value = null;
  };
  const save = async (another: boolean): Promise<void> => {
    const record = await saveDraft(draft, form);
    if (!record) return;
    if (another) return setRound(round + 1);
    request.value = null;
    if (r.then) r.then(record);
    else if (!r.preset) go(`/app/${entity.path}/${record.id}`);
  };

  return (
    <Dialog title={t("create.title", { label: entity.label })} onClose={close} guarded class="wide" onCommit={() => void save(false)} foot={asking
      ? <>
          <span class="lead">{t("record.discard.ask")}</span>
          <button type="button" class="btn" onClick={() => setAsking(false)}>{t("record.stay")}</button>
          <button type="button" class="btn danger" onClick={() => { request.value = null; }}>{t("record.discard")}</button>
        </>
      : <>
          <button type="button" class="btn" onClick={() => void save(true)}>{t("create.another")}</button>
          <button type="button" class="btn pri" aria-disabled={draft.saving.value} onClick={() => void save(false)}>
            {draft.saving.value ? t("record.saving") : t("create.save")}</button>
        </>}>
      <form class="form" key={round} onSubmit={(e) => { e.preventDefault(); void save(false); }}
        onKeyDown={(e) => {
          if (e.key !== "Enter" || e.isComposing) return;
          // Enter alone does not send a half-filled form.
          if (!e.ctrlKey && !e.metaKey && e.target instanceof HTMLInputElement) e.preventDefault();
        }}>
        <IssueSummary draft={draft} form={form} />
        {sections.map((s, i) => <SectionBox key={s.name + i} section={s} draft={draft} open={open} first={i === 0} onSave={() => void save(false)} />)}
      </form>
    </Dialog>
  );
}
