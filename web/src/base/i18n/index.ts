/**
 * Words of the application itself; those of the packages come translated with
 * the model. A key with ".one" and ".other" is chosen by {n}.
 */
import { signal } from "@preact/signals";
import { en } from "./en.ts";
import { de } from "./de.ts";

export type WordKey = keyof typeof en;
type Plural<K> = K extends `${infer Stem}.one` ? Stem : never;
export type Word = WordKey | Plural<WordKey>;

export const catalogues: Record<string, Record<string, string>> = { en, de };

export const lang = signal("en");

export function chooseLang(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const short = tag.toLowerCase().split("-")[0]!;
    if (short in catalogues) return short;
  }
  return "en";
}

const KEY = "perigee.lang";

export function setLang(value: string, keep = false): void {
  lang.value = value in catalogues ? value : "en";
  document.documentElement.lang = lang.value;
  if (keep) localStorage.setItem(KEY, lang.value);
}

export function startLang(): void {
  setLang(localStorage.getItem(KEY) ?? chooseLang(navigator.languages));
}

export const knowsLang = (value: string): boolean => value in catalogues;

/** Region matters for numbers and dates: "en-GB" where the browser says so. */
export function locale(): string {
  const own = globalThis.navigator?.languages?.find((l) => l.toLowerCase().startsWith(lang.value));
  return own ?? lang.value;
}

export function t(key: Word, values: Record<string, string | number> = {}): string {
  const base: Record<string, string> = en;
  const own = catalogues[lang.value] ?? base;
  const find = (k: string): string | undefined => own[k] ?? base[k];
  const rule = new Intl.PluralRules(lang.value).select(Number(values["n"] ?? 0));
  const text = find(key) ?? find(`${key}.${rule}`) ?? find(`${key}.other`) ?? key;
  return text.replace(/\{(\w+)\}/g, (_: string, name: string) => {
    const v = values[name];
    return typeof v === "number" ? new Intl.NumberFormat(locale()).format(v) : (v ?? "");
  });
}
