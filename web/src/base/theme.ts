/** Light, dark, or as the system has it. */
import { signal } from "@preact/signals";

export type Theme = "light" | "dark" | "system";
const KEY = "perigee.theme";

const stored = (): Theme => {
  const v = globalThis.localStorage?.getItem(KEY);
  return v === "light" || v === "dark" ? v : "system";
};

export const theme = signal<Theme>("system");

export function setTheme(value: Theme): void {
  theme.value = value;
  if (value === "system") {
    delete document.documentElement.dataset["theme"];
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset["theme"] = value;
    localStorage.setItem(KEY, value);
  }
}

export function startTheme(): void {
  setTheme(stored());
}
