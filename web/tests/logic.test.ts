import test from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "../src/base/i18n/en.ts";
import { de } from "../src/base/i18n/de.ts";
import { lang, t, chooseLang } from "../src/base/i18n/index.ts";
import { editNumber, formatDate, formatMoney, formatPercent, formatWhole, initials, parseNumber, tone } from "../src/base/format.ts";
import { addMonths, fromWallTime, wallTime } from "../src/base/days.ts";
import { merge, Rows } from "../src/data/rows.ts";
import { ApiError } from "../src/data/api.ts";
import type { Page, RecordData } from "../src/data/types.ts";

const holes = (s: string): string[] => [...s.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();

test("English and German say the same things with the same holes", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, words] of Object.entries(en)) {
    const german = (de as Record<string, string>)[key]!;
    assert.ok(german.trim(), key);
    assert.deepEqual(holes(german), holes(words), key);
  }
});

test("every word the code asks for is in the catalogue, and none is left over", () => {
  const root = join(process.cwd(), "src");
  const source = (readdirSync(root, { recursive: true } as never) as unknown as string[])
    .filter((f) => /\.tsx?$/.test(f) && !f.includes("i18n")).map((f) => readFileSync(join(root, f), "utf8")).join("\n");
  const asked = new Set([...source.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((m) => m[1]!));
  for (const key of asked) assert.ok(key in en || `${key}.other` in en, key);
  const built = /^(op|period|theme|lang|history|setup|list\.total|conflict|issue)\./;
  for (const key of Object.keys(en)) {
    const stem = key.replace(/\.(one|other)$/, "");
    assert.ok(built.test(key) || source.includes(`"${stem}"`) || source.includes(`"${key}"`), `${key} is not used`);
  }
});

test("a count chooses its form in each language", () => {
  lang.value = "en";
  assert.equal(t("list.count", { n: 1 }), "1 record");
  assert.equal(t("list.count", { n: 2089 }), "2,089 records");
  lang.value = "de";
  assert.equal(t("list.count", { n: 1 }), "1 Datensatz");
  assert.equal(t("list.count", { n: 2089 }), "2.089 Datensätze");
  lang.value = "en";
  assert.equal(chooseLang(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(chooseLang([]), "en");
});

test("numbers are read as people type them, in both languages", () => {
  lang.value = "en";
  for (const [typed, read] of [["1,234.50", "1234.50"], ["12", "12"], ["-3.5", "-3.5"], [".5", "0.5"], ["1,5", "1.5"], ["1,234", "1234"]])
    assert.equal(parseNumber(typed!), read, typed);
  for (const bad of ["", "abc", "1e5", "--1", "1.2.3"]) assert.equal(parseNumber(bad), null, bad);
  lang.value = "de";
  for (const [typed, read] of [["1.234,50", "1234.50"], ["12,5", "12.5"], ["1.234", "1234"], ["12.5", "12.5"], ["1 234,5", "1234.5"]])
    assert.equal(parseNumber(typed!), read, typed);
  assert.equal(editNumber("12.50"), "12,50");
  lang.value = "en";
});

test("money of any length is shown exactly", () => {
  lang.value = "en";
  assert.equal(formatMoney({ amount: "9007199254740.93", currency: "EUR" }), "€9,007,199,254,740.93");
  // Node 18 reads the text as a float; every browser we support does not.
  if (Number(process.versions.node.split(".")[0]) >= 20)
    assert.equal(formatMoney({ amount: "900719925474099.93", currency: "EUR" }), "€900,719,925,474,099.93");
  assert.equal(formatMoney({ amount: "26768.00", currency: "USD" }, true), "$26,768");
  assert.equal(formatMoney({ amount: "1.50", currency: "not a currency" }), "1.5 not a currency");
  assert.equal(formatPercent("12.50"), "12.5 %");
  assert.equal(formatDate("2026-03-01"), "Mar 1, 2026");
  assert.equal(formatDate("nonsense"), "nonsense");
});

test("a field of years is read as years", () => {
  assert.equal(formatWhole(1996, { min: 1000, max: 2100 }), "1996");
  assert.equal(formatWhole(1996, { min: 0, max: null }), "1,996");
  assert.equal(formatWhole(1996, {}), "1,996");
});

test("people and colours have one look each", () => {
  assert.equal(initials("Ann Marie Lee"), "AL");
  assert.equal(initials(""), "");
  assert.equal(tone("teal"), "green");
  assert.equal(tone("unheard"), "slate");
});

test("wall times keep their hour across the change of the clock", () => {
  assert.equal(fromWallTime("2026-03-29T03:30", "Europe/Vienna"), "2026-03-29T01:30:00.000Z");
  assert.equal(fromWallTime("2026-10-25T12:00", "Europe/Vienna"), "2026-10-25T11:00:00.000Z");
  assert.equal(wallTime("2026-07-01T10:00:00.000Z", "Europe/Vienna"), "2026-07-01T12:00");
  assert.equal(fromWallTime("nonsense", "Europe/Vienna"), null);
  assert.equal(addMonths("2024-02-29", 12), "2025-02-28");
  assert.equal(addMonths("2026-01-15", -13), "2024-12-15");
});

const rec = (id: string, rev = 1): RecordData => ({ id, rev });
const query = { path: "crm/deal", filter: "", sort: "", limit: 2, count: true };

test("pages follow each other by cursor, each once, a moved record too", async () => {
  const asked: unknown[] = [];
  const pages: Record<string, Page> = {
    "": { items: [rec("a"), rec("b")], next: "c1", count: { value: 3, exact: true } },
    c1: { items: [rec("b"), rec("c")], next: null },
  };
  const rows = new Rows(query, async (_p, q) => { asked.push(q["cursor"]); return pages[String(q["cursor"] ?? "")]!; });
  await rows.load();
  await Promise.all([rows.more(), rows.more()]);
  await rows.more();
  assert.deepEqual(rows.items.value.map((r) => r.id), ["a", "b", "c"]);
  assert.deepEqual(asked, [undefined, "c1"]);
  assert.equal(rows.hasMore, false);
});

test("a failed page keeps the rows and goes on where it stopped", async () => {
  let fail = true;
  const rows = new Rows(query, async (_p, q) => {
    if (!q["cursor"]) return { items: [rec("a")], next: "c1" };
    if (fail) throw new ApiError(503, "E_BUSY", "busy");
    return { items: [rec("b")], next: null };
  });
  await rows.load();
  await rows.more();
  assert.equal(rows.state.value, "failed");
  assert.deepEqual(rows.items.value.map((r) => r.id), ["a"]);
  fail = false;
  await rows.retry();
  assert.deepEqual(rows.items.value.map((r) => r.id), ["a", "b"]);
});

test("an answer that comes late replaces nothing newer", async () => {
  const rows = new Rows(query, async () => ({ items: [{ ...rec("a", 5), name: "new" }], next: null, count: { value: 1, exact: true } }));
  await rows.load();
  rows.put({ ...rec("a", 4), name: "old" });
  assert.equal(rows.items.value[0]!["name"], "new");
  rows.insert(rec("b"));
  assert.equal(rows.count.value!.value, 2);
  assert.equal(rows.remove("b"), 0);
  assert.equal(rows.remove("b"), -1);
  assert.deepEqual(merge([rec("a")], [rec("a"), rec("z")]).map((r) => r.id), ["a", "z"]);
});

test("a list that is left forgets the answer that still comes", async () => {
  let release = (_: Page): void => undefined;
  const rows = new Rows(query, () => new Promise((resolve) => { release = resolve; }));
  const loading = rows.load();
  rows.stop();
  release({ items: [rec("a")], next: null });
  await loading;
  assert.deepEqual(rows.items.value, []);
});

test("every icon that a package of ours asks for is in the sheet", () => {
  const known = new Set(JSON.parse(readFileSync(join(process.cwd(), "src/base/icons.json"), "utf8")) as string[]);
  for (const top of ["../apps", "../schemas"]) {
    const root = join(process.cwd(), top);
    for (const f of readdirSync(root, { recursive: true } as never) as unknown as string[]) {
      if (!f.endsWith(".xml") || f.includes("examples")) continue;
      for (const [, name] of readFileSync(join(root, f), "utf8").matchAll(/\bicon="([\w-]+)"/g))
        assert.ok(known.has(name!), `${name} (${f})`);
    }
  }
});
