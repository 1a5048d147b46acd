/**
 * Evaluates the tree of an fx expression (docs/language/fx.md, "The tree").
 *
 * The server decides at the save; this only keeps a form honest while somebody
 * types. What the browser cannot know (a record that is not loaded, a
 * collection, a function of the server) is UNKNOWN, and a condition that comes
 * out UNKNOWN changes nothing on the screen.
 *
 * Null rules: arithmetic with null is null; = and ne treat null as a value,
 * order with null is false; .. treats null as "".
 */
import * as d from "./decimal.ts";
import type { Dec } from "./decimal.ts";
import { fold } from "./fold.ts";
import { addMonths, addDays, dayNumber, dayText, endOf, localDay, startOf, today } from "./days.ts";

export const UNKNOWN = Symbol("unknown");

export interface FxNode {
  op: string;
  type: string;
  scale?: number;
  elem?: string;
  value?: unknown;
  root?: "row" | "this" | "old" | "user";
  up?: number;
  path?: string[];
  unit?: string;
  fn?: string;
  args?: FxNode[];
  [more: string]: unknown;
}

export type FxValue = null | boolean | string | Dec | FxValue[] | typeof UNKNOWN;

export interface FxScope {
  row: Record<string, unknown>;
  old?: Record<string, unknown> | null;
  user?: Record<string, unknown>;
  tz: string;
  currency: string;
  now?: number;
  isNew?: boolean;
  label?: (field: string, code: string) => string;
}

const isDec = (v: FxValue): v is Dec => typeof v === "object" && v !== null && "n" in v;
const NUMBERS = new Set(["int", "dec", "money", "float", "duration"]);

/** A value as it travels in JSON, as fx has it. */
export function fromJson(value: unknown, type: string, currency: string): FxValue {
  if (value === undefined) return UNKNOWN;
  if (value === null || value === "") return null;
  if (Array.isArray(value)) return value.map((v) => fromJson(v, "text", currency));
  if (typeof value === "object") {
    const o = value as Record<string, unknown>;
    if ("amount" in o)
      return o["currency"] === currency ? fromJson(o["amount"], "money", currency) : UNKNOWN;
    return typeof o["id"] === "string" ? o["id"] : UNKNOWN;
  }
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return d.dec(value) ?? d.dec(value.toFixed(6))!;
  return NUMBERS.has(type) ? (d.dec(String(value)) ?? UNKNOWN) : String(value);
}

