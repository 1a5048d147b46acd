/** Who is signed in. */
import { signal } from "@preact/signals";
import { call, setCsrf, signedOut } from "./api.ts";
import { forgetModel, loadModel } from "./model.ts";
import { chosenLang, setLang } from "../base/i18n/index.ts";
import { setTheme } from "../base/theme.ts";
import { forgetRecents } from "../base/recent.ts";
import { startLive, stopLive } from "./live.ts";

export interface User { id: string; name: string; email: string; lang?: string; theme?: string; admin?: boolean }
interface Session { user: User; csrf: string }

export const user = signal<User | null>(null);

async function begin(session: Session): Promise<void> {
  setCsrf(session.csrf);
  if (!chosenLang() && session.user.lang) setLang(session.user.lang);
  if (!localStorage.getItem("perigee.theme") && (session.user.theme === "light" || session.user.theme === "dark"))
    setTheme(session.user.theme);
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

export async function signOut(): Promise<void> {
  stopLive();
  try { await call("session", { method: "DELETE", quiet: true }); } catch { /* gone is gone */ }
  setCsrf("");
  forgetModel();
  forgetRecents();
  user.value = null;
}
