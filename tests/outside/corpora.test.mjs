// Corpora that others keep, by name and never copied: the Big List of Naughty
// Strings, JSONTestSuite and csv-spectrum, each through the real API.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { each, startWorkspace, top } from "./server.mjs";

const need = createRequire(import.meta.url);
const folder = (name) => dirname(need.resolve(`${name}/package.json`));
const THING = "corpus/thing";
const WIDTH = 4; // requests at a time

let w;
before(async () => { w = await startWorkspace({ install: [join(top, "tests/outside/corpus")] }); });
after(() => w?.stop());

const LISTS = {
  "the Big List of Naughty Strings": () => need("big-list-of-naughty-strings/blns.json"),
  "our own list": () => JSON.parse(readFileSync(join(top, "tests/fixtures/naughty.json"), "utf8")),
};

/** What a text must come back as: itself; "" is nothing; NUL is refused. */
const kept = (s) => (s === "" ? null : s);

for (const [name, read] of Object.entries(LISTS)) {
  test(`${name} comes back from texts byte for byte`, async () => {
    const list = read();
    assert.ok(list.length > 50);
    await each(list, WIDTH, async (s) => {
      const what = JSON.stringify(s);
      const made = await w.call("POST", THING, { text: s, long: s });
      if (s.includes("\0")) {
        assert.equal(made.status, 422, what);
        return;
      }
      assert.equal(made.status, 201, `${what}: ${made.text}`);
      const stored = (await w.call("GET", `${THING}/${made.body.id}`)).body;
      assert.deepEqual([stored.text, stored.long], [kept(s), kept(s)], what);
      // By a changed record, a filter and a batch, as well as by a new record.
      const changed = await w.call("PATCH", `${THING}/${stored.id}`, { text: `${s}.`, long: null });
      assert.deepEqual([changed.status, changed.body.text, changed.body.long], [200, `${s}.`, null], what);
      const found = await w.call("GET", `${THING}?fields=text&filter=${encodeURIComponent(`text = '${s.replaceAll("'", "''")}.'`)}`);
      assert.equal(found.status, 200, `${what}: ${found.text}`);
      assert.ok(found.body.items.some((i) => i.id === stored.id), `${what} is found by what it is`);
      const search = await w.call("GET", `search?q=${encodeURIComponent(s)}`);
      assert.ok([200, 422].includes(search.status), `${what}: ${search.text}`);
    });
  });

  for (const field of ["email", "phone", "url"]) {
    test(`${name} is normal form or a fault at its field: ${field}`, async () => {
      let taken = 0, refused = 0;
      await each(read(), WIDTH, async (s) => {
        const what = JSON.stringify(s);
        const made = await w.call("POST", THING, { [field]: s });
        if (made.status === 422) {
          assert.equal(made.body.error.code, "E_VALIDATION", what);
          assert.deepEqual([...new Set(made.body.error.issues.map((i) => i.path))], [field], what);
          refused++;
          return;
        }
        assert.equal(made.status, 201, `${what}: ${made.text}`);
        taken++;
        const value = made.body[field];
        assert.ok(value === null ? s.trim() === "" : typeof value === "string", what);
        // A normal form is its own normal form.
        const again = await w.call("POST", THING, { [field]: value });
        assert.deepEqual([again.status, again.body[field]], [201, value], what);
      });
      assert.ok(taken > 0 && refused > 0, `${taken} taken, ${refused} refused`);
    });
  }
}

// --- JSONTestSuite ------------------------------------------------------------

/** Where we answer otherwise than the suite suggests, and why. */
const DIFFERENT = {
  // One of two values of a key would get lost without a word.
  "y_object_duplicated_key.json": [400, "E_SYNTAX"],
  "y_object_duplicated_key_and_value.json": [400, "E_SYNTAX"],
  // Refused as well, at the 65th level, before their end is looked for.
  "n_structure_100000_opening_arrays.json": [422, "E_LIMIT"],
  "n_structure_open_array_object.json": [422, "E_LIMIT"],
  // The number is met, and too large, before it turns out to be no key.
  "n_object_non_string_key_but_huge_number_instead.json": [422, "E_VALIDATION"],
};

const suite = () => {
  const at = join(folder("json-test-suite"), "test_parsing");
  return readdirSync(at).filter((f) => f.endsWith(".json")).map((f) => ({ name: f, bytes: readFileSync(join(at, f)) }));
};
const EMPTY = /^\s*\{\s*\}\s*$/;
const faultOf = (answer) => (answer.status >= 400 ? answer.body.error.code : "");

for (const method of ["POST", "PATCH"]) {
  test(`JSONTestSuite as bodies of ${method}: what is JSON is read, what is not is 400`, async () => {
    const record = (await w.call("POST", THING, { text: "for JSONTestSuite" })).body.id;
    const path = method === "POST" ? THING : `${THING}/${record}`;
    const fine = method === "POST" ? 201 : 200;
    const files = suite(), seen = { y: 0, n: 0, i: 0 };
    await each(files, WIDTH, async ({ name, bytes }) => {
      const answer = await w.call(method, path, bytes);
      const what = `${name}: ${answer.status} ${answer.text.slice(0, 200)}`;
      const syntax = answer.status === 400 && faultOf(answer) === "E_SYNTAX";
      seen[name[0]]++;
      if (name in DIFFERENT) assert.deepEqual([answer.status, faultOf(answer)], DIFFERENT[name], what);
      else if (name[0] === "n") assert.ok(syntax, what);
      // An empty object is a record; the others are none, or have no field of ours.
      else if (name[0] === "y") assert.equal(answer.status, EMPTY.test(bytes) ? fine : 422, what);
      else assert.ok(syntax || answer.status === 422, what);
    });
    assert.ok(seen.y > 90 && seen.n > 180 && seen.i > 30, JSON.stringify(seen));
    assert.equal((await w.call("GET", `${THING}/${record}`)).body.text, "for JSONTestSuite");
  });
}

test("JSONTestSuite inside of a record: what is JSON stands at a field, what is not is 400", async () => {
  await each(suite(), WIDTH, async ({ name, bytes }) => {
    const body = Buffer.concat([Buffer.from('{"text":'), bytes, Buffer.from("}")]);
    const answer = await w.call("POST", THING, body);
    const what = `${name}: ${answer.status} ${answer.text.slice(0, 200)}`;
    // "1" and "[]" are no text; some that are broken alone are whole in here.
    if (name[0] === "y" && !(name in DIFFERENT)) assert.ok(answer.status === 201 || answer.status === 422, what);
    else assert.ok(answer.status === 201 || answer.status === 422 || faultOf(answer) === "E_SYNTAX", what);
  });
});

// --- csv-spectrum -------------------------------------------------------------

/** Where the corpus contradicts itself: the cell that its CSV has. */
const MISPRINTS = { location_coordinates: { "Contact Phone Number": "2095257564" } };

async function importCsv(bytes, columns) {
  const file = await w.call("POST", "files?name=corpus.csv", bytes, "application/octet-stream");
  assert.equal(file.status, 201, file.text);
  const job = await w.call("POST", "corpus/row/import", {
    file: file.body.id,
    map: { mode: "create", columns: Object.fromEntries(columns.map((c, i) => [c, `c${i}`])) },
  });
  assert.equal(job.status, 202, job.text);
  for (;;) {
    const now = (await w.call("GET", `jobs/${job.body.job}`)).body;
    if (now.state !== "running") return now;
    await new Promise((r) => setTimeout(r, 10));
  }
}

test("csv-spectrum is imported as its JSON says", async () => {
  const at = folder("csv-spectrum");
  const names = readdirSync(join(at, "csvs")).map((f) => f.replace(/\.csv$/, ""));
  assert.ok(names.length >= 12);
  for (const name of names) {
    const said = [JSON.parse(readFileSync(join(at, "json", `${name}.json`), "utf8"))].flat();
    const want = said.map((row) => ({ ...row, ...MISPRINTS[name] }));
    const columns = Object.keys(want[0]);
    const before = (await w.call("GET", "corpus/row?limit=200&sort=id")).body.items.length;
    const job = await importCsv(readFileSync(join(at, "csvs", `${name}.csv`)), columns);
    assert.equal(job.state, "done", name);
    assert.deepEqual([job.result.created, job.result.failed], [want.length, 0], `${name}: ${JSON.stringify(job)}`);
    const rows = (await w.call("GET", "corpus/row?limit=200&sort=id")).body.items.slice(before);
    const got = rows.map((r) => Object.fromEntries(columns.map((c, i) => [c, r[`c${i}`] ?? ""])));
    assert.deepEqual(got, want, name);
  }
});
