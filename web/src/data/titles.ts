/** Titles of records that are named where none came along: history, chips. */
import { signal, type Signal } from "@preact/signals";
import { call } from "./api.ts";
import { titleOf } from "./records.ts";
import { readQuery } from "./read.ts";
import type { Entity, RecordData } from "./types.ts";

const known = new Map<string, Signal<string>>();
const MAX = 500;

/** "" until it is known; the id where it may not be read or is gone. */
export function titleById(entity: Entity, id: string): string {
  const key = `${entity.key} ${id}`;
  let title = known.get(key);
  if (!title) {
    title = signal("");
    if (known.size >= MAX) known.clear();
    known.set(key, title);
    const found = title;
    call<RecordData>(`${entity.path}/${id}`, { query: { ...readQuery(entity, []), deleted: "include" } })
      .then(({ data }) => { found.value = titleOf(entity, data); }, () => { found.value = id; });
  }
  return title.value;
}

export const forgetTitles = (): void => known.clear();
