/** Days without a zone, as text "2026-03-01"; arithmetic clamps to month ends. */

const DAY_MS = 86400000;

export const dayNumber = (day: string): number => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
export const dayText = (n: number): string => new Date(n * DAY_MS).toISOString().slice(0, 10);
export const addDays = (day: string, n: number): string => dayText(dayNumber(day) + Math.trunc(n));

export function addMonths(day: string, n: number): string {
  const [y, m, d] = day.split("-").map(Number) as [number, number, number];
  const at = y * 12 + (m - 1) + Math.trunc(n);
  const year = Math.floor(at / 12);
  const month = at - year * 12;
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(d, last))).toISOString().slice(0, 10);
}

export function startOf(day: string, unit: string): string {
  const [y, m] = day.split("-") as [string, string];
  switch (unit) {
    case "year": return `${y}-01-01`;
    case "quarter": return `${y}-${String(Math.floor((Number(m) - 1) / 3) * 3 + 1).padStart(2, "0")}-01`;
    case "month": return `${y}-${m}-01`;
    case "week": return addDays(day, -((dayNumber(day) + 3) % 7));
    default: return day;
  }
}

export function endOf(day: string, unit: string): string {
  const start = startOf(day, unit);
  switch (unit) {
    case "year": return addDays(addMonths(start, 12), -1);
    case "quarter": return addDays(addMonths(start, 3), -1);
    case "month": return addDays(addMonths(start, 1), -1);
    case "week": return addDays(start, 6);
    default: return day;
  }
}

const parts = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of an instant in the workspace's zone. */
export function localDay(instant: string | number, tz: string): string {
  let format = parts.get(tz);
  if (!format) {
    format = new Intl.DateTimeFormat("en", { timeZone: tz, year: "numeric", month: "2-digit", day: "2-digit" });
    parts.set(tz, format);
  }
  // By parts: the order in which a locale writes a date differs between ICU versions.
  const at = format.formatToParts(new Date(instant));
  const part = (type: string): string => at.find((p) => p.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

export const today = (tz: string, now = Date.now()): string => localDay(now, tz);

/** An instant as the clock on the wall shows it: "2026-03-01T09:30". */
export function wallTime(instant: string, tz: string): string {
  const at = new Intl.DateTimeFormat("en", {
    timeZone: tz, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(instant));
  const part = (type: string): string => at.find((p) => p.type === type)?.value ?? "00";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The instant of a wall time; twice, because the offset is that of the result. */
export function fromWallTime(text: string, tz: string): string | null {
  if (!/^\d{4,}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null;
  const wanted = Date.parse(`${text.slice(0, 16)}:00Z`);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  for (let i = 0; i < 2; i++)
    at += wanted - Date.parse(`${wallTime(new Date(at).toISOString(), tz)}:00Z`);
  return new Date(at).toISOString();
}
