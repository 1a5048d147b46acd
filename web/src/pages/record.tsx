import { useEffect, useMemo, useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { formatAgo, tone } from "../base/format.ts";
import { useKeys } from "../base/keys.ts";
import { go, holdBack, href } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { remember } from "../base/recent.ts";
import { showToast } from "../base/toast.ts";
import { reasonOf } from "../data/api.ts";
import { listContext, neighbours } from "../data/context.ts";
import { Draft } from "../data/draft.ts";
import { onChange } from "../data/live.ts";
import { formOf, getModel } from "../data/model.ts";
import { deleteRecord, getRecord, offerUndo, onWrite, restoreRecord, titleOf } from "../data/records.ts";
import { isEmpty } from "../fields/registry.ts";
import type { Collection, Entity, RecordData, Section } from "../data/types.ts";
import { editing, focusIn, IssueSummary, SectionBox } from "../views/form.tsx";
import { History } from "../views/history.tsx";
import { Menu } from "../views/menu.tsx";
import { moveTo, stepsOf, type Step } from "../views/move.tsx";
import { StatusPath } from "../views/path.tsx";
import { Related } from "../views/related.tsx";
import { saveDraft } from "../views/save.ts";
import { Failed, Skeleton } from "../views/state.tsx";
import { FieldValue, PathValue } from "../views/value.tsx";
import { PageBar } from "./bar.tsx";

export function RecordPage({ entity, id }: { entity: Entity; id: string }) {
  const [record, setRecord] = useState<RecordData | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    getRecord(entity, id, abort.signal).then((r) => { setRecord(r); setError(null); }, (e) => { if (!abort.signal.aborted) setError(e); });
    return () => abort.abort();
  }, [entity, id, round]);
  const crumb = <Crumb entity={entity} />;
  if (error) return <><PageBar title={entity.label} crumb={crumb} /><Failed error={error} retry={() => setRound(round + 1)} /></>;
  if (!record || record.id !== id) return <><PageBar title={entity.label} crumb={crumb} /><Skeleton kind="record" rows={9} /></>;
  return <Record key={id} entity={entity} first={record} />;
}

function Crumb({ entity }: { entity: Entity }) {
  const back = listContext.value?.entity === entity.key ? listContext.value.back : `/app/${entity.path}`;
  return <nav class="crumb" aria-label={entity.plural}><a href={href(back)}>{entity.plural}</a><span aria-hidden="true">/</span></nav>;
}

