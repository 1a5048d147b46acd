import { useEffect, useRef } from "preact/hooks";
import { lang, t } from "../base/i18n/index.ts";
import { keyTable, useKeys, type Key } from "../base/keys.ts";
import { href, go, route } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { signal } from "@preact/signals";
import { online, signedOut } from "../data/api.ts";
import { defaultView, entityByPath, findEntity, getModel } from "../data/model.ts";
import { signOut, user } from "../data/session.ts";
import { undoLast } from "../data/records.ts";
import { base } from "../base/router.ts";
import { Avatar } from "../fields/shared/avatar.tsx";
import type { Entity, MenuItem } from "../data/types.ts";
import { ConflictDialog } from "../views/conflict.tsx";
import { CreateDialog, openCreate } from "../views/create.tsx";
import { Dialog } from "../views/dialog.tsx";
import { Menu } from "../views/menu.tsx";
import { MoveDialog } from "../views/move.tsx";
import { Palette, paletteOpen } from "../views/palette.tsx";
import { Settings, settingsOpen } from "../views/settings.tsx";
import { ToastView } from "../views/toast.tsx";
import { sideOpen } from "./bar.tsx";
import { HomePage } from "./home.tsx";
import { ListPage } from "./list.tsx";
import { NotFound } from "./notfound.tsx";
import { RecordPage } from "./record.tsx";
import { SignInDialog } from "./signin.tsx";

const helpOpen = signal(false);
const ID = /^[0-7][0-9a-hjkmnp-tv-z]{10}$/i;

/** Which page an address names. */
function Page() {
  const [, app, pkg, name, rest, ...more] = route.value.path.split("/");
  if (!app || app !== "app" || more.length > 0) return <NotFound />;
  if (!pkg) return <HomePage />;
  const entity = name ? entityByPath(decodeURIComponent(pkg), name) : undefined;
  if (!entity) return <NotFound />;
  if (rest && ID.test(rest)) return <RecordPage key={`${entity.key} ${rest}`} entity={entity} id={rest.toLowerCase()} />;
  return <ListPage entity={entity} viewName={rest ? decodeURIComponent(rest) : ""} />;
}

const here = (): Entity | undefined => {
  const [, , pkg, name] = route.value.path.split("/");
  return pkg && name ? entityByPath(pkg, name) : undefined;
};

export function Shell() {
  const m = getModel();
  const first = m.apps.flatMap((a) => a.items);
  const menuKeys: Key[] = [];
  const letters = new Set<string>();
  for (const i of first) {
    const e = findEntity(i.entity);
    const letter = [...i.label.toLowerCase()].find((c) => /[a-z]/.test(c) && !letters.has(c));
    if (!e || !letter || menuKeys.length >= 12) continue;
    letters.add(letter);
    menuKeys.push({ keys: `g ${letter}`, label: t("keys.goto", { label: i.label }), run: () => go(itemPath(e, i)) });
  }
  useKeys([
    { keys: "ctrl+k", label: t("keys.palette"), always: true, run: () => { paletteOpen.value = !paletteOpen.value; } },
    { keys: "?", label: t("keys.help"), run: () => { helpOpen.value = true; } },
    { keys: ",", label: t("settings.title"), run: () => { settingsOpen.value = true; } },
    { keys: "ctrl+z", label: t("keys.undo"), run: undoLast },
    ...menuKeys,
  ], [m, lang.value]);
  useEffect(() => { sideOpen.value = false; }, [route.value.path]);
  return (
    <div class="app">
      <a class="skip" href="#title" onClick={(e) => { e.preventDefault(); document.getElementById("title")?.focus(); }}>{t("nav.skip")}</a>
      <Side />
      <main>
        {!online.value && <Offline />}
        <Page />
      </main>
      <BottomBar />
      <CreateDialog />
      <MoveDialog />
      <ConflictDialog />
      <Palette />
      <Settings />
      {helpOpen.value && <KeyHelp />}
      {signedOut.value && <SignInDialog />}
      <ToastView />
    </div>
  );
}

const itemPath = (e: Entity, i: MenuItem): string => `/app/${e.path}${i.view ? `/${i.view}` : ""}`;

function isCurrent(e: Entity, i: MenuItem, items: MenuItem[]): boolean {
  if (here() !== e) return false;
  const view = route.value.path.split("/")[4] ?? "";
  const same = items.filter((x) => x.entity === i.entity);
  if (same.length === 1) return true;
  const now = same.find((x) => (x.view ?? "") === view) ?? same.find((x) => !x.view || x.view === defaultView(e).name) ?? same[0];
  return now === i;
}

