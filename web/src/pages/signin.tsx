import { useEffect, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { lang, setLang, t, type Word } from "../base/i18n/index.ts";
import { go, route } from "../base/router.ts";
import { Icon } from "../base/icon.tsx";
import { ApiError, reasonOf } from "../data/api.ts";
import { issuesByField } from "../data/records.ts";
import { setUp, signIn } from "../data/session.ts";
import { Dialog } from "../views/dialog.tsx";
import { Blank } from "../views/state.tsx";

/** The quiet page before there is anybody to show something to. */
export function Door({ title, text, children }: { title: string; text?: string; children: ComponentChildren }) {
  useEffect(() => { document.title = `${title} · Perigee`; }, [title]);
  return (
    <main class="door">
      <div class="door-box">
        <div class="brand"><i aria-hidden="true" />Perigee</div>
        <h1>{title}</h1>
        {text && <p class="lead">{text}</p>}
        {children}
      </div>
      <div class="door-foot" role="group" aria-label={t("user.language")}>
        {["en", "de"].map((l) => <button key={l} type="button" class="textlink" lang={l} aria-pressed={lang.value === l}
          onClick={() => setLang(l, true)}>{t(`lang.${l}` as Word)}</button>)}
      </div>
    </main>
  );
}

interface LineProps {
  name: string; label: string; type: "text" | "email" | "password"; autocomplete: string; help?: string; autofocus?: boolean;
  value: string; issues: string[]; onInput: (v: string) => void;
}

export function DoorLine(p: LineProps) {
  const [shown, setShown] = useState(false);
  const described = [p.issues.length > 0 ? `${p.name}-issue` : "", p.help ? `${p.name}-help` : ""].filter(Boolean).join(" ");
  return (
    <div class="door-line">
      <label for={p.name}>{p.label}</label>
      <span class="in-group">
        <input class="in" id={p.name} name={p.name} type={(p.type === "password" && shown ? "text" : p.type) as "text"} required autocomplete={p.autocomplete as "name"}
          autoFocus={p.autofocus} value={p.value} aria-invalid={p.issues.length > 0 || undefined} aria-describedby={described || undefined}
          spellcheck={false} onInput={(e) => p.onInput(e.currentTarget.value)} />
        {p.type === "password" && <button type="button" class="btn bare icon in-eye" aria-label={t(shown ? "signin.hide" : "signin.show")}
          aria-pressed={shown} onClick={() => setShown(!shown)}><Icon name={shown ? "eye-off" : "eye"} /></button>}
      </span>
      {p.help && <p class="help" id={`${p.name}-help`}>{p.help}</p>}
      {p.issues.length > 0 && <p class="issue" id={`${p.name}-issue`} role="alert"><Icon name="circle-alert" />{p.issues.join(" ")}</p>}
    </div>
  );
}

function SignInForm({ done }: { done: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    try {
      await signIn(email.trim(), password);
      done();
    } catch (error) {
      const a = error instanceof ApiError ? error : null;
      setProblem(a?.status === 401 ? t("signin.failed") : a?.status === 429 ? t("signin.wait", { n: a.retryAfter || 60 }) : reasonOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(e) => void send(e)}>
      {problem && <p class="issues" role="alert"><Icon name="circle-alert" />{problem}</p>}
      <DoorLine name="email" label={t("signin.email")} type="email" autocomplete="username" autofocus value={email} issues={[]} onInput={setEmail} />
      <DoorLine name="password" label={t("signin.password")} type="password" autocomplete="current-password" value={password} issues={[]} onInput={setPassword} />
      <button type="submit" class="btn pri big" aria-disabled={busy}>{t("signin.submit")}</button>
    </form>
  );
}

export function SignInPage() {
  const to = route.value.query.get("to") ?? "/app";
  return <Door title={t("signin.title")}><SignInForm done={() => go(to.startsWith("/app") ? to : "/app", { replace: true })} /></Door>;
}

/** The session ended under somebody's work: sign in here and go on. */
export function SignInDialog() {
  return (
    <Dialog title={t("signin.title")} guarded onClose={() => undefined}>
      <p class="lead">{t("signin.again")}</p>
      <SignInForm done={() => undefined} />
    </Dialog>
  );
}

export function SetupPage() {
  const token = route.value.hash;
  const [v, setV] = useState({ name: "", email: "", password: "" });
  const [issues, setIssues] = useState(new Map<string, string[]>());
  const [busy, setBusy] = useState(false);
  const [used, setUsed] = useState(false);
  if (!token || used) return (
    <Door title={t("setup.title")}>
      <Blank icon="link" tone="amber" title={t(used ? "setup.used" : "setup.notoken")} text={t("setup.notoken.text")}>
        <button type="button" class="btn" onClick={() => go("/signin")}>{t("setup.signin")}</button>
      </Blank>
    </Door>
  );
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setIssues(new Map());
    try {
      await setUp({ token, ...v, email: v.email.trim(), name: v.name.trim() });
      go("/app", { replace: true });
    } catch (error) {
      const a = error instanceof ApiError ? error : null;
      if (a && a.issues.length === 0 && [401, 403, 404, 409].includes(a.status)) setUsed(true);
      else if (a && a.issues.length > 0) setIssues(issuesByField(error));
      else setIssues(new Map([["", [reasonOf(error)]]]));
      setBusy(false);
    }
  };
  const line = (name: "name" | "email" | "password") => ({
    name, label: t(`setup.${name}`), value: v[name], issues: issues.get(name) ?? [], onInput: (x: string) => setV({ ...v, [name]: x }),
  });
  return (
    <Door title={t("setup.title")} text={t("setup.text")}>
      <form onSubmit={(e) => void send(e)}>
        {issues.get("") && <p class="issues" role="alert"><Icon name="circle-alert" />{issues.get("")!.join(" ")}</p>}
        <DoorLine {...line("name")} type="text" autocomplete="name" autofocus />
        <DoorLine {...line("email")} type="email" autocomplete="username" />
        <DoorLine {...line("password")} type="password" autocomplete="new-password" help={t("setup.password.help")} />
        <button type="submit" class="btn pri big" aria-disabled={busy}>{t("setup.submit")}</button>
      </form>
    </Door>
  );
}