function Record({ entity, first }: { entity: Entity; first: RecordData }) {
  const draft = useMemo(() => new Draft(entity, first), []);
  const open = useMemo(() => editing(), []);
  const form = formOf(entity);
  const record = draft.record.value;
  const title = titleOf(entity, record);
  const isGone = !isEmpty(record["deleted_at"]);
  const tabs = form.tabs ?? [];
  const [tab, setTab] = useState(tabs[0]?.name ?? "");
  const near = neighbours(entity.key, record.id);

  useEffect(() => { remember({ entity: entity.key, id: record.id, title: titleOf(entity, record) }); }, [record.rev]);
  const again = async (): Promise<void> => {
    try { draft.rebase(await getRecord(entity, record.id)); } catch { /* the next write says why */ }
  };
  useEffect(() => {
    const stops = [
      onChange((c) => {
        if ((c.entity === entity.key && c.id === record.id && c.rev !== draft.record.value.rev) || c.entity === "*") void again();
      }),
      onWrite((key, id) => { if (key === "*" || (key === entity.key && id === record.id)) void again(); }),
    ];
    return () => { for (const s of stops) s(); };
  }, []);
  useEffect(() => {
    const dirty = draft.count.value > 0;
    holdBack(dirty ? () => !confirm(t("record.discard.ask")) : null);
    const ask = (e: BeforeUnloadEvent): void => { e.preventDefault(); };
    if (dirty) addEventListener("beforeunload", ask);
    return () => { holdBack(null); removeEventListener("beforeunload", ask); };
  }, [draft.count.value > 0]);

  const save = async (): Promise<void> => {
    const saved = await saveDraft(draft, form);
    if (!saved) return;
    const back = open.value;
    open.value = null;
    if (back && back !== "*") queueMicrotask(() => document.querySelector<HTMLElement>(`[data-field="${CSS.escape(back)}"] .edit`)?.focus());
  };
  const discard = (): void => { draft.discard(); open.value = null; };
  const edit = (): void => {
    open.value = "*";
    setTimeout(() => focusIn(document.querySelector(".rec .field.open")), 0);
  };
  const remove = async (): Promise<void> => {
    try {
      const txn = await deleteRecord(entity, record);
      draft.discard();
      holdBack(null);
      const path = `/app/${entity.path}/${record.id}`;
      offerUndo(t("record.deleted", { title }), txn, () => go(path));
      go(listContext.value?.entity === entity.key ? listContext.value.back : `/app/${entity.path}`);
    } catch (error) {
      showToast(reasonOf(error), { tone: "bad" });
    }
  };
  const restore = async (): Promise<void> => {
    try {
      draft.rebase(await restoreRecord(entity, record.id));
      showToast(t("record.restored", { title }));
    } catch (error) {
      showToast(reasonOf(error), { tone: "bad" });
    }
  };
  const copy = (): void => {
    navigator.clipboard.writeText(location.origin + location.pathname).then(() => showToast(t("record.copied")), () => undefined);
  };

  const status = form.path ? entity.by[form.path] : entity.status ? entity.by[entity.status] : undefined;
  const canMove = entity.can.update && !isGone && !!status && !status.readonly;
  const steps = status && canMove ? stepsOf(status, record) : [];
  const step = async (s: Step): Promise<void> => {
    const moved = await moveTo(entity, status!, record, s, () => {
      const before = draft.record.value;
      draft.record.value = { ...before, [status!.name]: s.to };
      return () => { draft.record.value = before; };
    });
    if (moved) draft.rebase(moved);
  };
  const order = (status?.options ?? []).map((o) => o.code);
  const nextStep = steps.find((s) => !s.refused && order.indexOf(s.to) > order.indexOf(String(record[status!.name])) &&
    status!.options!.find((o) => o.code === s.to)?.kind !== "lost");
  const dirty = draft.count.value > 0;
  const canEdit = entity.can.update && !isGone;

  useKeys([
    ...(canEdit ? [{ keys: "e", label: t("keys.edit"), run: edit }] : []),
    { keys: "ctrl+enter", label: t("keys.save"), always: true, run: () => void save() },
    ...(near.next ? [{ keys: "j", label: t("keys.nextrow"), run: () => go(`/app/${entity.path}/${near.next}`) }] : []),
    ...(near.previous ? [{ keys: "k", label: t("keys.prevrow"), run: () => go(`/app/${entity.path}/${near.previous}`) }] : []),
    { keys: ".", label: t("keys.actions"), run: () => document.querySelector<HTMLElement>("#record-actions button")?.click() },
  ], [near.next, near.previous, canEdit]);

  const sections = tabs.find((x) => x.name === tab)?.sections ?? tabs[0]?.sections ?? [];
  const inForm = new Set(tabs.flatMap((x) => x.sections ?? []).map((s) => s.grid?.collection).filter(Boolean));
  const others = entity.collections.filter((c) => !inForm.has(c.name));
  const facts = (form.facts ?? []).filter((f) => entity.by[f.field] && draft.shows(f.visible_when) && !isEmpty(draft.now.value[f.field]));

  return (
    <>
      <PageBar title={title} crumb={<Crumb entity={entity} />} action={<>
        {(near.previous || near.next) && <span class="hide-s pair">
          <a class="btn bare icon" aria-label={t("record.previous")} aria-disabled={!near.previous} href={near.previous ? href(`/app/${entity.path}/${near.previous}`) : undefined}><Icon name="chevron-up" /></a>
          <a class="btn bare icon" aria-label={t("record.next")} aria-disabled={!near.next} href={near.next ? href(`/app/${entity.path}/${near.next}`) : undefined}><Icon name="chevron-down" /></a>
        </span>}
        <span id="record-actions"><Menu label={t("record.actions")} class="btn bare icon" items={[
          ...(canEdit ? [{ key: "edit", label: t("record.edit"), icon: "pencil", run: edit }] : []),
          { key: "copy", label: t("record.copylink"), icon: "link", run: copy },
          ...(entity.can.delete && !isGone ? [{ key: "delete", label: t("record.delete"), icon: "trash-2", danger: true, run: () => void remove() }] : []),
        ]}><Icon name="ellipsis" /></Menu></span>
        {nextStep && <button type="button" class={`btn hide-s ${dirty ? "" : "pri"}`} onClick={() => void step(nextStep)}>{t("record.move", { label: nextStep.label })}</button>}
      </>} />
      <div class="rec">
        <form class="rec-main" onSubmit={(e) => { e.preventDefault(); void save(); }}>
          {isGone && <div class="hint"><Icon name="trash-2" /><span>{t("record.inbin")}</span>
            <button type="button" class="textlink" onClick={() => void restore()}>{t("record.restore")}</button></div>}
          <div class="head">
            <span class={`ico ${tone(entity.color)}`}><Icon name={entity.icon ?? "box"} /></span>
            <div><h2>{title}</h2><p><Subtitle entity={entity} record={record} /></p></div>
          </div>
          {status && !isEmpty(record[status.name]) && <StatusPath field={status} record={record} steps={steps} onStep={(s) => void step(s)} />}
          {facts.length > 0 && <div class="facts" role="group" aria-label={t("record.facts")}>{facts.map((f) => {
            const field = entity.by[f.field]!;
            return <div key={f.field}><span>{field.label}</span><b><FieldValue field={field} value={draft.now.value[f.field]} record={draft.now.value} where="fact" /></b></div>;
          })}</div>}
          {tabs.length > 1 && <Tabs tabs={tabs} tab={tab} onTab={setTab} />}
          <IssueSummary draft={draft} form={form} />
          <div id="tab-panel" role={tabs.length > 1 ? "tabpanel" : undefined} aria-labelledby={tabs.length > 1 ? `tab-${tab}` : undefined}>
            {sections.map((s) => s.grid
              ? <GridSection key={s.name} entity={entity} record={record} section={s} />
              : <SectionBox key={s.name} section={isGone ? { ...s, places: (s.places ?? []).map((p) => ({ ...p, readonly_when: YES })) } : s} draft={draft} open={open} onSave={() => void save()} />)}
            {tab === (tabs[0]?.name ?? "") && others.map((c: Collection) => <Related key={c.name} owner={entity} record={record} collection={c} />)}
          </div>
          {(dirty || open.value === "*") && <div class="savebar" role="region" aria-label={t("record.save")}>
            <span>{dirty ? t("record.changes", { n: draft.count.value }) : ""}</span>
            <button type="button" class="btn" onClick={discard}>{t("record.discard")}</button>
            <button type="submit" class="btn pri" aria-disabled={draft.saving.value}>{draft.saving.value ? t("record.saving") : t("record.save")}<kbd class="hide-s" aria-hidden="true">Ctrl ↵</kbd></button>
          </div>}
        </form>
        <aside class="rec-side" aria-label={t("record.history")}>
          <h2>{t("record.history")}</h2>
          <History entity={entity} record={record} />
        </aside>
      </div>
    </>
  );
}

