/**
 * Pages of a list, fetched by cursor as somebody scrolls. One store a query;
 * a changed record is put back in place by its id and revision.
 */
import { signal } from "@preact/signals";
import { ApiError, call } from "./api.ts";
import type { Page, RecordData } from "./types.ts";

export interface RowQuery {
  path: string;
  filter: string;
  /** What was typed into the search box. */
  q?: string;
  sort: string;
  fields?: string;
  expand?: string;
  deleted?: string;
  limit: number;
  count: boolean;
}

type Fetch = (path: string, query: Record<string, string | number | undefined>, signal: AbortSignal) => Promise<Page>;

const fetchPage: Fetch = async (path, query, abort) => (await call<Page>(path, { query, signal: abort })).data;

export class Rows {
  readonly items = signal<RecordData[]>([]);
  readonly state = signal<"loading" | "more" | "ready" | "failed">("loading");
  readonly error = signal<ApiError | null>(null);
  readonly count = signal<{ value: number; exact: boolean } | null>(null);
  private next: string | null = null;
  private abort = new AbortController();
  private busy = false;

  constructor(readonly query: RowQuery, private readonly fetch: Fetch = fetchPage) {}

  get hasMore(): boolean { return this.next !== null; }

  async load(): Promise<void> {
    this.abort.abort();
    this.abort = new AbortController();
    this.busy = false;
    if (this.items.value.length === 0) this.state.value = "loading";
    await this.page(null);
  }

  async more(): Promise<void> {
    if (this.busy || this.next === null || this.state.value === "failed") return;
    this.state.value = "more";
    await this.page(this.next);
  }

  /** Where a page failed: again from there. */
  async retry(): Promise<void> {
    if (this.items.value.length === 0) return this.load();
    this.state.value = "more";
    return this.page(this.next);
  }

  private async page(cursor: string | null): Promise<void> {
    const { path, filter, q, sort, fields, expand, deleted, limit, count } = this.query;
    const { signal: abort } = this.abort;
    this.busy = true;
    try {
      const page = await this.fetch(path, {
        filter, q, sort, fields, expand, deleted, limit,
        cursor: cursor ?? undefined, count: count && cursor === null ? "true" : undefined,
      }, abort);
      if (abort.aborted) return;
      this.items.value = cursor === null ? page.items : merge(this.items.value, page.items);
      this.next = page.next;
      if (page.count) this.count.value = page.count;
      this.error.value = null;
      this.state.value = "ready";
    } catch (error) {
      if (abort.aborted) return;
      this.error.value = error instanceof ApiError ? error : new ApiError(500, "E_INTERNAL", String(error));
      this.state.value = "failed";
    } finally {
      if (!abort.aborted) this.busy = false;
    }
  }

  /** A newer revision replaces; an older one that comes late is dropped. */
  put(record: RecordData): void {
    this.items.value = this.items.value.map((r) =>
      r.id === record.id && record.rev >= r.rev ? { ...r, ...record, _expand: { ...r._expand, ...record._expand } } : r);
  }

  insert(record: RecordData, at = 0): void {
    if (this.items.value.some((r) => r.id === record.id)) return this.put(record);
    const items = [...this.items.value];
    items.splice(at, 0, record);
    this.items.value = items;
    if (this.count.value) this.count.value = { ...this.count.value, value: this.count.value.value + 1 };
  }

  remove(id: string): number {
    const at = this.items.value.findIndex((r) => r.id === id);
    if (at >= 0) {
      this.items.value = this.items.value.filter((r) => r.id !== id);
      if (this.count.value) this.count.value = { ...this.count.value, value: this.count.value.value - 1 };
    }
    return at;
  }

  stop(): void { this.abort.abort(); }
}

/** A record that moved while we paged may come twice; it is shown once. */
export function merge(have: RecordData[], more: RecordData[]): RecordData[] {
  const ids = new Set(have.map((r) => r.id));
  return [...have, ...more.filter((r) => !ids.has(r.id))];
}
