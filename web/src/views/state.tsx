import type { ComponentChildren } from "preact";
import { t } from "../base/i18n/index.ts";
import { href } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { ApiError } from "../data/api.ts";

/** A screen with nothing on it yet says what belongs there and what to do. */
export function Blank(p: { icon: string; title: string; text?: string; children?: ComponentChildren; tone?: string }) {
  return (
    <div class="blank">
      <span class={`blank-icon ${p.tone ?? "slate"}`}><Icon name={p.icon} /></span>
      <h2>{p.title}</h2>
      {p.text && <p>{p.text}</p>}
      {p.children && <div class="blank-do">{p.children}</div>}
    </div>
  );
}

/** Every error names the cause and offers what to do next. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const e = error instanceof ApiError ? error : null;
  const again = retry && <button type="button" class="btn" onClick={retry}><Icon name="refresh-cw" />{t("error.retry")}</button>;
  const home = <a class="btn" href={href("/app")}>{t("error.home")}</a>;
  if (e?.isOffline) return <Blank icon="wifi-off" tone="amber" title={t("error.offline")} text={t("error.offline.text")}>{again}</Blank>;
  if (e?.status === 403) return <Blank icon="lock" tone="amber" title={t("error.denied")} text={t("error.denied.text")}>{home}</Blank>;
  if (e?.status === 404) return <Blank icon="compass" title={t("error.notfound")} text={t("error.notfound.text")}>{home}</Blank>;
  const text = e ? [e.message, ...e.issues.map((i) => i.message)].join(" ") : String(error);
  return <Blank icon="triangle-alert" tone="red" title={t("error.title")} text={text}>{again}{home}</Blank>;
}

/** Grey lines where rows will be: the place is taken, nothing jumps. */
export function Skeleton({ rows = 8, kind = "row" }: { rows?: number; kind?: "row" | "card" | "record" }) {
  return (
    <div class={`skeleton ${kind}`} role="status" aria-label={t("list.loading")}>
      {Array.from({ length: rows }, (_, i) => <span key={i} class={`bone w${(i * 7) % 5}`} />)}
    </div>
  );
}
