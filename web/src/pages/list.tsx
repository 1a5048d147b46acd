import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { useKeys } from "../base/keys.ts";
import { narrow } from "../base/media.ts";
import { go, href, route, setQuery } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { call } from "../data/api.ts";
import { allOf, canFilter, chipFx, chipsText, chipText, parseChips, type Chip } from "../data/filter.ts";
import { defaultView, findView, resolvePath, viewsOf } from "../data/model.ts";
import { onChange } from "../data/live.ts";
import { onWrite, writes } from "../data/records.ts";
import { readQuery } from "../data/read.ts";
import { Rows } from "../data/rows.ts";
import { listContext } from "../data/context.ts";
import type { Entity, Field, View } from "../data/types.ts";
import { Board } from "../views/board.tsx";
import { Cards } from "../views/cards.tsx";
import { openCreate } from "../views/create.tsx";
import { ChipView, AddFilter } from "../views/filters.tsx";
import { Grid, type Sort } from "../views/grid.tsx";
import { Menu } from "../views/menu.tsx";
import { Blank, Failed, Skeleton } from "../views/state.tsx";
import { PageBar } from "./bar.tsx";
import { NotFound } from "./notfound.tsx";

export function ListPage({ entity, viewName }: { entity: Entity; viewName: string }) {
  const view = viewName ? findView(entity, viewName) : defaultView(entity);
  return view ? <Listing key={`${entity.key}.${view.name}`} entity={entity} view={view} /> : <NotFound />;
}

const sortOf = (text: string): Sort[] => text.split(",").filter(Boolean)
  .map((p) => ({ path: p.replace(/^-/, ""), descending: p.startsWith("-") }));
const sortText = (sort: Sort[]): string => sort.map((s) => (s.descending ? "-" : "") + s.path).join(",");

function Listing({ entity, view }: { entity: Entity; view: View }) {
  const { query } = route.value;
  const chips = parseChips(query.get("f") ?? "").filter((c) => !!entity.by[c.field]);
  const quick = query.get("quick") ?? "";
  const search = entity.search ? query.get("q") ?? "" : "";
  const ownSort = (view.sort ?? []).map((s) => ({ path: s.path, descending: !!s.descending }));
  const sort = query.get("sort") ? sortOf(query.get("sort")!) : ownSort;
  const quicks = (view.quicks ?? []).filter((q) => quick.split("|").includes(q.label));
  const filter = allOf([
    view.filter, ...quicks.map((q) => q.filter), ...chips.map((c) => chipFx(entity, c)),
  ]);
  const by = ["kanban", "board"].includes(view.kind) && view.by ? entity.by[view.by] : undefined;
  const views = viewsOf(entity);
  const isFiltered = chips.length > 0 || quick !== "" || search !== "";

  const create = (): void => openCreate({ entity });
  const setChips = (next: Chip[]): void => setQuery({ f: next.length > 0 ? chipsText(next) : null });
  const toggleQuick = (label: string): void => {
    const on = quick.split("|").filter(Boolean);
    const next = on.includes(label) ? on.filter((l) => l !== label) : [...on, label];
    setQuery({ quick: next.length > 0 ? next.join("|") : null });
  };
  const viewPath = (v: View): string => `/app/${entity.path}/${v.name}`;

  useKeys([
    ...(entity.can.create ? [{ keys: "n", label: t("keys.new"), run: create }] : []),
    ...(entity.search ? [{ keys: "/", label: t("keys.filter"), run: () => document.getElementById("list-search")?.focus() }] : []),
    ...(views.length > 1 ? [{ keys: "v", label: t("keys.views"), run: () => {
      go(viewPath(views[(views.findIndex((v) => v.name === view.name) + 1) % views.length]!));
    } }] : []),
  ], [entity, view.name]);

  return (
    <>
      <PageBar title={entity.plural} icon={entity.icon} action={entity.can.create
        ? <button type="button" class="btn pri" onClick={create} title={t("list.new", { label: entity.label })}>
            <Icon name="plus" /><span class="hide-s">{t("list.new.short")}</span><kbd class="hide-s" aria-hidden="true">N</kbd></button> : null}>
        {views.length > 1 && (
          <nav class="tabs" aria-label={t("list.views")}>
            {views.map((v) => (
              <a key={v.name} href={href(viewPath(v))} aria-current={v.name === view.name ? "page" : undefined} title={v.label}>
                <Icon name={v.icon || (v.kind === "kanban" ? "square-kanban" : "list")} /><span>{v.label}</span></a>
            ))}
          </nav>
        )}
      </PageBar>
      <div class="filters" role="search" aria-label={t("list.filter")}>
        {entity.search && <SearchBox entity={entity} value={search} />}
        {(view.quicks ?? []).map((q) => (
          <button key={q.label} type="button" class="chip quick" aria-pressed={quick.split("|").includes(q.label)}
            onClick={() => toggleQuick(q.label)}>{q.label}</button>
        ))}
        {chips.map((c, i) => (
          <ChipView key={chipText(c)} entity={entity} chip={c} onChange={(next) => setChips(chips.map((x, at) => (at === i ? next : x)))}
            onRemove={() => setChips(chips.filter((_, at) => at !== i))} />
        ))}
        <AddFilter entity={entity} fields={entity.fields.filter(canFilter)} onAdd={(c) => setChips([...chips, c])} />
        {isFiltered && <button type="button" class="btn bare small" onClick={() => setQuery({ f: null, quick: null, q: null })}>{t("list.filter.clear")}</button>}
        <span class="sp" />
        {!by && <SortMenu entity={entity} view={view} sort={sort} isOwn={!query.get("sort")} />}
      </div>
      {by
        ? <Board entity={entity} view={view} filter={filter} search={search} by={by} />
        : <Table entity={entity} view={view} filter={filter} search={search} sort={sort} isFiltered={isFiltered} create={create} />}
    </>
  );
}

