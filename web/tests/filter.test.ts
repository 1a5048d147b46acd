import test from "node:test";
import assert from "node:assert/strict";
import { allOf, canFilter, chipFx, chipsText, chipText, operatorsOf, parseChip, parseChips, quote } from "../src/data/filter.ts";
import type { Entity, Field } from "../src/data/types.ts";

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({ name, label: name, type, ...more });
function entity(key: string, title: string, fields: Field[]): Entity {
  return { key, package: "x", name: key, label: key, plural: key, path: key, can: {}, title, fields,
    by: Object.fromEntries(fields.map((f) => [f.name, f])), collections: [] };
}
const firm = entity("firm", "name", [field("name", "text"), field("city", "text")]);
const deal = entity("deal", "name", [
  field("name", "text"), field("stage", "status"), field("amount", "money"), field("closed_on", "date"), field("seen_at", "datetime"),
  field("owner", "user"), field("firm", "ref", { targets: ["firm"] }), field("tags", "multichoice"), field("ok", "bool"),
  field("secret", "text", { hidden: true }), field("doc", "file"),
]);
const fx = (f: string, op: string, value = ""): string => chipFx(deal, { field: f, op, value });

test("each operator becomes the fx that the server reads", () => {
  assert.equal(fx("stage", "in", "won,lost"), "stage in ('won', 'lost')");
  assert.equal(fx("amount", "gt", "5000"), "amount gt 5000");
  assert.equal(fx("amount", "=", "-1.50"), "amount = -1.50");
  assert.equal(fx("closed_on", "ge", "2026-03-01"), "closed_on ge date(2026,3,1)");
  assert.equal(fx("owner", "mine"), "owner = user.id");
  assert.equal(fx("firm", "=", "048jfym0004"), "firm = '048jfym0004'");
  assert.equal(fx("ok", "=", "true"), "ok = true");
  assert.equal(fx("tags", "contains", "a,b"), "'a' in tags or 'b' in tags");
  assert.equal(fx("name", "empty"), "name is empty");
  assert.equal(fx("doc", "filled"), "doc is not empty");
  assert.equal(fx("closed_on", "period", "month"), "closed_on ge start_of(today(),'month') and closed_on le end_of(today(),'month')");
});

test("what was typed stays text: quotes double, numbers are numbers", () => {
  assert.equal(quote("O'Neil"), "'O''Neil'");
  assert.equal(fx("name", "contains", "x') or true or contains(name, '"), "contains(name, 'x'') or true or contains(name, ''')");
  assert.equal(fx("amount", "gt", "1 or true"), "amount gt null");
  assert.equal(fx("closed_on", "lt", "yesterday"), "closed_on lt null");
});

test("a chip without its value or field filters nothing", () => {
  assert.equal(fx("amount", "gt"), "");
  assert.equal(fx("gone", "=", "1"), "");
  assert.equal(fx("stage", "in", ""), "");
});

test("a chip survives the address, also with the separator in its value", () => {
  const c = { field: "name", op: "contains", value: "a~b, c" };
  assert.deepEqual(parseChip(chipText(c)), c);
  assert.equal(parseChip("junk"), null);
});

test("hidden fields offer no filter; every offered operator makes fx", () => {
  assert.equal(canFilter(deal.by["secret"]!), false);
  for (const f of deal.fields.filter(canFilter))
    for (const op of operatorsOf(f))
      assert.notEqual(fx(f.name, op, f.type === "date" && op !== "period" ? "2026-01-01" : op === "period" ? "month" : "1"), "", `${f.name} ${op}`);
});

test("an address holds all chips in one parameter, whatever is in them", () => {
  const chips = [{ field: "stage", op: "in", value: "won,lost" }, { field: "name", op: "contains", value: "50%; a~b %3B" }];
  assert.deepEqual(parseChips(chipsText(chips)), chips);
  assert.deepEqual(parseChips(chipsText([])), []);
  assert.deepEqual(parseChips("stage~in~won"), [{ field: "stage", op: "in", value: "won" }]);
  assert.deepEqual(parseChips(";;x;~~;%"), []);
});

test("filters join without changing each other's meaning", () => {
  assert.equal(allOf(["a or b", "", undefined, "c"]), "(a or b) and (c)");
  assert.equal(allOf(["a"]), "a");
  assert.equal(allOf([]), "");
});
