/** Addresses: one signal, links as they are in HTML, nothing else. */
import { batch, signal } from "@preact/signals";

/** "" or "/w/name": a workspace that has no host of its own. */
export const base = /^\/w\/[^/]+/.exec(globalThis.location?.pathname ?? "")?.[0] ?? "";

const read = () => ({
  path: location.pathname.slice(base.length) || "/",
  query: new URLSearchParams(location.search),
  hash: location.hash.slice(1),
});

export const route = signal(globalThis.location ? read() : { path: "/", query: new URLSearchParams(), hash: "" });

/** Asked before leaving; true stays. Set by a form with unsaved changes. */
let holdsBack: (() => boolean) | null = null;
export function holdBack(ask: (() => boolean) | null): void {
  holdsBack = ask;
}

export const href = (path: string): string => base + path;

export function go(path: string, how: { replace?: boolean } = {}): void {
  if (!how.replace && holdsBack?.()) return;
  history[how.replace ? "replaceState" : "pushState"]({}, "", href(path));
  batch(() => { route.value = read(); });
  if (!how.replace) document.querySelector("main")?.scrollTo?.(0, 0);
}

/** The same page with other parameters; null removes one. */
export function setQuery(change: Record<string, string | null>, replace = true): void {
  const query = new URLSearchParams(route.value.query);
  for (const [name, value] of Object.entries(change)) {
    query.delete(name);
    if (value !== null) query.set(name, value);
  }
  const text = query.toString();
  go(route.value.path + (text ? `?${text}` : ""), { replace });
}

export function listenForRoutes(): void {
  addEventListener("popstate", () => { route.value = read(); });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    const link = (event.target as Element).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(`${base}/app`)) return;
    event.preventDefault();
    go(url.pathname.slice(base.length) + url.search);
  });
}