function SearchBox({ entity, value }: { entity: Entity; value: string }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  // What comes back is what was sent from here, unless somebody cleared it; then
  // typing has gone on already.
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (typed: string): void => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = typed.trim();
      setQuery({ q: sent.current || null });
    }, 180);
  };
  const label = t("search.in", { plural: entity.plural });
  return (
    <span class="list-search">
      <Icon name="search" />
      <input id="list-search" type="search" dir="auto" aria-label={label} placeholder={narrow.value ? t("search.label") : label} value={text} autocomplete="off" spellcheck={false}
        onInput={(e) => change(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Escape") { if (text) change(""); else e.currentTarget.blur(); }
          if (e.key === "ArrowDown" || e.key === "Enter") document.querySelector<HTMLElement>("[data-cell][tabindex='0'],.card a,.lcard")?.focus();
        }} />
    </span>
  );
}

function SortMenu({ entity, view, sort, isOwn }: { entity: Entity; view: View; sort: Sort[]; isOwn: boolean }) {
  const first = sort[0];
  const label = first ? view.columns?.find((c) => c.path === first.path)?.label || resolvePath(entity, first.path)?.field.label || first.path : "";
  const fields = (view.columns ?? []).flatMap((c) => {
    const end = resolvePath(entity, c.path);
    return end && end.field.sorts !== false ? [{ path: c.path, label: c.label || end.field.label }] : [];
  });
  return (
    <Menu label={t("list.sort")} class="chip" named items={[
      { key: "own", label: t("list.sort.none"), checked: isOwn, run: () => setQuery({ sort: null }) },
      ...fields.map((f) => ({
        key: f.path, label: f.label, checked: !isOwn && first?.path === f.path,
        run: () => setQuery({ sort: sortText([{ path: f.path, descending: first?.path === f.path ? !first.descending : false }]) }),
      })),
    ]}>
      <Icon name={first ? (first.descending ? "arrow-down" : "arrow-up") : "arrow-up-down"} />
      <span class="hide-s">{first ? <>{t("list.sorted")} <b>{label}</b></> : t("list.sort")}</span>
    </Menu>
  );
}

