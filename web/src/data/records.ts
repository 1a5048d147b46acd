/** Writes: each answers with a way back, and a toast that offers it. */
import { signal } from "@preact/signals";
import { ApiError, call, reasonOf } from "./api.ts";
import { evaluate } from "../base/fx.ts";
import { t } from "../base/i18n/index.ts";
import { showToast } from "../base/toast.ts";
import type { Entity, Expanded, Field, RecordData, Ref } from "./types.ts";
import { findEntity, getModel } from "./model.ts";

/** Counts up with each write from here: screens that show sums look again. */
export const writes = signal(0);

type Listener = (entity: string, id: string, record: RecordData | null) => void;
const listeners = new Set<Listener>();
export function onWrite(listener: Listener): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}
export function tellWrite(entity: string, id: string, record: RecordData | null): void {
  writes.value += 1;
  for (const l of listeners) l(entity, id, record);
}

/** Everything that links is expanded, so that titles need no second request. */
export function expandOf(entity: Entity): string {
  return entity.fields.filter((f) => ["ref", "user", "anyref"].includes(f.type)).map((f) => f.name).join(",");
}

export async function getRecord(entity: Entity, id: string, signal?: AbortSignal): Promise<RecordData> {
  return (await call<RecordData>(`${entity.path}/${id}`, {
    query: { expand: expandOf(entity), deleted: "include" }, signal,
  })).data;
}

export async function createRecord(entity: Entity, body: Record<string, unknown>, key: string): Promise<{ record: RecordData; txn: string | null }> {
  const a = await call<RecordData>(entity.path, {
    method: "POST", body, idempotent: key, query: { expand: expandOf(entity) },
  });
  tellWrite(entity.key, a.data.id, a.data);
  return { record: a.data, txn: a.txn };
}

export async function patchRecord(entity: Entity, id: string, rev: number, body: Record<string, unknown>): Promise<{ record: RecordData; txn: string | null }> {
  const a = await call<RecordData>(`${entity.path}/${id}`, {
    method: "PATCH", body, rev, query: { expand: expandOf(entity) },
  });
  tellWrite(entity.key, id, a.data);
  return { record: a.data, txn: a.txn };
}

export async function deleteRecord(entity: Entity, record: RecordData): Promise<string | null> {
  const a = await call(`${entity.path}/${record.id}`, { method: "DELETE", rev: record.rev });
  tellWrite(entity.key, record.id, null);
  return a.txn;
}

export async function restoreRecord(entity: Entity, id: string): Promise<RecordData> {
  const a = await call<RecordData>(`${entity.path}/${id}/restore`, { method: "POST", query: { expand: expandOf(entity) } });
  tellWrite(entity.key, id, a.data);
  return a.data;
}

let lastUndo: (() => void) | null = null;

/** Says what was done and offers to take it back, for ten seconds. */
export function offerUndo(text: string, txn: string | null, then?: () => void): void {
  if (!txn) return showToast(text);
  const undo = async (): Promise<void> => {
    lastUndo = null;
    try {
      await call(`undo/${txn}`, { method: "POST" });
      showToast(t("record.undone"));
      tellWrite("*", "*", null);
      then?.();
    } catch (error) {
      showToast(t("record.undo.failed", { reason: reasonOf(error) }), { tone: "bad" });
    }
  };
  lastUndo = () => void undo();
  showToast(text, { action: { label: t("record.undo"), run: () => void undo() } });
}

export function undoLast(): void {
  if (lastUndo) lastUndo();
}

/** Text of a simple value, for titles. */
export function titleOf(entity: Entity, record: RecordData): string {
  if (record._title) return record._title;
  if (entity.title_fx) {
    const m = getModel();
    const made = evaluate(entity.title_fx, { row: record, tz: m.tz, currency: m.currency });
    if (typeof made === "string" && made.trim() !== "") return made.trim();
  }
  const field = entity.title ? entity.by[entity.title] : undefined;
  const value = field ? record[field.name] : undefined;
  if (typeof value === "string" && value !== "")
    return field && ["ref", "user"].includes(field.type) ? (expandedTitle(record, field.name) ?? entity.label) : value;
  if (typeof value === "number") return String(value);
  return entity.label;
}

export function expandedTitle(record: RecordData, name: string): string | undefined {
  const e = record._expand?.[name];
  const v = record[name];
  const id = typeof v === "string" ? v : (v as Ref | null)?.id;
  return e && e.id === id ? (e._title ?? e.id) : undefined;
}

/** A value by path, through what was expanded. */
export function valueAt(record: RecordData, path: string): { value: unknown; holder: RecordData } {
  const names = path.split(".");
  let holder: RecordData | Expanded = record;
  for (const name of names.slice(0, -1)) {
    const next: Expanded | null | undefined = (holder as RecordData)._expand?.[name];
    if (!next) return { value: null, holder: record };
    holder = next;
  }
  return { value: (holder as Record<string, unknown>)[names[names.length - 1]!] ?? null, holder: holder as RecordData };
}

/** Which entity a link leads to. */
export function targetOf(field: Field, value: unknown): Entity | undefined {
  if (field.type === "anyref") return findEntity((value as Ref | null)?.entity ?? "");
  if (field.type === "user") return findEntity("sys:user");
  return findEntity(field.targets?.[0] ?? "");
}

/** Issues by field; those of no field under "". */
export function issuesByField(error: unknown): Map<string, string[]> {
  const map = new Map<string, string[]>();
  if (!(error instanceof ApiError)) return map;
  const issues = error.issues.length > 0 ? error.issues : [{ path: "", code: error.code, message: error.message }];
  for (const i of issues) {
    const name = i.path.split(".")[0] ?? "";
    map.set(name, [...(map.get(name) ?? []), i.message]);
  }
  return map;
}

export function isMine(id: unknown): boolean {
  return id === getModel().user.id;
}
