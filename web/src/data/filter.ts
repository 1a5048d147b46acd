/**
 * Filter chips and the fx text they become. A chip travels in the address as
 * "field~operator~value", so a list is shared by its URL.
 */
import type { Entity, Field } from "./types.ts";

export interface Chip { field: string; op: string; value: string }

export const PERIODS = ["today", "week", "month", "quarter", "year", "past", "next7", "last30"] as const;

const TEXT = ["contains", "=", "ne", "starts", "empty", "filled"];
const NUMBER = ["=", "ne", "gt", "ge", "lt", "le", "empty", "filled"];
const DAY = ["period", "=", "ge", "gt", "le", "lt", "empty", "filled"];

const OPERATORS: Record<string, string[]> = {
  text: TEXT, email: TEXT, phone: ["contains", "=", "starts", "empty", "filled"], url: ["contains", "empty", "filled"],
  longtext: ["contains", "empty", "filled"], autonumber: ["contains", "=", "starts"],
  int: NUMBER, dec: NUMBER, percent: NUMBER, money: NUMBER,
  bool: ["="], date: DAY, datetime: ["period", "ge", "lt", "empty", "filled"],
  choice: ["in", "ne", "empty", "filled"], status: ["in", "ne"], multichoice: ["contains", "empty", "filled"],
  ref: ["=", "ne", "empty", "filled"], user: ["mine", "=", "ne", "empty", "filled"], anyref: ["empty", "filled"],
  file: ["empty", "filled"], id: ["="],
};

export const operatorsOf = (field: Field): string[] => OPERATORS[field.type] ?? ["empty", "filled"];
export const needsValue = (op: string): boolean => !["empty", "filled", "mine"].includes(op);
export const canFilter = (field: Field): boolean => !field.hidden && field.type in OPERATORS && field.type !== "id";

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function parseChip(text: string): Chip | null {
  const [field, op, ...rest] = text.split("~");
  return field && op ? { field, op, value: rest.join("~") } : null;
}
/** All chips in one parameter: a server reads each name of an address once. */
export const chipsText = (chips: Chip[]): string =>
  chips.map((c) => chipText(c).replace(/[%;]/g, encodeURIComponent)).join(";");

export function parseChips(text: string): Chip[] {
  const plain = (s: string): string => s.replace(/%(25|3B)/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return text.split(";").map((s) => parseChip(plain(s))).filter((c): c is Chip => c !== null);
}
export const chipText = (c: Chip): string => `${c.field}~${c.op}~${c.value}`;

function period(name: string, path: string, isInstant: boolean): string {
  const day = isInstant ? path : path;
  const span = (unit: string): string =>
    `${day} ge start_of(today(),${quote(unit)}) and ${day} le end_of(today(),${quote(unit)})`;
  switch (name) {
    case "today": return isInstant ? `${day} ge today() and ${day} lt today() + 1 days` : `${day} = today()`;
    case "past": return `${day} lt today()`;
    case "next7": return `${day} ge today() and ${day} le today() + 7 days`;
    case "last30": return `${day} le today() and ${day} ge today() - 30 days`;
    default: return span(name);
  }
}

function literal(field: Field, value: string): string {
  switch (field.type) {
    case "int": case "dec": case "percent": case "money":
      return /^-?\d+(\.\d+)?$/.test(value) ? value : "null";
    case "bool": return value === "true" ? "true" : "false";
    case "date": {
      const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(value);
      return m ? `date(${Number(m[1])},${Number(m[2])},${Number(m[3])})` : "null";
    }
    case "datetime": {
      const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(value);
      return m ? `date(${Number(m[1])},${Number(m[2])},${Number(m[3])})` : "null";
    }
    // What can be summed is a number, whatever its type is called.
    default: return !field.measures ? quote(value) : /^-?\d+(\.\d+)?$/.test(value) ? value : "null";
  }
}

/** One chip as fx, or "" when the field is gone or the value is missing. */
export function chipFx(entity: Entity, chip: Chip): string {
  const field = entity.by[chip.field];
  if (!field || (needsValue(chip.op) && chip.value === "")) return "";
  const path = chip.field;
  switch (chip.op) {
    case "empty": return `${path} is empty`;
    case "filled": return `${path} is not empty`;
    case "mine": return `${path} = user.id`;
    case "in": {
      const codes = chip.value.split(",").filter(Boolean).map(quote);
      return codes.length > 0 ? `${path} in (${codes.join(", ")})` : "";
    }
    case "contains":
      if (field.type === "multichoice")
        return chip.value.split(",").filter(Boolean).map((c) => `${quote(c)} in ${path}`).join(" or ");
      return `contains(${path}, ${quote(chip.value)})`;
    case "starts": case "ends": return `${chip.op}(${path}, ${quote(chip.value)})`;
    case "period": return period(chip.value, path, field.type === "datetime");
    default: return `${path} ${chip.op} ${literal(field, chip.value)}`;
  }
}

export function allOf(parts: (string | undefined)[]): string {
  const real = parts.filter((p): p is string => !!p && p.trim() !== "");
  return real.length > 1 ? real.map((p) => `(${p})`).join(" and ") : (real[0] ?? "");
}
