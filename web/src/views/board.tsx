import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { announce } from "../base/announce.ts";
import { go, href } from "../base/router.ts";
import { formatNumber, tone } from "../base/format.ts";
import { Icon } from "../base/icon.tsx";
import { call } from "../data/api.ts";
import { allOf, quote } from "../data/filter.ts";
import { onWrite, titleOf, valueAt, writes } from "../data/records.ts";
import { onChange } from "../data/live.ts";
import { readQuery } from "../data/read.ts";
import { Rows } from "../data/rows.ts";
import type { Entity, Field, Option, RecordData, View } from "../data/types.ts";
import { moveTo, stepsOf, type Step } from "./move.tsx";
import { FieldValue, PartOnly, PathValue } from "./value.tsx";
import { Menu } from "./menu.tsx";
import { Failed, Skeleton } from "./state.tsx";
import { holdTouch, startDrag } from "./drag.ts";

interface Props { entity: Entity; view: View; filter: string; search: string; by: Field }

const PAGE = 30;

interface Figure { count: number; sum: unknown }

/** Columns by status; dragging a card is doing the step. */
export function Board({ entity, view, filter, search, by }: Props) {
  const options = (by.options ?? []).filter((o) => !o.hidden && !view.hide?.includes(o.code));
  const sumField = view.sum ? entity.by[view.sum] : undefined;
  const [figures, setFigures] = useState<Record<string, Figure>>({});
  const [over, setOver] = useState<{ code: string; refused: boolean } | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);

  const columns = useMemo(() => {
    const query = readQuery(entity, [by.name, view.title, view.subtitle, view.badge, view.sum, "amount"]);
    const sort = (view.sort ?? []).map((s) => (s.descending ? "-" : "") + s.path).join(",");
    return new Map(options.map((o) => [o.code, new Rows({
      path: entity.path, filter: allOf([filter, `${by.name} = ${quote(o.code)}`]), q: search, sort, ...query, limit: PAGE, count: false,
    })]));
  }, [entity, view, filter, search, by]);

  const box = useRef<HTMLDivElement>(null);
  useEffect(() => holdTouch(box.current!), []);

  useEffect(() => {
    for (const rows of columns.values()) void rows.load();
    return () => { for (const rows of columns.values()) rows.stop(); };
  }, [columns]);

  useEffect(() => {
    const abort = new AbortController();
    const measure = sumField ? `count(),sum(${sumField.name})` : "count()";
    call<{ items: Record<string, unknown>[] }>(`${entity.path}/aggregate`, { query: { by: by.name, measure, filter, q: search }, signal: abort.signal })
      .then(({ data }) => setFigures(Object.fromEntries(data.items.map((i) => [String(i[by.name]), {
        count: Number(i["count()"] ?? 0), sum: sumField ? i[`sum(${sumField.name})`] : null,
      }]))), () => undefined);
    return () => abort.abort();
  }, [entity, filter, search, by, writes.value]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => { for (const rows of columns.values()) void rows.load(); }, 250);
    };
    const stops = [
      onChange((c) => { if (c.entity === entity.key || c.entity === "*") again(); }),
      onWrite((key, id, r) => {
        if (key === "*") return again();
        if (key !== entity.key) return;
        if (r === null) for (const rows of columns.values()) rows.remove(id);
        else if (![...columns.values()].some((rows) => rows.items.value.some((x) => x.id === id))) again();
        else for (const [code, rows] of columns) { if (r[by.name] === code) rows.put(r); else rows.remove(id); }
      }),
    ];
    return () => { clearTimeout(timer); for (const s of stops) s(); };
  }, [columns]);

  const perform = async (record: RecordData, step: Step): Promise<void> => {
    const from = columns.get(String(record[by.name]));
    const to = columns.get(step.to);
    const done = await moveTo(entity, by, record, step, () => {
      const at = from?.remove(record.id) ?? 0;
      to?.insert({ ...record, [by.name]: step.to });
      return () => { to?.remove(record.id); from?.insert(record, Math.max(0, at)); };
    });
    if (!done) return;
    from?.remove(record.id);
    to?.insert({ ...record, ...done, _expand: { ...record._expand, ...done._expand } });
    queueMicrotask(() => document.querySelector<HTMLElement>(`[data-card="${record.id}"] a`)?.focus({ preventScroll: true }));
  };

  const grab = (e: PointerEvent, record: RecordData): void => {
    if (!entity.can.update || by.readonly) return;
    const steps = stepsOf(by, record);
    const title = titleOf(entity, record);
    const find = (target: Element | null): Step | undefined =>
      steps.find((s) => s.to === target?.closest<HTMLElement>("[data-column]")?.dataset["column"]);
    startDrag(e, {
      onStart: () => { setDragged(record.id); announce(t("board.drag.start", { title })); },
      onOver: (target) => {
        const step = find(target);
        setOver(step ? { code: step.to, refused: !!step.refused } : null);
      },
      onDrop: (target) => {
        setDragged(null);
        setOver(null);
        const step = find(target);
        if (step) void perform(record, step);
        else announce(t("board.drag.cancel", { title }));
      },
      onCancel: () => { setDragged(null); setOver(null); announce(t("board.drag.cancel", { title })); },
    });
  };

  return (
    <div class="board" tabIndex={-1} ref={box}>
      {options.map((o) => {
        const rows = columns.get(o.code)!;
        const f = figures[o.code];
        const cls = over?.code === o.code ? (over.refused ? "refuse" : "accept") : "";
        return (
          <section key={o.code} class={`col ${cls}`} data-column={o.code} aria-label={o.label}>
            <header>
              <span class={`pill ${tone(o.color)}`}>{o.label}</span>
              {view.count !== false && f && <small class="tab">{formatNumber(f.count, 0)}</small>}
              {sumField && f?.sum ? <span class="sum"><FieldValue field={sumField} value={f.sum} record={{ id: "", rev: 0 }} where="fact" />
                {sumField.type === "money" && <PartOnly items={rows.items.value} path={sumField.name} />}</span> : null}
            </header>
            <Column rows={rows} entity={entity} view={view} by={by} option={o} dragged={dragged} onGrab={grab}
              onStep={(r, s) => void perform(r, s)} />
          </section>
        );
      })}
    </div>
  );
}

