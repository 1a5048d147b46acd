/** Language and appearance of the person who is signed in. */
import { signal } from "@preact/signals";
import { catalogues, lang, t, type Word } from "../base/i18n/index.ts";
import { theme, type Theme } from "../base/theme.ts";
import { Icon } from "../base/icon.tsx";
import { chooseLanguage, chooseTheme } from "../data/session.ts";
import { Dialog } from "./dialog.tsx";

export const settingsOpen = signal(false);

const THEMES: Theme[] = ["light", "dark", "system"];
const ICONS = { light: "sun", dark: "moon", system: "monitor" };

export function Settings() {
  return settingsOpen.value ? <Open /> : null;
}

/** What is chosen is there at once: nothing to save, nothing to lose. */
function Open() {
  return (
    <Dialog title={t("settings.title")} onClose={() => { settingsOpen.value = false; }}>
      <p class="lead">{t("settings.text")}</p>
      <fieldset class="pick">
        <legend>{t("user.language")}</legend>
        {Object.keys(catalogues).map((l) => (
          <label key={l} class="pick-one"><input type="radio" name="lang" value={l} checked={lang.value === l}
            onChange={() => void chooseLanguage(l)} /><span lang={l}>{t(`lang.${l}` as Word)}</span></label>
        ))}
      </fieldset>
      <fieldset class="pick">
        <legend>{t("user.theme")}</legend>
        {THEMES.map((x) => (
          <label key={x} class="pick-one"><input type="radio" name="theme" value={x} checked={theme.value === x}
            onChange={() => void chooseTheme(x)} /><Icon name={ICONS[x]} /><span>{t(`theme.${x}` as Word)}</span></label>
        ))}
      </fieldset>
    </Dialog>
  );
}
