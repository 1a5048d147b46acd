/**
 * What others change, as it happens. A stream while the server has one to give,
 * else a look every few seconds; both continue where they stopped.
 */
import { call } from "./api.ts";
import { base } from "../base/router.ts";
import { loadModel, model } from "./model.ts";

export interface Change { entity: string; id: string; op: string; rev?: number; fields?: string[]; by?: string }

type Listener = (change: Change) => void;
const listeners = new Set<Listener>();
const POLL_MS = 8000;

let source: EventSource | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = "";

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

function tell(data: string): void {
  let change: Change;
  try { change = JSON.parse(data) as Change; } catch { return; }
  for (const l of listeners) l(change);
}

const everything = (): void => { for (const l of listeners) l({ entity: "*", id: "*", op: "many" }); };

export function startLive(): void {
  stopLive();
  if (typeof EventSource === "undefined") return void poll();
  source = new EventSource(`${base}/api/v1/events`, { withCredentials: false });
  const seen = (e: MessageEvent): void => { if (e.lastEventId) last = e.lastEventId; };
  source.addEventListener("change", (e) => { seen(e); tell(e.data as string); });
  source.addEventListener("model", (e) => { seen(e); void loadModel().catch(() => undefined); });
  source.addEventListener("reset", everything);
  source.onerror = () => {
    // Closed for good: no stream to spare. The browser retries the other case.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      timer = setTimeout(() => void poll(), POLL_MS);
    }
  };
}

async function poll(): Promise<void> {
  try {
    if (!document.hidden) {
      const { data } = await call<{ items: { event: string; data: Change }[]; next: string; generation: number }>(
        "events", { query: { after: last || undefined }, quiet: true });
      for (const item of data.items) {
        if (item.event === "reset") everything();
        else if (item.event === "change") tell(JSON.stringify(item.data));
      }
      if (model.value && data.generation !== model.value.generation) void loadModel().catch(() => undefined);
      last = data.next;
    }
  } catch { /* the next look may find the server again */ }
  timer = setTimeout(() => void poll(), POLL_MS);
}

export function stopLive(): void {
  source?.close();
  source = null;
  clearTimeout(timer);
}
