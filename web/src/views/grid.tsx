import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t, type Word } from "../base/i18n/index.ts";
import { go, href } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { fieldType } from "../fields/registry.ts";
import { resolvePath } from "../data/model.ts";
import { titleOf, valueAt } from "../data/records.ts";
import type { Rows } from "../data/rows.ts";
import type { Column, Entity, Field, RecordData } from "../data/types.ts";
import { FieldValue, PartOnly } from "./value.tsx";
import { Failed } from "./state.tsx";

export interface Sort { path: string; descending: boolean }

interface Props {
  entity: Entity;
  columns: Column[];
  rows: Rows;
  sort: Sort[];
  onSort: (sort: Sort) => void;
  totals: Record<string, unknown> | null;
  label: string;
}

const ROW = 36;
const AROUND = 12;

export interface Col { path: string; label: string; field: Field; total: string; sortable: boolean }

export function columnsOf(entity: Entity, columns: Column[]): Col[] {
  return columns.flatMap((c) => {
    const end = resolvePath(entity, c.path);
    return end ? [{
      path: c.path, label: c.label || end.field.label, field: end.field, total: c.total ?? "", sortable: end.field.sorts !== false,
    }] : [];
  });
}

/** A table that holds a million rows: only those in sight exist. */
export function Grid(p: Props) {
  const cols = columnsOf(p.entity, p.columns);
  const items = p.rows.items.value;
  const state = p.rows.state.value;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);
  const [at, setAt] = useState({ row: 0, col: 0 });
  const wantFocus = useRef(false);

  useLayoutEffect(() => {
    const e = box.current!;
    const look = new ResizeObserver(() => setHeight(e.clientHeight));
    look.observe(e);
    return () => look.disconnect();
  }, []);

  const from = Math.max(0, Math.floor(top / ROW) - AROUND);
  const to = Math.min(items.length, Math.ceil((top + height) / ROW) + AROUND);

  // The next page is there before anyone sees the end of this one.
  useEffect(() => { if (to > items.length - 40) void p.rows.more(); }, [to, items.length, state]);

  // The cell stays on its record when the rows are read anew; one that is gone
  // leaves its place to the next.
  const on = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (items.length === 0) return;
    const found = items[at.row]?.id === on.current ? at.row : items.findIndex((r) => r.id === on.current);
    const row = found >= 0 ? found : Math.min(at.row, items.length - 1);
    on.current = items[row]!.id;
    if (row !== at.row) setAt({ ...at, row });
  }, [items]);

  // Before the next key arrives, not after the next paint: a key goes to where
  // the focus is, and Enter opens what is under it.
  useLayoutEffect(() => {
    if (!wantFocus.current) return;
    wantFocus.current = false;
    box.current?.querySelector<HTMLElement>("[data-cell][tabindex='0']")?.focus({ preventScroll: true });
  });

  const stand = (row: number, col: number): void => {
    on.current = items[row]?.id ?? null;
    setAt({ row, col });
  };

  const walk = (row: number, col: number): void => {
    const next = { row: Math.max(0, Math.min(items.length - 1, row)), col: Math.max(0, Math.min(cols.length - 1, col)) };
    const e = box.current!;
    const y = next.row * ROW;
    const room = e.clientHeight - 34 - ROW - (p.totals ? ROW : 0);
    if (y < e.scrollTop) e.scrollTop = y;
    else if (y > e.scrollTop + room) e.scrollTop = y - room;
    wantFocus.current = true;
    setTop(e.scrollTop);
    stand(next.row, next.col);
    const cell = e.querySelector<HTMLElement>(`[data-cell="${next.row}.${next.col}"]`);
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const open = (r: RecordData): void => go(`/app/${p.entity.path}/${r.id}`);

  const onKeyDown = (e: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW) - 2);
    const { row, col } = at;
    if (e.ctrlKey || e.metaKey || e.altKey || (e.target as HTMLElement).closest("thead")) return;
    switch (e.key) {
      case "ArrowDown": case "j": walk(row + 1, col); break;
      case "ArrowUp": case "k": walk(row - 1, col); break;
      case "ArrowRight": walk(row, col + 1); break;
      case "ArrowLeft": walk(row, col - 1); break;
      case "PageDown": walk(row + page, col); break;
      case "PageUp": walk(row - page, col); break;
      case "Home": walk(e.shiftKey ? 0 : row, 0); break;
      case "End": walk(e.shiftKey ? items.length - 1 : row, cols.length - 1); break;
      case "Enter": case " ": {
        const link = (e.target as HTMLElement).querySelector<HTMLAnchorElement>("a[href]");
        if (link && e.key === "Enter") link.click();
        else if (items[row]) open(items[row]!);
        break;
      }
      default: return;
    }
    e.preventDefault();
    e.stopPropagation();
  };

  const sorted = (c: Col): Sort | undefined => p.sort.find((s) => s.path === c.path);
  const totals = cols.some((c) => c.total) && p.totals;

  return (
    <div class="grid" ref={box} onScroll={(e) => setTop(e.currentTarget.scrollTop)} onKeyDown={onKeyDown}>
      <table role="grid" aria-label={p.label} aria-rowcount={p.rows.hasMore ? -1 : items.length + 1} aria-colcount={cols.length}>
        <thead>
          <tr role="row" aria-rowindex={1}>
            {cols.map((c, i) => {
              const s = sorted(c);
              const isEnd = fieldType(c.field).align === "end";
              return (
                <th key={c.path} scope="col" class={isEnd ? "num" : ""} aria-colindex={i + 1}
                  aria-sort={s ? (s.descending ? "descending" : "ascending") : undefined}>
                  {c.sortable
                    ? <button type="button" class="sort" title={t("list.sort.by", { name: c.label })}
                        onClick={() => p.onSort({ path: c.path, descending: s ? !s.descending : false })}>
                        {c.label}{s && <Icon name={s.descending ? "arrow-down" : "arrow-up"} />}
                      </button>
                    : c.label}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <tr aria-hidden="true" class="space"><td colSpan={cols.length} style={{ height: `${from * ROW}px` }} /></tr>}
          {items.slice(from, to).map((r, i) => {
            const row = from + i;
            return (
              <tr key={r.id} role="row" aria-rowindex={row + 2} onClick={(e) => {
                if (!(e.target as Element).closest("a,button") && !getSelection()?.toString()) open(r);
              }}>
                {cols.map((c, col) => {
                  const { value, holder } = valueAt(r, c.path);
                  const isTitle = col === 0;
                  return (
                    <td key={c.path} role={isTitle ? "rowheader" : "gridcell"} aria-colindex={col + 1} data-cell={`${row}.${col}`}
                      class={`${fieldType(c.field).align === "end" ? "num" : ""} ${isTitle ? "t" : ""}`}
                      tabIndex={at.row === row && at.col === col ? 0 : -1} onFocus={() => { if (at.row !== row || at.col !== col) stand(row, col); }}>
                      {isTitle && !["ref", "anyref"].includes(c.field.type)
                        ? <a tabIndex={-1} href={href(`/app/${p.entity.path}/${r.id}`)}>
                            <FieldValue field={plainField(c.field)} value={value} record={holder} where="cell" />{value === null && titleOf(p.entity, r)}</a>
                        : <Untabbed><FieldValue field={c.field} value={value} record={holder} where="cell" /></Untabbed>}
                    </td>
                  );
                })}
              </tr>
            );
          })}
          {to < items.length && <tr aria-hidden="true" class="space"><td colSpan={cols.length} style={{ height: `${(items.length - to) * ROW}px` }} /></tr>}
        </tbody>
        {totals && (
          <tfoot>
            <tr>
              {cols.map((c, i) => {
                const v = c.total ? totals[c.total === "count" ? "count()" : `${c.total}(${c.path})`] : undefined;
                return (
                  <td key={c.path} class={fieldType(c.field).align === "end" ? "num" : ""}>
                    {v !== undefined && v !== null
                      ? <><small>{t(`list.total.${c.total}` as Word)} </small>
                          <FieldValue field={c.total === "count" ? { ...c.field, type: "int" } : c.field} value={v} record={{ id: "", rev: 0 }} where="fact" />
                          {c.field.type === "money" && c.total !== "count" && <PartOnly items={items} path={c.path} />}</>
                      : i === 0 ? <span class="quiet">{t("list.count", { n: items.length })}{p.rows.hasMore ? "+" : ""}</span> : null}
                  </td>
                );
              })}
            </tr>
          </tfoot>
        )}
      </table>
      {state === "more" && <p class="grid-more" role="status">{t("list.loading")}</p>}
      {state === "failed" && items.length > 0 && <Failed error={p.rows.error.value} retry={() => void p.rows.retry()} />}
    </div>
  );
}

/** An e-mail address as title is a link to the record, not to a mail program. */
const plainField = (f: Field): Field => (["email", "phone", "url"].includes(f.type) ? { ...f, type: "text" } : f);

/** Links inside cells are reached by Enter on the cell: one stop for the table. */
function Untabbed({ children }: { children: preact.ComponentChildren }) {
  return <span class="cell" ref={(e) => { for (const a of e?.querySelectorAll("a") ?? []) a.tabIndex = -1; }}>{children}</span>;
}
