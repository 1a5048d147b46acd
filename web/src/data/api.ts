/** The one way to the server: same origin, JSON, CSRF, revisions, idempotency. */
import { signal } from "@preact/signals";
import { base } from "../base/router.ts";
import { lang, t } from "../base/i18n/index.ts";
import type { Issue, RecordData } from "./types.ts";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly issues: Issue[] = [],
    readonly current: RecordData | null = null,
    readonly retryAfter = 0,
  ) {
    super(message);
  }
  get isOffline(): boolean { return this.status === 0; }
}

/** False from the first request that found nobody until one is answered. */
export const online = signal(true);
/** The session has ended while somebody was working. */
export const signedOut = signal(false);

let csrf = "";
export const setCsrf = (value: string): void => { csrf = value; };

export interface Answer<T> { data: T; status: number; rev: string | null; txn: string | null; etag: string | null }

export interface Call {
  method?: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** Bytes of a file instead of JSON. */
  bytes?: Blob;
  rev?: number | undefined;
  etag?: string | null;
  idempotent?: string;
  signal?: AbortSignal | undefined;
  /** A 401 is an answer here, not the end of the session. */
  quiet?: boolean;
}

export async function call<T>(path: string, c: Call = {}): Promise<Answer<T>> {
  const query = new URLSearchParams();
  for (const [k, v] of Object.entries(c.query ?? {}))
    if (v !== undefined && v !== "") query.set(k, String(v));
  const method = c.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": lang.value };
  if (method !== "GET" && csrf) headers["X-CSRF"] = csrf;
  if (c.body !== undefined) headers["Content-Type"] = "application/json";
  if (c.bytes) headers["Content-Type"] = "application/octet-stream";
  if (c.rev !== undefined) headers["If-Match"] = `"${c.rev}"`;
  if (c.etag) headers["If-None-Match"] = c.etag;
  if (c.idempotent) headers["Idempotency-Key"] = c.idempotent;

  let response: Response;
  try {
    response = await fetch(`${base}/api/v1/${path}${query.size ? `?${query}` : ""}`, {
      method, headers, credentials: "same-origin", redirect: "error",
      cache: c.etag === undefined ? "default" : "no-store",
      ...(c.signal && { signal: c.signal }),
      ...(c.bytes ? { body: c.bytes } : c.body !== undefined ? { body: JSON.stringify(c.body) } : {}),
    });
  } catch (error) {
    if (c.signal?.aborted) throw error;
    online.value = false;
    throw new ApiError(0, "E_OFFLINE", t("error.offline"));
  }
  online.value = true;

  const text = response.status === 204 || response.status === 304 ? "" : await response.text();
  let data: unknown = null;
  if (text && (response.headers.get("Content-Type") ?? "").includes("json")) {
    try { data = JSON.parse(text); } catch { /* answered below as an error or as nothing */ }
  }
  if (!response.ok && response.status !== 304) throw failure(response, data, c);
  return {
    data: data as T,
    status: response.status,
    rev: response.headers.get("ETag"),
    etag: response.headers.get("ETag"),
    txn: response.headers.get("Perigee-Txn"),
  };
}

function failure(response: Response, data: unknown, c: Call): ApiError {
  const error = (data as { error?: { code?: string; message?: string; issues?: Issue[]; current?: RecordData } } | null)?.error;
  if (response.status === 401 && !c.quiet) signedOut.value = true;
  return new ApiError(
    response.status,
    error?.code ?? `E_${response.status}`,
    error?.message ?? (response.status === 503 ? t("error.busy") : t("error.server")),
    error?.issues ?? [],
    error?.current ?? null,
    Number(response.headers.get("Retry-After") ?? 0),
  );
}

/** What to tell somebody about anything that was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiError) {
    const own = error.issues.map((i) => i.message).filter(Boolean);
    return own.length > 0 ? own.join(" ") : error.message;
  }
  return error instanceof Error ? error.message : t("error.server");
}
