import { useEffect, useMemo } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { href } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { formatNumber } from "../base/format.ts";
import { quote } from "../data/filter.ts";
import { defaultView, findEntity } from "../data/model.ts";
import { onChange } from "../data/live.ts";
import { onWrite, titleOf, valueAt } from "../data/records.ts";
import { readQuery } from "../data/read.ts";
import { Rows } from "../data/rows.ts";
import { fieldType } from "../fields/registry.ts";
import type { Collection, Column, Entity, RecordData } from "../data/types.ts";
import { openCreate } from "./create.tsx";
import { columnsOf } from "./grid.tsx";
import { Failed, Skeleton } from "./state.tsx";
import { FieldValue } from "./value.tsx";

const SHOWN = 8;

/** The records that point here, with a way to add one. */
export function Related({ owner, record, collection, columns }:
  { owner: Entity; record: RecordData; collection: Collection; columns?: string[] }) {
  const child = findEntity(collection.entity);
  return child ? <Table owner={owner} record={record} collection={collection} child={child} columns={columns} /> : null;
}

function Table({ owner, record, collection, child, columns }:
  { owner: Entity; record: RecordData; collection: Collection; child: Entity; columns: string[] | undefined }) {
  const by = child.by[collection.by];
  const shown: Column[] = (columns?.map((path) => ({ path })) ?? defaultView(child).columns ?? [])
    .filter((c) => c.path.split(".")[0] !== collection.by).slice(0, 5);
  const cols = columnsOf(child, shown.length > 0 ? shown : child.title ? [{ path: child.title }] : []);
  const rows = useMemo(() => new Rows({
    path: child.path, ...readQuery(child, cols.map((c) => c.path)), sort: "", limit: SHOWN, count: true,
    filter: by?.type === "anyref" ? `is(${collection.by}, ${quote(owner.key)}) and ${collection.by} = ${quote(record.id)}`
      : `${collection.by} = ${quote(record.id)}`,
  }), [child, record.id]);
  useEffect(() => {
    void rows.load();
    const again = (entity: string): void => { if (entity === child.key || entity === "*") void rows.load(); };
    const stops = [onWrite(again), onChange((c) => again(c.entity))];
    return () => { rows.stop(); for (const s of stops) s(); };
  }, [rows]);

  const items = rows.items.value;
  const count = rows.count.value;
  const preset = { [collection.by]: by?.type === "anyref" ? { entity: owner.key, id: record.id } : record.id };
  const add = child.can.create && by && !by.readonly
    ? <button type="button" class="btn bare small" aria-label={`${t("record.related.add")}: ${child.label}`}
        onClick={() => openCreate({ entity: child, preset, titles: { [collection.by]: { id: record.id, _title: titleOf(owner, record) } } })}>
        <Icon name="plus" />{t("record.related.add")}</button>
    : null;
  return (
    <section class="box related">
      <h3><Icon name={child.icon ?? "box"} />{collection.label || child.plural}
        {count && count.value > 0 && <small class="tab">{formatNumber(count.value, 0)}</small>}
        <span class="end">{add}</span></h3>
      {rows.state.value === "loading" ? <Skeleton rows={2} />
        : rows.state.value === "failed" ? <Failed error={rows.error.value} retry={() => void rows.load()} />
        : items.length === 0 ? <p class="related-empty">{t("record.related.empty", { label: collection.label || child.plural })}</p>
        : <div class="related-scroll" tabIndex={0} role="region" aria-label={collection.label || child.plural}><table>
            <thead><tr>{cols.map((c) => <th key={c.path} scope="col" class={fieldType(c.field).align === "end" ? "num" : ""}>{c.label}</th>)}</tr></thead>
            <tbody>{items.map((r) => (
              <tr key={r.id}>{cols.map((c, i) => {
                const { value, holder } = valueAt(r, c.path);
                return <td key={c.path} class={`${fieldType(c.field).align === "end" ? "num" : ""} ${i === 0 ? "t" : ""}`}>
                  {i === 0 && !["ref", "anyref"].includes(c.field.type)
                    ? <a href={href(`/app/${child.path}/${r.id}`)}>
                        {value === null ? titleOf(child, r) : <FieldValue field={["email", "phone", "url"].includes(c.field.type) ? { ...c.field, type: "text" } : c.field} value={value} record={holder} where="cell" />}</a>
                    : <FieldValue field={c.field} value={value} record={holder} where="cell" />}
                </td>;
              })}</tr>
            ))}</tbody>
          </table></div>}
      {rows.hasMore && items.length > 0 && <p class="related-more">
        <button type="button" class="btn bare small" onClick={() => void rows.more()}>{t("list.more")}</button></p>}
    </section>
  );
}