const YES = { op: "const", type: "bool", value: true };

function Subtitle({ entity, record }: { entity: Entity; record: RecordData }) {
  const { tz } = getModel();
  return <>
    {entity.subtitle && <PathValue entity={entity} path={entity.subtitle} record={record} where="form" />}
    {record.created_at && <span>{t("record.created.line", { when: formatAgo(record.created_at, tz) })}</span>}
  </>;
}

function GridSection({ entity, record, section }: { entity: Entity; record: RecordData; section: Section }) {
  const collection = entity.collections.find((c) => c.name === section.grid!.collection);
  return collection ? <Related owner={entity} record={record}
    collection={{ ...collection, label: section.label || collection.label }} columns={section.grid!.columns ?? []} /> : null;
}

function Tabs({ tabs, tab, onTab }: { tabs: { name: string; label: string }[]; tab: string; onTab: (name: string) => void }) {
  const onKeyDown = (e: KeyboardEvent): void => {
    const at = tabs.findIndex((x) => x.name === tab);
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onTab(next.name);
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  return (
    <div class="tabs rec-tabs" role="tablist" onKeyDown={onKeyDown}>
      {tabs.map((x) => <button key={x.name} type="button" role="tab" id={`tab-${x.name}`} aria-selected={x.name === tab} aria-controls="tab-panel"
        tabIndex={x.name === tab ? 0 : -1} onClick={() => onTab(x.name)}>{x.label}</button>)}
    </div>
  );
}