function Side() {
  const m = getModel();
  const box = useRef<HTMLElement>(null);
  const open = sideOpen.value;
  useEffect(() => { if (open) box.current?.querySelector<HTMLElement>("a,button")?.focus(); }, [open]);
  const me = user.value;
  return (
    <>
      {open && <div class="veil only-s" onClick={() => { sideOpen.value = false; }} />}
      <nav ref={box} class={`side ${open ? "open" : ""}`} aria-label={t("nav.main")}
        onKeyDown={(e) => { if (e.key === "Escape" && open) { sideOpen.value = false; document.querySelector<HTMLElement>(".bar .only-s")?.focus(); } }}>
        <div class="brand"><a href={href("/app")}><i aria-hidden="true" />Perigee</a>
          <button type="button" class="btn bare icon only-s" aria-label={t("nav.close")} onClick={() => { sideOpen.value = false; }}><Icon name="x" /></button></div>
        <button type="button" class="search" onClick={() => { sideOpen.value = false; paletteOpen.value = true; }}>
          <Icon name="search" /><span class="cut">{t("search.jump")}</span><kbd aria-hidden="true">Ctrl K</kbd></button>
        <a href={href("/app")} aria-current={route.value.path === "/app" ? "page" : undefined}><Icon name="house" />{t("home.title")}</a>
        {m.apps.map((app) => {
          const groups = [...new Set(app.items.map((i) => i.group ?? ""))];
          return groups.map((g) => (
            <div key={app.name + g} class="side-group">
              <h2>{g || app.label}</h2>
              <ul>
                {app.items.filter((i) => (i.group ?? "") === g).map((i) => {
                  const e = m.entities[i.entity];
                  return e && <li key={i.entity + (i.view ?? "")}><a href={href(itemPath(e, i))} aria-current={isCurrent(e, i, app.items) ? "page" : undefined}>
                    <Icon name={i.icon || e.icon || "box"} /><span class="cut">{i.label}</span></a></li>;
                })}
              </ul>
            </div>
          ));
        })}
        <span class="sp" />
        {me && <UserMenu name={me.name || me.email} />}
      </nav>
    </>
  );
}

function UserMenu({ name }: { name: string }) {
  return (
    <Menu label={t("user.menu", { name })} class="user" named items={[
      { key: "settings", label: t("settings.title"), icon: "settings", hint: ",", run: () => { settingsOpen.value = true; } },
      { key: "keys", label: t("user.keys"), icon: "keyboard", hint: "?", run: () => { helpOpen.value = true; } },
      { key: "out", heading: " ", label: t("user.signout"), icon: "log-out", run: leave },
    ]}><Avatar name={name} /><span class="cut">{name}</span><Icon name="chevrons-up-down" class="end" /></Menu>
  );
}

const leave = (): void => void signOut().then(() => go("/signin", { replace: true }));

/** What a thumb reaches on a phone. */
function BottomBar() {
  const m = getModel();
  const entity = here();
  const all = m.apps.flatMap((a) => a.items).filter((i) => m.entities[i.entity]);
  const items = all.slice(0, 2);
  return (
    <nav class="mob" aria-label={t("nav.more")}>
      {items.map((i) => {
        const e = m.entities[i.entity]!;
        return <a key={i.entity + (i.view ?? "")} href={href(itemPath(e, i))} aria-current={isCurrent(e, i, all) ? "page" : undefined}><Icon name={i.icon || e.icon || "box"} /><span class="cut">{i.label}</span></a>;
      })}
      <button type="button" onClick={() => { paletteOpen.value = true; }}><Icon name="search" /><span class="cut">{t("search.label")}</span></button>
      {entity?.can.create && <button type="button" onClick={() => openCreate({ entity })}><Icon name="plus" /><span class="cut">{t("list.new.short")}</span></button>}
      <button type="button" aria-expanded={sideOpen.value} onClick={() => { sideOpen.value = true; }}><Icon name="menu" /><span class="cut">{t("nav.more")}</span></button>
    </nav>
  );
}

const RETRY_MS = 3000;

function Offline() {
  useEffect(() => {
    const look = setInterval(() => {
      fetch(`${base}/healthz`, { cache: "no-store" }).then((r) => { if (r.ok) online.value = true; }, () => undefined);
    }, RETRY_MS);
    return () => clearInterval(look);
  }, []);
  return <div class="offline" role="alert"><Icon name="wifi-off" /><b>{t("error.offline")}</b><span>{t("error.offline.text")}</span></div>;
}

const KEY_NAMES: Record<string, string> = { ctrl: "Ctrl", enter: "↵", escape: "Esc", alt: "Alt", shift: "⇧" };

function KeyHelp() {
  const close = (): void => { helpOpen.value = false; };
  const cap = (k: string): string => KEY_NAMES[k] ?? (k === "space" ? t("keys.space") : k.length === 1 ? k.toUpperCase() : k);
  return (
    <Dialog title={t("keys.title")} onClose={close}>
      <dl class="keys">
        {keyTable.value.map((k) => (
          <div key={k.keys}><dt>{k.label}</dt><dd>{k.keys.split(" ").map((part, i) => <span key={part + i}>{part.split("+").map((c) => <kbd key={c}>{cap(c)}</kbd>)}</span>)}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