export function same(a: FxValue, b: FxValue): boolean {
  if (isDec(a) && isDec(b)) return d.cmp(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((v, i) => same(v, b[i]!));
  return a === b;
}

/** Smaller, same, larger; null where the two have no order. */
function order(a: FxValue, b: FxValue, type: string): number | null {
  if (isDec(a) && isDec(b)) return d.cmp(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") {
    const [x, y] = type === "text" ? [fold(a), fold(b)] : [a, b];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return null;
}

class Run {
  constructor(readonly scope: FxScope) {}

  args(node: FxNode): FxValue[] {
    return (node.args ?? []).map((a) => this.value(a));
  }

  value(node: FxNode): FxValue {
    switch (node.op) {
      case "const": return fromJson(node.value ?? null, node.type, this.scope.currency);
      case "path": return this.path(node);
      case "and": case "or": return this.logic(node);
      case "not": {
        const v = this.truth(node.args![0]!);
        return v === UNKNOWN ? UNKNOWN : !v;
      }
      case "if": {
        const c = this.truth(node.args![0]!);
        return c === UNKNOWN ? UNKNOWN : this.value(node.args![c ? 1 : 2]!);
      }
      case "coalesce":
        for (const a of node.args!) {
          const v = this.value(a);
          if (v !== null) return v;
        }
        return null;
      case "call": return this.call(node);
      case "param": case "agg": return UNKNOWN;
      default: return this.operator(node);
    }
  }

  truth(node: FxNode): boolean | typeof UNKNOWN {
    const v = this.value(node);
    return v === UNKNOWN ? UNKNOWN : v === true;
  }

  path(node: FxNode): FxValue {
    const { row, old, user } = this.scope;
    if (node.up) return UNKNOWN;
    let at: unknown = node.root === "old" ? (old ?? {}) : node.root === "user" ? user : row;
    const names = node.path ?? [];
    if (node.root === "old" && !old) return null;
    for (const [i, name] of names.entries()) {
      if (at === null) return null;
      if (typeof at !== "object") return UNKNOWN;
      const o = at as Record<string, unknown>;
      const isLast = i === names.length - 1;
      if (isLast) return name in o ? fromJson(o[name], node.type, this.scope.currency) : UNKNOWN;
      if (o[name] === null) return null;
      const expanded = o["_expand"] as Record<string, unknown> | undefined;
      at = expanded?.[name] ?? (typeof o[name] === "object" ? o[name] : UNKNOWN);
      // What was expanded belongs to the target that is chosen now.
      if (typeof at === "object" && at !== null && typeof o[name] === "string" &&
        (at as Record<string, unknown>)["id"] !== o[name]) return UNKNOWN;
    }
    return UNKNOWN;
  }

  /** Decided as soon as one side decides, whatever is unknown beside it. */
  logic(node: FxNode): FxValue {
    const stop = node.op === "or";
    let unknown = false;
    for (const a of node.args!) {
      const v = this.truth(a);
      if (v === stop) return stop;
      if (v === UNKNOWN) unknown = true;
    }
    return unknown ? UNKNOWN : !stop;
  }

  operator(node: FxNode): FxValue {
    const v = this.args(node);
    if (v.some((x) => x === UNKNOWN)) return UNKNOWN;
    const [a = null, b = null] = v;
    const type = node.args?.[0]?.type ?? "";
    switch (node.op) {
      case "=": return same(a, b);
      case "ne": return !same(a, b);
      case "lt": case "le": case "gt": case "ge": {
        const c = a === null || b === null ? null : order(a, b, type);
        if (c === null) return false;
        return node.op === "lt" ? c < 0 : node.op === "le" ? c <= 0 : node.op === "gt" ? c > 0 : c >= 0;
      }
      case "in": return v.slice(1).some((x) => same(a, x));
      case "in_list": return a !== null && Array.isArray(b) && b.some((x) => same(a, x));
      case "empty": return a === null || a === "" || (Array.isArray(a) && a.length === 0);
      case "..": return v.map((x) => (typeof x === "string" ? x : isDec(x) ? d.decText(x) : "")).join("");
      case "min": case "max": {
        let best: FxValue = null;
        for (const x of v) {
          if (x === null) continue;
          const c = best === null ? 1 : order(x, best, type) ?? 0;
          if (best === null || (node.op === "min" ? c < 0 : c > 0)) best = x;
        }
        return best;
      }
      case "cast": return this.cast(a, node);
      case "local_date": return typeof a === "string" && a.length > 10 ? localDay(a, this.scope.tz) : a;
      case "date_add": return this.dateAdd(a, b, node.unit ?? "day");
      default: return this.arithmetic(node, v);
    }
  }

  cast(a: FxValue, node: FxNode): FxValue {
    if (isDec(a) && (node.type === "dec" || node.type === "money") && node.scale !== undefined)
      return d.rescale(a, node.scale);
    if (isDec(a) && node.type === "text") return d.decText(a);
    return a;
  }

  dateAdd(a: FxValue, b: FxValue, unit: string): FxValue {
    if (a === null || b === null) return null;
    if (typeof a !== "string" || !isDec(b)) return UNKNOWN;
    const n = Number(b.n) / 10 ** b.s;
    if (unit === "ms" || a.length > 10) {
      const ms = { ms: 1, day: 86400000, week: 7 * 86400000 }[unit];
      return ms ? new Date(Date.parse(a) + n * ms).toISOString() : UNKNOWN;
    }
    if (unit === "day" || unit === "week") return addDays(a, unit === "week" ? 7 * n : n);
    return addMonths(a, unit === "year" ? 12 * n : unit === "quarter" ? 3 * n : n);
  }

  arithmetic(node: FxNode, v: FxValue[]): FxValue {
    if (v.some((x) => x === null)) return null;
    const [a, b] = v;
    if (node.type === "duration" || node.args?.some((x) => x.type === "date" || x.type === "datetime"))
      return UNKNOWN;
    if (!isDec(a!) || (node.op !== "neg" && !isDec(b!))) return UNKNOWN;
    const fit = (x: Dec | null): FxValue =>
      x && node.scale !== undefined && x.s > node.scale ? d.rescale(x, node.scale) : x;
    switch (node.op) {
      case "neg": return d.neg(a);
      case "+": return fit(d.add(a, b as Dec));
      case "-": return fit(d.add(a, d.neg(b as Dec)));
      case "*": return fit(d.mul(a, b as Dec));
      case "/": return fit(d.div(a, b as Dec));
      case "%": return d.mod(a, b as Dec);
      default: return UNKNOWN;
    }
  }

  call(node: FxNode): FxValue {
    const { scope } = this;
    switch (node.fn) {
      case "today": return today(scope.tz, scope.now);
      case "now": return new Date(scope.now ?? Date.now()).toISOString();
      case "is_new": return scope.isNew ?? !scope.old;
      case "changed": return this.changed(node.args![0]!);
      case "changed_to": {
        const c = this.changed(node.args![0]!);
        const [now, to] = this.args(node);
        return c === UNKNOWN || now === UNKNOWN ? UNKNOWN : c === true && same(now!, to!);
      }
      case "changed_from": {
        const c = this.changed(node.args![0]!);
        const before = this.value({ ...node.args![0]!, root: "old" });
        const from = this.value(node.args![1]!);
        return c === UNKNOWN || before === UNKNOWN ? UNKNOWN : c === true && same(before, from);
      }
      default: return callPlain(node, this.args(node), scope);
    }
  }

  changed(field: FxNode): FxValue {
    if (!this.scope.old) return true;
    const now = this.value(field);
    const before = this.value({ ...field, root: "old" });
    return now === UNKNOWN || before === UNKNOWN ? UNKNOWN : !same(now, before);
  }
}

const int = (v: FxValue): number => (isDec(v) ? Number(d.rescale(v, 0).n) : 0);
const number = (n: number): Dec => ({ n: BigInt(Math.trunc(n)), s: 0 });

function callPlain(node: FxNode, v: FxValue[], scope: FxScope): FxValue {
  if (v.some((x) => x === UNKNOWN)) return UNKNOWN;
  const [a = null, b = null, c = null] = v;
  const text = (x: FxValue): string => (typeof x === "string" ? x : "");
  if (node.fn === "is_blank") return a === null || text(a).trim() === "" && typeof a === "string";
  if (node.fn === "contains" || node.fn === "starts" || node.fn === "ends") {
    if (a === null || b === null) return false;
    const [x, y] = [fold(text(a)), fold(text(b))];
    return node.fn === "contains" ? x.includes(y) : node.fn === "starts" ? x.startsWith(y) : x.endsWith(y);
  }
  if (a === null) return null;
  const points = [...text(a)];
  switch (node.fn) {
    case "len": return Array.isArray(a) ? number(a.length) : number(points.length);
    case "trim": return text(a).trim();
    case "lower": return text(a).replace(/[A-Z]/g, (x) => x.toLowerCase());
    case "upper": return text(a).replace(/[a-z]/g, (x) => x.toUpperCase());
    case "left": return points.slice(0, int(b)).join("");
    case "right": return int(b) > 0 ? points.slice(-int(b)).join("") : "";
    case "mid": return points.slice(int(b) - 1, int(b) - 1 + int(c)).join("");
    case "abs": return isDec(a) && a.n < 0n ? d.neg(a) : a;
    case "round": return isDec(a) ? d.rescale(a, Math.max(0, int(b))) : UNKNOWN;
    case "nullif": return same(a, b) ? null : a;
    case "label": {
      const path = node.args![0]!.path;
      return path?.length === 1 && scope.label ? scope.label(path[0]!, text(a)) : UNKNOWN;
    }
    case "is": return UNKNOWN;
  }
  return callDate(node, a, b, scope);
}

function callDate(node: FxNode, a: FxValue, b: FxValue, scope: FxScope): FxValue {
  if (typeof a !== "string") return UNKNOWN;
  const day = a.length > 10 ? localDay(a, scope.tz) : a;
  const [y, m, dd] = day.split("-").map(Number) as [number, number, number];
  switch (node.fn) {
    case "year": return number(y);
    case "month": return number(m);
    case "day": return number(dd);
    case "quarter": return number(Math.floor((m + 2) / 3));
    case "weekday": return number((dayNumber(day) + 3) % 7 + 1);
    case "start_of": return startOf(day, node.unit ?? "day");
    case "end_of": return endOf(day, node.unit ?? "day");
    case "days_between":
      return typeof b === "string"
        ? number(dayNumber(b.length > 10 ? localDay(b, scope.tz) : b) - dayNumber(day)) : null;
    case "date_add": return isDec(b) ? dayText(dayNumber(day) + Number(b.n)) : UNKNOWN;
    default: return UNKNOWN;
  }
}

export function evaluate(node: FxNode, scope: FxScope): FxValue {
  return new Run(scope).value(node);
}

/** A condition: true, false, or `unknown` where the browser cannot tell. */
export function holds(node: FxNode | null | undefined, scope: FxScope, unknown: boolean): boolean {
  if (!node) return unknown;
  const v = evaluate(node, scope);
  return v === UNKNOWN ? unknown : v === true;
}

/** The value as JSON for a record; undefined when it is not known. */
export function toJson(v: FxValue, type: string, currency: string): unknown {
  if (v === UNKNOWN) return undefined;
  if (!isDec(v)) return v;
  if (type === "int" || type === "duration") return Number(v.n);
  return type === "money" ? { amount: d.decText(v), currency } : d.decText(v);
}
