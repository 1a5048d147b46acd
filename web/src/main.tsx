/** The application starts here: language, theme, session, then a page. */
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { lang, startLang } from "./base/i18n/index.ts";
import { listenForKeys } from "./base/keys.ts";
import { go, listenForRoutes, route } from "./base/router.ts";
import { startTheme } from "./base/theme.ts";
import { model } from "./data/model.ts";
import { resume, user } from "./data/session.ts";
import { Shell } from "./pages/shell.tsx";
import { SetupPage, SignInPage } from "./pages/signin.tsx";
import { Failed, Skeleton } from "./views/state.tsx";

const failure = signal<unknown>(null);
const ready = signal(false);

async function begin(): Promise<void> {
  failure.value = null;
  const { path } = route.value;
  try {
    if (path !== "/setup" && !(await resume())) {
      const to = path.startsWith("/app") ? `?to=${encodeURIComponent(path + location.search)}` : "";
      go(`/signin${to}`, { replace: true });
    } else if (path !== "/setup" && !path.startsWith("/app")) {
      go("/app", { replace: true });
    }
    ready.value = true;
  } catch (error) {
    failure.value = error;
  }
}

function App() {
  const { path } = route.value;
  useEffect(() => { document.documentElement.lang = lang.value; }, [lang.value]);
  if (failure.value) return <main class="door"><Failed error={failure.value} retry={() => void begin()} /></main>;
  if (!ready.value) return <Starting />;
  if (path === "/setup") return <SetupPage />;
  if (user.value && model.value && path.startsWith("/app")) return <Shell key={lang.value} />;
  return <SignInPage />;
}

/** The frame of the shell while the first answer is on its way. */
function Starting() {
  return <div class="app starting"><div class="side" /><main><div class="bar" /><Skeleton rows={12} /></main></div>;
}

startLang();
startTheme();
listenForKeys();
listenForRoutes();
render(<App />, document.getElementById("app")!);
void begin();