function Column(p: { rows: Rows; entity: Entity; view: View; by: Field; option: Option; dragged: string | null;
  onGrab: (e: PointerEvent, r: RecordData) => void; onStep: (r: RecordData, s: Step) => void }) {
  const { rows } = p;
  const box = useRef<HTMLUListElement>(null);
  const items = rows.items.value;
  const onScroll = (): void => {
    const e = box.current;
    if (e && e.scrollTop + e.clientHeight > e.scrollHeight - 400) void rows.more();
  };
  useEffect(onScroll, [items.length]);

  /** Up and down inside the column, left and right to the neighbours. */
  const onKeyDown = (e: KeyboardEvent): void => {
    const card = (e.target as Element).closest("[data-card]");
    if (!card || e.ctrlKey || e.metaKey) return;
    const focus = (x: Element | null | undefined): void => x?.querySelector<HTMLElement>("a")?.focus();
    if (e.key === "ArrowDown" || e.key === "j") focus(card.nextElementSibling);
    else if (e.key === "ArrowUp" || e.key === "k") focus(card.previousElementSibling);
    else if (e.key === "ArrowRight" || e.key === "ArrowLeft") {
      let col = card.closest("[data-column]");
      do col = (e.key === "ArrowRight" ? col?.nextElementSibling : col?.previousElementSibling) ?? null;
      while (col && !col.querySelector("[data-card]"));
      focus(col?.querySelector("[data-card]"));
    } else if (e.key === "m") card.querySelector<HTMLElement>("[aria-haspopup=menu]")?.click();
    else return;
    e.preventDefault();
  };

  if (rows.state.value === "loading") return <Skeleton rows={3} kind="card" />;
  if (rows.state.value === "failed" && items.length === 0) return <Failed error={rows.error.value} retry={() => void rows.load()} />;
  return (
    <ul class="cards" ref={box} onScroll={onScroll} onKeyDown={onKeyDown} aria-label={p.option.label}>
      {items.map((r) => <Card key={r.id} {...p} record={r} />)}
      {items.length === 0 && <li class="cards-empty">{t("board.empty")}</li>}
      {rows.state.value === "more" && <li class="cards-empty" role="status">{t("list.loading")}</li>}
    </ul>
  );
}

function Card({ entity, view, by, record, dragged, onGrab, onStep }: { entity: Entity; view: View; by: Field; record: RecordData;
  dragged: string | null; onGrab: (e: PointerEvent, r: RecordData) => void; onStep: (r: RecordData, s: Step) => void }) {
  const title = titleOf(entity, record);
  const owner = entity.owner ? entity.by[entity.owner] : undefined;
  const steps = stepsOf(by, record);
  const canMove = entity.can.update && !by.readonly;
  return (
    <li class={`card ${dragged === record.id ? "drag" : ""}`} data-card={record.id}
      onPointerDown={(e) => { if (!(e.target as Element).closest("button")) onGrab(e, record); }}
      onClick={(e) => { if (!(e.target as Element).closest("a,button,[role=menu]")) go(`/app/${entity.path}/${record.id}`); }}>
      <div class="card-top">
        <a href={href(`/app/${entity.path}/${record.id}`)} draggable={false}>
          {view.title && view.title !== entity.title ? <PathValue entity={entity} path={view.title} record={record} where="card" /> : title}
        </a>
        {canMove && (
          <Menu label={`${t("record.moveto")} ${title}`} class="btn bare icon tiny" items={steps.map((s) => ({
            key: s.to, label: s.label, tone: tone(by.options?.find((o) => o.code === s.to)?.color), disabled: s.refused, run: () => onStep(record, s),
          }))}><Icon name="arrow-right" /></Menu>
        )}
      </div>
      {((view.subtitle && valueAt(record, view.subtitle).value) || (view.sum && record[view.sum])) ? <div class="card-row">
        <span class="cut">{view.subtitle && <PathValue entity={entity} path={view.subtitle} record={record} where="card" />}</span>
        {view.sum && <b class="num"><PathValue entity={entity} path={view.sum} record={record} where="card" /></b>}
      </div> : null}
      {(owner && record[owner.name]) || (view.badge && record[view.badge]) ? (
        <div class="card-row">
          {owner ? <FieldValue field={owner} value={record[owner.name]} record={record} where="card" /> : <span />}
          {view.badge && <PathValue entity={entity} path={view.badge} record={record} where="card" />}
        </div>
      ) : null}
    </li>
  );
}
