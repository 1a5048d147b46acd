import test from "node:test";
import assert from "node:assert/strict";
import { evaluate, holds, toJson, UNKNOWN, type FxNode, type FxScope } from "../src/base/fx.ts";
import { decText, type Dec } from "../src/base/decimal.ts";

const path = (name: string, type = "text", root: FxNode["root"] = "row"): FxNode => ({ op: "path", type, root, path: name.split(".") });
const lit = (value: unknown, type = "text"): FxNode => ({ op: "const", type, value });
const op = (name: string, type: string, ...args: FxNode[]): FxNode => ({ op: name, type, args });
const call = (fn: string, type: string, ...args: FxNode[]): FxNode => ({ op: "call", type, fn, args });
const scope = (row: Record<string, unknown>, more: Partial<FxScope> = {}): FxScope =>
  ({ row, tz: "Europe/Vienna", currency: "EUR", user: { id: "u1" }, now: Date.parse("2026-03-31T22:30:00Z"), ...more });
const text = (v: unknown): string => decText(v as Dec);

test("decimals add, multiply and divide exactly, half away from zero", () => {
  const s = scope({ a: "0.10", b: "0.20" });
  assert.equal(text(evaluate(op("+", "dec", path("a", "dec"), path("b", "dec")), s)), "0.30");
  assert.equal(text(evaluate(op("/", "dec", lit("2", "dec"), lit("3", "dec")), s)), "0.666667");
  assert.equal(text(evaluate(op("/", "dec", lit("-2", "dec"), lit("3", "dec")), s)), "-0.666667");
  assert.equal(evaluate(op("/", "dec", lit("2", "dec"), lit("0", "dec")), s), null);
});

test("null swallows arithmetic, has no order, and is a value for =", () => {
  const s = scope({ a: null, b: 3 });
  assert.equal(evaluate(op("+", "int", path("a", "int"), path("b", "int")), s), null);
  assert.equal(evaluate(op("lt", "bool", path("a", "int"), path("b", "int")), s), false);
  assert.equal(evaluate(op("ge", "bool", path("a", "int"), path("b", "int")), s), false);
  assert.equal(evaluate(op("=", "bool", path("a", "int"), lit(null, "null")), s), true);
  assert.equal(evaluate(op("..", "text", lit("x"), path("a"), lit("y")), s), "xy");
});

test("what is not loaded stays unknown, and decides nothing", () => {
  const s = scope({ stage: "won" });
  const other = op("=", "bool", path("account.tier", "choice"), lit("gold", "choice"));
  assert.equal(evaluate(other, s), UNKNOWN);
  assert.equal(holds(other, s, true), true);
  assert.equal(holds(other, s, false), false);
  const won = op("=", "bool", path("stage", "choice"), lit("won", "choice"));
  assert.equal(evaluate(op("or", "bool", other, won), s), true);
  assert.equal(evaluate(op("and", "bool", other, op("not", "bool", won)), s), false);
  assert.equal(evaluate(op("and", "bool", other, won), s), UNKNOWN);
});

test("a path goes through what was expanded, but not to another record", () => {
  const row = { account: "a1", _expand: { account: { id: "a1", tier: "gold" } } };
  assert.equal(evaluate(path("account.tier", "choice"), scope(row)), "gold");
  assert.equal(evaluate(path("account.tier", "choice"), scope({ ...row, account: "a2" })), UNKNOWN);
  assert.equal(evaluate(path("account.tier", "choice"), scope({ account: null })), null);
});

test("money compares by its base amount, another currency is unknown", () => {
  const over = op("gt", "bool", path("amount", "money"), lit("5000", "dec"));
  assert.equal(evaluate(over, scope({ amount: { amount: "5000.01", currency: "EUR" } })), true);
  assert.equal(evaluate(over, scope({ amount: { amount: "9000.00", currency: "USD" } })), UNKNOWN);
});

test("text folds for contains and order, and is exact for =", () => {
  const s = scope({ name: "Müller" });
  assert.equal(evaluate(call("contains", "bool", path("name"), lit("MUL")), s), true);
  assert.equal(evaluate(op("=", "bool", path("name"), lit("müller")), s), false);
  assert.equal(evaluate(op("lt", "bool", path("name"), lit("Nord")), s), true);
});

test("today is the day of the workspace, not of London", () => {
  const s = scope({});
  assert.equal(evaluate(call("today", "date"), s), "2026-04-01");
  const monthLater: FxNode = { op: "date_add", type: "date", unit: "month", args: [lit("2026-01-31", "date"), lit(1, "int")] };
  assert.equal(evaluate(monthLater, s), "2026-02-28");
  const start: FxNode = { op: "call", type: "date", fn: "start_of", unit: "quarter", args: [lit("2026-05-20", "date")] };
  assert.equal(evaluate(start, s), "2026-04-01");
});

test("changed() compares with the record as it was", () => {
  const s = scope({ stage: "won" }, { old: { stage: "engaging" } });
  assert.equal(evaluate(call("changed", "bool", path("stage", "choice")), s), true);
  assert.equal(evaluate(call("changed_to", "bool", path("stage", "choice"), lit("won", "choice")), s), true);
  assert.equal(evaluate(call("changed_from", "bool", path("stage", "choice"), lit("lost", "choice")), s), false);
  assert.equal(evaluate(call("is_new", "bool"), scope({}, { old: null })), true);
});

test("in, in_list and empty know null", () => {
  const s = scope({ tags: ["a", "b"], none: [], stage: null });
  assert.equal(evaluate(op("in", "bool", path("stage", "choice"), lit("x"), lit(null, "null")), s), true);
  assert.equal(evaluate(op("in_list", "bool", lit("b"), path("tags", "list")), s), true);
  assert.equal(evaluate(op("in_list", "bool", path("stage", "choice"), path("tags", "list")), s), false);
  assert.equal(evaluate(op("empty", "bool", path("none", "list")), s), true);
});

test("a function of the server is unknown, never wrong", () => {
  assert.equal(evaluate(call("workdays_between", "int", lit("2026-01-01", "date"), lit("2026-01-05", "date")), scope({})), UNKNOWN);
  assert.equal(evaluate({ op: "agg", type: "int", fn: "count", path: [], collection: "lines" }, scope({})), UNKNOWN);
});

test("defaults travel as a record has them", () => {
  const s = scope({});
  assert.deepEqual(toJson(evaluate(lit("10.00", "money"), s), "money", "EUR"), { amount: "10.00", currency: "EUR" });
  assert.equal(toJson(evaluate(lit(5, "int"), s), "int", "EUR"), 5);
  assert.equal(toJson(UNKNOWN, "int", "EUR"), undefined);
});
