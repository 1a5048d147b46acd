import test from "node:test";
import assert from "node:assert/strict";
import { Draft } from "../src/data/draft.ts";
import { model, prepare, resolvePath, viewsOf, formOf } from "../src/data/model.ts";
import { titleOf } from "../src/data/records.ts";
import { readQuery } from "../src/data/read.ts";
import type { FxNode } from "../src/base/fx.ts";
import type { Field, Model, RecordData } from "../src/data/types.ts";

const path = (name: string, type = "text", root: FxNode["root"] = "row"): FxNode => ({ op: "path", type, root, path: name.split(".") });
const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({ name, label: name, type, ...more });
const isLost: FxNode = { op: "=", type: "bool", args: [path("state", "choice"), { op: "const", type: "choice", value: "lost" }] };

const firm = {
  package: "x", name: "firm", label: "Firm", plural: "Firms", path: "x/firm", can: { create: true, update: true, delete: true },
  title_fx: { op: "..", type: "text", args: [path("first"), { op: "const", type: "text", value: " " }, path("last")] },
  subtitle: "boss.last",
  fields: [
    field("id", "id", { system: true, hidden: true }), field("rev", "int", { system: true, hidden: true }),
    field("first", "text"), field("last", "text", { required: true }), field("size", "int"),
    field("state", "status", { initial: "new", options: [{ code: "new", label: "New" }, { code: "lost", label: "Lost" }] }),
    field("why", "text", { visible_when: isLost, required_when: isLost }),
    field("number", "autonumber"), field("owner", "user", { default: path("id", "ref", "user") }),
    field("copy", "text", { required: true, default: path("last") }), field("boss", "ref", { targets: ["x:firm"] }),
  ],
};
const data = { generation: 1, lang: "en", currency: "EUR", tz: "UTC", user: { id: "me", name: "Me", email: "" }, entities: { "x:firm": firm } };
model.value = prepare(data as unknown as Model);
const entity = model.value.entities["x:firm"]!;
const stored = (more: object = {}): RecordData =>
  ({ id: "0a", rev: 3, first: "Ann", last: "Lee", state: "new", why: null, size: 5, owner: "me", copy: "c", boss: null, ...more });

test("a new record is new, whatever system fields the model names", () => {
  const d = new Draft(entity, null);
  assert.equal(d.isNew, true);
  assert.deepEqual(d.body(), { state: "new", owner: "me" });
});

test("a default made of other fields is left to the server, and not asked for", () => {
  const d = new Draft(entity, null, { last: "Lee" });
  assert.equal("copy" in d.body(), false);
  assert.equal(d.isRequired(entity.by["copy"]!), false);
  assert.equal(new Draft(entity, stored({ copy: null })).isRequired(entity.by["copy"]!), true);
});

test("every problem is found at once, and a hidden field has none", () => {
  const form = formOf(entity);
  const d = new Draft(entity, stored());
  d.set("last", "");
  d.set("size", "many");
  assert.equal(d.check(form), false);
  assert.deepEqual([...d.issues.value.keys()].sort(), ["last", "size"]);
  d.set("last", "Lee");
  assert.equal(d.issues.value.has("last"), false, "typing takes the problem away");
  assert.equal(d.isVisible(entity.by["why"]!), false);
  d.set("state", "lost");
  assert.equal(d.isVisible(entity.by["why"]!), true);
  d.set("size", 6);
  assert.equal(d.check({ ...form, tabs: [{ name: "m", label: "", sections: [{ name: "s", places: [{ field: "why" }] }] }] }), false);
  assert.deepEqual([...d.issues.value.keys()], ["why"]);
});

test("a change that is taken back by hand is no change", () => {
  const d = new Draft(entity, stored());
  d.set("first", "Bea");
  d.set("why", "");
  assert.deepEqual(d.body(), { first: "Bea" });
  d.set("first", "Ann");
  assert.equal(d.count.value, 0);
});

test("a newer record from the server keeps what is being typed", () => {
  const d = new Draft(entity, stored());
  d.set("first", "Bea");
  d.set("size", 9);
  d.rebase(stored({ rev: 4, size: 9, last: "Ray" }));
  assert.deepEqual(d.body(), { first: "Bea" });
  assert.equal(d.now.value["last"], "Ray");
});

test("a title may be an expression, and a list asks for what it reads", () => {
  assert.equal(titleOf(entity, stored()), "Ann Lee");
  assert.equal(titleOf(entity, stored({ first: null })), "Lee");
  const q = readQuery(entity, ["size", "gone"]);
  for (const name of ["first", "last", "size", "boss", "boss.last", ]) assert.ok(q.fields.split(",").includes(name), name);
  assert.equal(q.expand, "boss");
});

test("paths end where the model says; what nobody wrote is generated", () => {
  assert.equal(resolvePath(entity, "boss.last")?.field.name, "last");
  assert.equal(resolvePath(entity, "boss.nothing"), null);
  assert.equal(resolvePath(entity, "size.last"), null);
  assert.equal(viewsOf(entity)[0]!.kind, "list");
  assert.ok(viewsOf(entity)[0]!.columns!.every((c) => !["id", "rev"].includes(c.path)));
});
