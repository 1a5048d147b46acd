/** The list somebody came from, so that a record knows its neighbours. */
import { signal } from "@preact/signals";

export const listContext = signal<{ entity: string; ids: string[]; back: string } | null>(null);

export function neighbours(entity: string, id: string): { previous: string | null; next: string | null } {
  const c = listContext.value;
  const at = c?.entity === entity ? c.ids.indexOf(id) : -1;
  return at < 0 ? { previous: null, next: null } : { previous: c!.ids[at - 1] ?? null, next: c!.ids[at + 1] ?? null };
}
