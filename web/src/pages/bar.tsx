import type { ComponentChildren } from "preact";
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { Icon } from "../base/icon.tsx";

export const sideOpen = signal(false);

/** The line at the head of every page: what this is, its tabs, the one action. */
export function PageBar(p: { title: string; icon?: string | undefined; crumb?: ComponentChildren; children?: ComponentChildren; action?: ComponentChildren }) {
  useEffect(() => { document.title = `${p.title} · Perigee`; }, [p.title]);
  return (
    <header class="bar">
      <button type="button" class="btn bare icon only-s" aria-label={t("nav.menu")} aria-expanded={sideOpen.value}
        onClick={() => { sideOpen.value = true; }}><Icon name="menu" /></button>
      {p.crumb}
      <h1 id="title" tabIndex={-1}>{p.title}</h1>
      {p.children}
      <span class="sp" />
      {p.action}
    </header>
  );
}