function Table({ entity, view, filter, search, sort, isFiltered, create }:
  { entity: Entity; view: View; filter: string; search: string; sort: Sort[]; isFiltered: boolean; create: () => void }) {
  const columns = view.columns ?? [];
  const sorted = sortText(sort);
  const rows = useMemo(() => new Rows({
    path: entity.path, filter, q: search, sort: sorted, ...readQuery(entity, columns.map((c) => c.path)), limit: 100, count: false,
  }), [entity, view, filter, search, sorted]);
  const totals = useTotals(entity, view, filter, search);

  useEffect(() => {
    void rows.load();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void rows.load(), 250);
    };
    const stops = [
      onChange((c) => { if (c.entity === entity.key || c.entity === "*") again(); }),
      onWrite((key, id, r) => {
        if (key !== entity.key && key !== "*") return;
        if (r && rows.items.value.some((x) => x.id === id)) rows.put(r);
        else again();
      }),
    ];
    return () => { clearTimeout(timer); rows.stop(); for (const s of stops) s(); };
  }, [rows]);

  const items = rows.items.value;
  useEffect(() => {
    listContext.value = { entity: entity.key, ids: items.map((r) => r.id), back: route.value.path + location.search };
  }, [items]);

  const label = t("list.grid", { plural: entity.plural });
  const state = rows.state.value;
  if (state === "loading") return <Skeleton rows={14} />;
  if (state === "failed" && items.length === 0) return <Failed error={rows.error.value} retry={() => void rows.load()} />;
  if (items.length === 0) return isFiltered
    ? <Blank icon="search-x" title={t("list.nomatch")} text={t("list.nomatch.text", { plural: entity.plural })}>
        <button type="button" class="btn" onClick={() => setQuery({ f: null, quick: null, q: null })}>{t("list.filter.clear")}</button>
      </Blank>
    : <Blank icon={entity.icon ?? "box"} tone={entity.color ?? "slate"} title={view.filter ? t("list.empty.view", { view: view.label }) : t("list.empty", { plural: entity.plural })} text={entity.help || t("list.empty.text")}>
        {entity.can.create && <button type="button" class="btn" onClick={create}><Icon name="plus" />{t("list.new", { label: entity.label })}</button>}
      </Blank>;
  return (
    <>
      {narrow.value
        ? <Cards entity={entity} columns={columns} rows={rows} label={label} />
        : <Grid entity={entity} columns={columns} rows={rows} sort={sort} totals={totals} label={label}
            onSort={(s) => setQuery({ sort: sortText([s, ...sort.filter((x) => x.path !== s.path).slice(0, 1)]) })} />}
      <p class="unseen" role="status">{t("list.count", { n: items.length })}</p>
    </>
  );
}

/** The figures at the foot: of everything that matches, not of what is loaded. */
function useTotals(entity: Entity, view: View, filter: string, q: string): Record<string, unknown> | null {
  const [totals, setTotals] = useState<Record<string, unknown> | null>(null);
  const measures = (view.columns ?? []).filter((c) => c.total && isOwn(entity, c.path))
    .map((c) => (c.total === "count" ? "count()" : `${c.total}(${c.path})`));
  const measure = [...new Set(measures)].join(",");
  useEffect(() => {
    if (!measure) return setTotals(null);
    const abort = new AbortController();
    call<{ items: Record<string, unknown>[] }>(`${entity.path}/aggregate`, { query: { measure, filter, q }, signal: abort.signal })
      .then(({ data }) => setTotals(data.items[0] ?? null), () => undefined);
    return () => abort.abort();
  }, [entity, measure, filter, q, writes.value]);
  return totals;
}

const isOwn = (entity: Entity, path: string): Field | undefined => entity.by[path];

