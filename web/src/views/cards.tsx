import { useEffect, useRef } from "preact/hooks";
import { href } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { t } from "../base/i18n/index.ts";
import { resolvePath } from "../data/model.ts";
import { titleOf, valueAt } from "../data/records.ts";
import { fieldType, isEmpty } from "../fields/registry.ts";
import type { Rows } from "../data/rows.ts";
import type { Column, Entity, RecordData } from "../data/types.ts";
import { Failed } from "./state.tsx";
import { FieldValue } from "./value.tsx";

const SHOWN = 4;

/** A list on a phone: one card a record, the same columns in fewer words. */
export function Cards({ entity, columns, rows, label }: { entity: Entity; columns: Column[]; rows: Rows; label: string }) {
  const end = useRef<HTMLDivElement>(null);
  const items = rows.items.value;
  const state = rows.state.value;
  useEffect(() => {
    const look = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) void rows.more(); }, { rootMargin: "600px" });
    look.observe(end.current!);
    return () => look.disconnect();
  }, [rows, items.length]);
  return (
    <div class="list-cards">
      <ul aria-label={label}>
        {items.map((r) => <li key={r.id}><Card entity={entity} columns={columns} record={r} /></li>)}
      </ul>
      {state === "failed" && <Failed error={rows.error.value} retry={() => void rows.retry()} />}
      <div ref={end} class="grid-more" role="status">{state === "more" ? t("list.loading") : ""}</div>
    </div>
  );
}

function Card({ entity, columns, record }: { entity: Entity; columns: Column[]; record: RecordData }) {
  const rest = columns.filter((c) => c.path !== entity.title && c.path !== entity.status);
  const status = entity.status ? entity.by[entity.status] : undefined;
  const facts = rest.flatMap((c) => {
    const end = resolvePath(entity, c.path);
    const { value, holder } = valueAt(record, c.path);
    // "No" says nothing without its question, and most answers are no.
    return end && !isEmpty(value) && value !== false ? [{ c, field: end.field, value, holder }] : [];
  }).slice(0, SHOWN);
  return (
    <a class="lcard" href={href(`/app/${entity.path}/${record.id}`)}>
      <span class="lcard-head"><b>{titleOf(entity, record)}</b>
        {status && !isEmpty(record[status.name]) && <FieldValue field={status} value={record[status.name]} record={record} where="card" />}</span>
      {facts.length > 0 && <span class="lcard-facts">
        {facts.map((f) => <span key={f.c.path} title={f.c.label || f.field.label}>
          {fieldType(f.field).align && f.field.type !== "money" && <small>{f.c.label || f.field.label} </small>}
          {f.field.type === "bool" ? <span class="yes"><Icon name="check" />{f.c.label || f.field.label}</span>
            : <FieldValue field={f.field} value={f.value} record={f.holder} where="card" />}</span>)}
      </span>}
    </a>
  );
}
