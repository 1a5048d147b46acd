import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../base/i18n/index.ts";
import { go } from "../base/router.ts";
import { fold } from "../base/fold.ts";
import { Icon } from "../base/icon.tsx";
import { recents } from "../base/recent.ts";
import { call } from "../data/api.ts";
import { findEntity, getModel } from "../data/model.ts";
import type { SearchHit } from "../data/types.ts";
import { openCreate } from "./create.tsx";
import { settingsOpen } from "./settings.tsx";

export const paletteOpen = signal(false);

interface Row { key: string; group: string; icon: string; title: string; note: string; run: () => void }

export function Palette() {
  return paletteOpen.value ? <Open /> : null;
}

const openRecord = (entity: string, id: string): void => {
  const e = findEntity(entity);
  if (e) go(`/app/${e.path}/${id}`);
};

function places(text: string): Row[] {
  const m = getModel();
  const f = fold(text.trim());
  const fits = (label: string): boolean => f === "" || fold(label).split(/\s+/).some((w) => w.startsWith(f)) || fold(label).includes(f);
  const seen = new Set<string>();
  const go_: Row[] = [];
  for (const app of m.apps) for (const i of app.items) {
    const e = m.entities[i.entity];
    const path = e && `/app/${e.path}${i.view ? `/${i.view}` : ""}`;
    if (!path || seen.has(path) || !fits(i.label)) continue;
    seen.add(path);
    go_.push({ key: path, group: t("search.places"), icon: i.icon || e.icon || "box", title: i.label, note: app.label, run: () => go(path) });
  }
  const made: Row[] = Object.values(m.entities)
    .filter((e) => e.can.create && !e.link && !e.platform && f !== "" && fits(t("list.new", { label: e.label })))
    .map((e) => ({ key: `new ${e.key}`, group: t("search.actions"), icon: "plus", title: t("list.new", { label: e.label }), note: "", run: () => openCreate({ entity: e }) }));
  const own: Row[] = f === "" || ![t("settings.title"), t("user.language"), t("user.theme")].some(fits) ? []
    : [{ key: "settings", group: t("search.actions"), icon: "settings", title: t("settings.title"), note: `${t("user.language")}, ${t("user.theme")}`,
        run: () => { settingsOpen.value = true; } }];
  return [...go_.slice(0, f ? 5 : 8), ...made.slice(0, 3), ...own];
}

function Open() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [hits, setHits] = useState<SearchHit[]>([]);
  const [found, setFound] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();

  useEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    return () => { if (back?.isConnected) back.focus(); };
  }, []);

  useEffect(() => {
    const q = text.trim();
    if (q.length < 2) { setHits([]); setFound(q); return; }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      call<{ items: SearchHit[] }>("search", { query: { q, limit: 10 }, signal: abort.signal })
        .then(({ data }) => { setHits(data.items); setFound(q); }, () => { if (!abort.signal.aborted) setFound(q); });
    }, 60);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [text]);

  const close = (): void => { paletteOpen.value = false; };
  const records: Row[] = text.trim() === ""
    ? recents().slice(0, 6).flatMap((r) => {
        const e = findEntity(r.entity);
        return e ? [{ key: r.id, group: t("search.recent"), icon: e.icon ?? "box", title: r.title, note: e.label, run: () => openRecord(r.entity, r.id) }] : [];
      })
    : hits.flatMap((h) => {
        const e = findEntity(h.entity);
        return e ? [{ key: h.id, group: t("search.records"), icon: e.icon ?? "box", title: h.title,
          note: [e.label, h.subtitle].filter(Boolean).join(" · "), run: () => openRecord(h.entity, h.id) }] : [];
      });
  const rows = [...records, ...places(text)];
  const now = Math.min(at, Math.max(0, rows.length - 1));

  const onKeyDown = (e: KeyboardEvent): void => {
    const n = rows.length;
    if (e.key === "ArrowDown" && n) setAt((now + 1) % n);
    else if (e.key === "ArrowUp" && n) setAt((now + n - 1) % n);
    else if (e.key === "Enter" && rows[now]) { close(); const { run } = rows[now]!; queueMicrotask(run); }
    else return;
    e.preventDefault();
  };
  useEffect(() => { document.getElementById(`${id}-${now}`)?.scrollIntoView({ block: "nearest" }); }, [now]);

  return (
    <dialog ref={dialog} class="palette" aria-label={t("search.jump")} onCancel={(e) => { e.preventDefault(); close(); }}
      onPointerDown={(e) => { if (e.target === e.currentTarget) close(); }}>
      <div class="palette-in">
        <div class="palette-box"><Icon name="search" />
          <input type="text" role="combobox" aria-expanded={rows.length > 0} aria-controls={id} aria-autocomplete="list" aria-label={t("search.jump")}
            aria-activedescendant={rows.length > 0 ? `${id}-${now}` : undefined} placeholder={t("search.jump")} autocomplete="off" spellcheck={false}
            value={text} onInput={(e) => { setText(e.currentTarget.value); setAt(0); }} onKeyDown={onKeyDown} />
          <button type="button" class="btn bare icon" aria-label={t("dialog.close")} onClick={close}><Icon name="x" /></button>
        </div>
        <div class="palette-list" id={id} role="listbox" aria-label={t("search.label")}>
          {rows.map((r, i) => (
            <div key={r.group + r.key} role="none">
              {r.group !== rows[i - 1]?.group && <div class="palette-group" role="presentation">{r.group}</div>}
              <div id={`${id}-${i}`} role="option" aria-selected={i === now} class="palette-row"
                onPointerMove={() => { if (i !== now) setAt(i); }} onClick={() => { close(); queueMicrotask(r.run); }}>
                <Icon name={r.icon} /><span class="cut"><Marked text={r.title} mark={text} /></span><small class="cut">{r.note}</small>
              </div>
            </div>
          ))}
        </div>
        {rows.length === 0 && <p class="palette-none" role="status">
          {found === text.trim() && text.trim() !== "" ? t("search.none", { q: text.trim() }) : t("search.hint")}</p>}
      </div>
    </dialog>
  );
}

/** The part that was typed, in bold, also where accents differ. */
function Marked({ text, mark }: { text: string; mark: string }) {
  const m = mark.trim();
  const at = m ? fold(text).indexOf(fold(m)) : -1;
  if (at < 0 || fold(text).length !== text.length) return <>{text}</>;
  return <>{text.slice(0, at)}<b>{text.slice(at, at + m.length)}</b>{text.slice(at + m.length)}</>;
}
