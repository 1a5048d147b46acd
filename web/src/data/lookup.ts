/** What a link may point at, as somebody types. */
import { call } from "./api.ts";
import { plain } from "./draft.ts";
import { findEntity } from "./model.ts";
import { readQuery } from "./read.ts";
import { titleOf, valueAt } from "./records.ts";
import type { Entity, Field, RecordData, SearchHit } from "./types.ts";

export interface Hit { entity: string; id: string; title: string; subtitle: string }

const SHOWN = 8;
/** With nothing typed the first of so many kinds are offered. */
const KINDS = 3;

/** The members of the record that a filter speaks of: this.branch, this. */
export function draftFor(filter: string, entity: Entity, record: RecordData): string {
  const out: Record<string, unknown> = {};
  if (record.id && /\bthis\b/.test(filter)) out["id"] = record.id;
  for (const [, name] of filter.matchAll(/\bthis\.([a-z][a-z0-9_]*)/g)) {
    const value = record[name!];
    if (entity.by[name!] && value !== undefined && value !== null) out[name!] = plain(value);
  }
  return JSON.stringify(out);
}

async function first(target: Entity, more: Record<string, string | undefined>, abort: AbortSignal): Promise<Hit[]> {
  const title = target.title ? target.by[target.title] : undefined;
  const page = (await call<{ items: RecordData[] }>(target.path, {
    query: { limit: SHOWN, sort: title && title.sorts !== false ? title.name : undefined, ...readQuery(target, []), ...more }, signal: abort,
  })).data;
  return page.items.map((r) => ({ entity: target.key, id: r.id, title: titleOf(target, r), subtitle: subtitleOf(target, r) }));
}

function subtitleOf(entity: Entity, record: RecordData): string {
  const value = entity.subtitle ? valueAt(record, entity.subtitle).value : null;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Records of `keys` that fit what was typed; the first ones when nothing was. */
export async function lookUp(keys: string[], text: string, abort: AbortSignal): Promise<Hit[]> {
  const q = text.trim();
  if (q !== "") {
    const found = (await call<{ items: SearchHit[] }>("search", {
      query: { q, entities: keys.join(","), limit: SHOWN }, signal: abort,
    })).data.items;
    return found.map((h) => ({ entity: h.entity, id: h.id, title: h.title, subtitle: h.subtitle ?? "" }));
  }
  const kinds = keys.slice(0, KINDS).map(findEntity).filter((e): e is Entity => !!e);
  return (await Promise.all(kinds.map((e) => first(e, {}, abort)))).flat().slice(0, SHOWN + 2);
}

/** What may be picked for this field of this record: the server applies the field's filter. */
export async function lookUpFor(entity: Entity, field: Field, record: RecordData, text: string, abort: AbortSignal): Promise<Hit[]> {
  const keys = field.type === "user" ? ["sys:user"] : field.targets ?? [];
  const target = findEntity(keys[0] ?? "");
  if (!field.filter || !target) return lookUp(keys, text, abort);
  const q = text.trim();
  return first(target, {
    q: target.search ? q : undefined, fits: `${entity.key}.${field.name}`, draft: draftFor(field.filter, entity, record),
  }, abort);
}
