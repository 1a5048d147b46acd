/** Who is signed in. */
import { signal } from "@preact/signals";
import { call, reasonOf, setCsrf, signedOut } from "./api.ts";
import { forgetModel, loadModel } from "./model.ts";
import { knowsLang, setLang, t } from "../base/i18n/index.ts";
import { setTheme, type Theme } from "../base/theme.ts";
import { showToast } from "../base/toast.ts";
import { forgetRecents } from "../base/recent.ts";
import { forgetTitles } from "./titles.ts";
import { startLive, stopLive } from "./live.ts";

export interface User { id: string; name: string; email: string; lang?: string | null; theme?: string | null; admin?: boolean }
interface Session { user: User; csrf: string }

export const user = signal<User | null>(null);

/** What this person chose wherever that was; this browser keeps it for its door. */
function applyTaste(u: User): void {
  if (u.lang && knowsLang(u.lang)) setLang(u.lang, true);
  if (u.theme === "light" || u.theme === "dark") setTheme(u.theme);
  else if (u.theme === "auto") setTheme("system");
}

async function begin(session: Session): Promise<void> {
  setCsrf(session.csrf);
  applyTaste(session.user);
  await loadModel();
  signedOut.value = false;
  user.value = session.user;
  startLive();
}

/** True when a cookie of before still holds. */
export async function resume(): Promise<boolean> {
  try {
    await begin((await call<Session>("session", { quiet: true })).data);
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === 401) return false;
    throw error;
  }
}

export async function signIn(email: string, password: string): Promise<void> {
  await begin((await call<Session>("session", { method: "POST", body: { email, password }, quiet: true })).data);
}

export async function setUp(body: { token: string; name: string; email: string; password: string }): Promise<void> {
  await begin((await call<Session>("setup", { method: "POST", body, quiet: true })).data);
}

/** Shown at once; the person's other browsers learn it at their next start. */
async function keepTaste(body: { lang?: string; theme?: string }): Promise<void> {
  try {
    user.value = (await call<Session>("session", { method: "PATCH", body })).data.user;
  } catch (error) {
    showToast(t("settings.notkept", { reason: reasonOf(error) }), { tone: "bad" });
  }
}

export async function chooseTheme(value: Theme): Promise<void> {
  setTheme(value);
  await keepTaste({ theme: value === "system" ? "auto" : value });
}

export async function chooseLanguage(value: string): Promise<void> {
  setLang(value, true);
  await Promise.all([keepTaste({ lang: value }), loadModel().catch(() => undefined)]);
}

export async function signOut(): Promise<void> {
  stopLive();
  try { await call("session", { method: "DELETE", quiet: true }); } catch { /* gone is gone */ }
  setCsrf("");
  forgetModel();
  forgetRecents();
  forgetTitles();
  user.value = null;
}
