import { useEffect, useState } from "preact/hooks";
import { t, type Word } from "../base/i18n/index.ts";
import { formatAgo, formatDateTime } from "../base/format.ts";
import { Icon } from "../base/icon.tsx";
import { call } from "../data/api.ts";
import { getModel } from "../data/model.ts";
import { isEmpty, valueText } from "../fields/registry.ts";
import type { Entity, HistoryItem, RecordData } from "../data/types.ts";
import { Failed, Skeleton } from "./state.tsx";
import { FieldValue } from "./value.tsx";

const ICONS: Record<string, string> = { create: "plus", update: "pencil", delete: "trash-2", restore: "rotate-ccw" };

/** What happened to a record, newest first, in words. */
export function History({ entity, record }: { entity: Entity; record: RecordData }) {
  const [items, setItems] = useState<HistoryItem[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = (): void => {
    call<{ items: HistoryItem[] }>(`${entity.path}/${record.id}/history`, { query: { limit: 50 } })
      .then(({ data }) => { setItems(data.items); setError(null); }, setError);
  };
  useEffect(load, [record.id, record.rev]);
  if (error) return <Failed error={error} retry={load} />;
  if (!items) return <Skeleton rows={4} />;
  if (items.length === 0) return <p class="quiet">{t("history.empty")}</p>;
  return <ul class="tl">{items.map((i) => <Entry key={i.txn} entity={entity} record={record} item={i} />)}</ul>;
}

function nameOf(item: HistoryItem, record: RecordData): string {
  if (item.user_name) return item.user_name;
  const u = item.user;
  if (u === null) return t("history.by");
  if (typeof u !== "string") return u.name ?? u._title ?? u.id;
  const me = getModel().user;
  if (u === me.id) return me.name;
  return Object.values(record._expand ?? {}).find((e) => e?.id === u)?._title ?? t("history.by");
}

function Entry({ entity, record, item }: { entity: Entity; record: RecordData; item: HistoryItem }) {
  const { tz } = getModel();
  const changes = item.op === "create" ? [] : item.changes.filter((c) => entity.by[c.field] && !entity.by[c.field]!.system);
  return (
    <li>
      <span class="tl-icon"><Icon name={item.rule ? "zap" : ICONS[item.op] ?? "circle"} /></span>
      <div>
        <b>{item.rule ? t("history.rule", { rule: item.rule }) : nameOf(item, record)}</b>{" "}
        {t(`history.${["create", "update", "delete", "restore"].includes(item.op) ? item.op : "update"}` as Word)}
        {changes.length > 0 && <ul class="tl-changes">
          {changes.map((c) => {
            const field = entity.by[c.field]!;
            const isLong = valueText(field, c.to, record).length > 60;
            return (
              <li key={c.field}><span class="k">{field.label}</span>{" "}
                {!isEmpty(c.from) && !isLong && <><s><FieldValue field={field} value={c.from} record={record} where="card" /></s>{" "}
                  <Icon name="arrow-right" /><span class="unseen">{t("history.to")}</span>{" "}</>}
                {isEmpty(c.to) ? <span class="quiet">{t("field.none")}</span> : <FieldValue field={field} value={c.to} record={record} where="card" />}
              </li>
            );
          })}
        </ul>}
        <time dateTime={item.at} title={formatDateTime(item.at, tz)}>{formatAgo(item.at, tz)}</time>
      </div>
    </li>
  );
}
