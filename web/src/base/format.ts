/** Values as people read them, in the language of the page. */
import { locale } from "./i18n/index.ts";

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale()}${JSON.stringify(options)}`;
  let f = cache.get(key) as Intl.NumberFormat | undefined;
  if (!f) cache.set(key, (f = new Intl.NumberFormat(locale(), options)));
  return f;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale()}${JSON.stringify(options)}`;
  let f = cache.get(key) as Intl.DateTimeFormat | undefined;
  if (!f) cache.set(key, (f = new Intl.DateTimeFormat(locale(), options)));
  return f;
}

/** Intl takes decimal text exactly; a float would round a long amount. */
const exact = (text: string | number): number => text as unknown as number;

export function formatNumber(value: string | number, scale?: number): string {
  return number({
    minimumFractionDigits: scale ?? 0, maximumFractionDigits: scale ?? 6,
  }).format(exact(value));
}

/** A field that can only hold years is read as one: 1996, not 1,996. */
export function formatWhole(value: string | number, range: { min?: unknown; max?: unknown }): string {
  const isYear = Number(range.min ?? 0) >= 1000 && Number(range.max ?? Infinity) <= 9999;
  return isYear ? String(value) : formatNumber(value, 0);
}

export function formatPercent(value: string | number): string {
  return number({ maximumFractionDigits: 2 }).format(exact(value)) + " %";
}

export interface Money { amount: string; currency: string }

export function formatMoney(value: Money, compact = false): string {
  const whole = /^-?\d+(\.0+)?$/.test(value.amount);
  try {
    return number({
      style: "currency", currency: value.currency, currencyDisplay: "narrowSymbol",
      ...(compact && whole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {}),
    }).format(exact(value.amount));
  } catch {
    return `${formatNumber(value.amount)} ${value.currency}`;
  }
}

export function formatDate(day: string, style: "medium" | "short" = "medium"): string {
  const at = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  return dateFormat({
    timeZone: "UTC", day: "numeric", month: "short",
    ...(style === "medium" ? { year: "numeric" } : {}),
  }).format(at);
}

export function formatDateTime(instant: string, tz: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  return dateFormat({ timeZone: tz, dateStyle: "medium", timeStyle: "short" }).format(at);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60], ["minute", 60], ["hour", 24], ["day", 7],
];

/** "5 minutes ago" within a week, else the date. */
export function formatAgo(instant: string, tz: string, now = Date.now()): string {
  let amount = (Date.parse(instant) - now) / 1000;
  const key = `r${locale()}`;
  let f = cache.get(key) as Intl.RelativeTimeFormat | undefined;
  if (!f) cache.set(key, (f = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" })));
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return f.format(Math.trunc(amount), unit);
    amount /= size;
  }
  return formatDateTime(instant, tz);
}

export function formatBytes(n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let at = 0;
  let size = n;
  while (size >= 1000 && at < units.length - 1) { size /= 1000; at += 1; }
  return number({ style: "unit", unit: units[at]!, unitDisplay: at === 0 ? "long" : "short", maximumFractionDigits: 1 })
    .format(size);
}

/** "1,234.5", "1.234,5" or "1 234,5" as people type it; null when it is none. */
export function parseNumber(text: string): string | null {
  const parts = number({ minimumFractionDigits: 1, useGrouping: true }).formatToParts(12345.6);
  const decimal = parts.find((p) => p.type === "decimal")?.value ?? ".";
  let s = text.trim().replace(/[\s\u00a0\u202f'’]/g, "").replace(/\u2212/g, "-");
  if (decimal === ",") {
    // A lone point with other than three digits behind it was meant as decimal.
    if (!/^-?\d+\.\d{1,2}$/.test(s) && !/^-?\d+\.\d{4,}$/.test(s)) s = s.replace(/\./g, "");
    s = s.replace(",", ".");
  } else if (/^-?\d+,\d{1,2}$/.test(s)) {
    s = s.replace(",", ".");
  } else {
    s = s.replace(/,/g, "");
  }
  if (/^-?\.\d+$/.test(s)) s = s.replace(".", "0.");
  return /^[+-]?\d+(\.\d+)?$/.test(s) ? s.replace(/^\+/, "") : null;
}

/** A number to type on: decimal sign of the language, no grouping. */
export function editNumber(value: string | number): string {
  const text = String(value);
  const decimal = number({ minimumFractionDigits: 1 }).formatToParts(1.1).find((p) => p.type === "decimal")?.value;
  return decimal === "," ? text.replace(".", ",") : text;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words;
  return letters.map((w) => [...w][0]!.toUpperCase()).join("");
}

const TONES = ["violet", "blue", "green", "amber", "red", "slate"] as const;

/** The same person has the same colour on every screen. */
export function toneOf(text: string): string {
  let h = 0;
  for (const c of text) h = (h * 31 + c.codePointAt(0)!) >>> 0;
  return TONES[h % TONES.length]!;
}

const COLOURS: Record<string, string> = {
  blue: "blue", sky: "blue", cyan: "blue", indigo: "blue", green: "green", teal: "green", emerald: "green", lime: "green",
  amber: "amber", orange: "amber", yellow: "amber", brown: "amber", red: "red", rose: "red", pink: "red",
  violet: "violet", purple: "violet", fuchsia: "violet", grey: "slate", gray: "slate", slate: "slate",
};

export const tone = (color: string | undefined): string => COLOURS[color ?? ""] ?? "slate";
