// Every type of field through the form: typed, saved, read, changed, cleared,
// and refused at its field. The definition is the one that the unit tests walk
// (schemas/examples/valid/every_type); a type that has no row here fails, so a
// new one brings its row.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { api, checkAccess, install, openPage, setUp, startBrowser, startServer } from "./browser.mjs";

const EXAMPLES = new URL("../../schemas/examples/valid", import.meta.url).pathname;
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

let server, browser, page, person, account;

before(async () => {
  [server, browser] = await Promise.all([startServer(["--apps", EXAMPLES]), startBrowser()]);
  page = await openPage(browser, { timezoneId: "America/New_York" }, [422]);
  await setUp(page, server.link);
  await install(page, "every_type");
  account = await api(page, "crm/account", { method: "POST", body: { name: "Alpha Works" } });
  await api(page, "crm/account", { method: "POST", body: { name: "Beta Works" } });
  person = await api(page, "sys/user", { method: "POST", body: { name: "Cleo Colleague" } });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const line = (text) => (box) => box.locator("input").first().fill(text);
const pick = (text) => async (box) => {
  await box.getByRole("combobox").fill(text);
  await page.getByRole("option", { name: new RegExp(text) }).first().click();
};
const upload = (name, mimeType, buffer) => async (box) => {
  await box.locator("input[type=file]").setInputFiles({ name, mimeType, buffer });
  await box.locator(".chip").getByText(name).waitFor();
};
const empty = (box) => box.locator("input,textarea").first().fill("");
const unlink = (box) => box.getByRole("button", { name: /^Clear/ }).click();
const idOf = async (path, name) => (await api(page, `${path}?filter=${encodeURIComponent(`name = '${name}'`)}`)).items[0].id;
/** Digits by keys, so that a part of a date stays one. */
const half = (text) => async (box) => {
  await box.locator("input").first().focus();
  await page.keyboard.type(text);
};

// put: how it is typed first; is: what the interface of programs then says;
// seen: what the record shows; then a second value, how it is emptied, and what
// is refused. The workspace is at UTC, whatever the browser is at.
const TYPES = {
  text: { put: line("  Grüße, \"Welt\" "), is: "Grüße, \"Welt\"", seen: "Grüße, \"Welt\"", then: line("مرحبا"), now: "مرحبا", bad: line("x"), says: /at least 2/ },
  longtext: { put: (b) => b.locator("textarea").fill("two\nlines\t=1"), is: "two\nlines\t=1", seen: "two", then: (b) => b.locator("textarea").fill("one"), now: "one",
    clear: empty, bad: (b) => b.locator("textarea").fill("x".repeat(4001)), says: /4,?000/ },
  email: { put: line("Ann@Example.COM"), is: "ann@example.com", seen: "ann@example.com", then: line("b@example.com"), now: "b@example.com", clear: empty, bad: line("ann@"), says: /address/i },
  phone: { put: line("(01) 555 12-34"), is: "+4315551234", seen: "+4315551234", then: line("+49 30 1234567"), now: "+49301234567", clear: empty, bad: line("12"), says: /number/i },
  url: { put: line("Example.COM/A?b"), is: "https://example.com/A?b", seen: "example.com/A?b", then: line("http://x.example/"), now: "http://x.example/", clear: empty, bad: line("javascript:alert(1)"), says: /http/i },
  int: { put: line("1,000"), is: 1000, seen: "1,000", then: line("0"), now: 0, clear: empty, bad: line("1001"), says: /1,?000/, worse: [line("many"), /number/] },
  dec: { put: line("-12.345"), is: "-12.345", seen: "-12.345", then: line(".5"), now: "0.500", clear: empty, bad: line("1.2345"), says: /decimal|places/i, worse: [line("1,2,x"), /number/] },
  percent: { put: line("12.5"), is: "12.50", seen: "12.5 %", then: line("100"), now: "100.00", clear: empty, bad: line("100.01"), says: /100/, worse: [line("half"), /number/] },
  money: { put: async (b) => { await line("1,200.5")(b); await b.getByLabel("Currency").selectOption("USD"); }, is: { amount: "1200.50", currency: "USD" }, seen: "$1,200.50",
    then: async (b) => { await line("7")(b); await b.getByLabel("Currency").selectOption("JPY"); }, now: { amount: "7", currency: "JPY" }, clear: empty, bad: line("-1"), says: /0/, worse: [line("a lot"), /number|amount/i] },
  bool: { put: (b) => b.getByRole("switch").uncheck(), is: false, seen: "No", then: (b) => b.getByRole("switch").check(), now: true },
  date: { put: line("2024-02-29"), is: "2024-02-29", seen: "Feb 29, 2024", then: line("2025-12-31"), now: "2025-12-31", clear: empty, bad: half("02"), says: /date/i },
  datetime: { put: line("2026-03-01T08:00"), is: "2026-03-01T08:00:00.000Z", seen: "Mar 1, 2026, 8:00 AM", then: line("2026-07-01T23:59"), now: "2026-07-01T23:59:00.000Z", clear: empty, bad: half("0301"), says: /date/i },
  choice: { put: (b) => b.locator("select").selectOption("b"), is: "b", seen: "B", then: (b) => b.locator("select").selectOption("a"), now: "a", clear: (b) => b.locator("select").selectOption("") },
  multichoice: { put: async (b) => { await b.getByLabel("Y").check(); await b.getByLabel("X").check(); }, is: ["x", "y"], seen: "X", then: (b) => b.getByLabel("X").uncheck(), now: ["y"], clear: (b) => b.getByLabel("Y").uncheck() },
  ref: { put: pick("Alpha"), is: async () => account.id, seen: "Alpha Works", then: pick("Beta"), now: () => idOf("crm/account", "Beta Works"), clear: unlink },
  anyref: { put: pick("Alpha"), is: async () => ({ entity: "crm:account", id: account.id }), seen: "Alpha Works", then: pick("Beta"),
    now: async () => ({ entity: "crm:account", id: await idOf("crm/account", "Beta Works") }), clear: unlink },
  user: { put: pick("Cleo"), is: async () => person.id, seen: "Cleo Colleague", then: pick("Ann"), now: () => idOf("sys/user", "Ann Admin"), clear: unlink },
  file: { put: upload("dot.png", "image/png", PIXEL), is: (v) => v.name === "dot.png" && v.size === PIXEL.length, seen: "dot.png", then: upload("two.png", "image/png", PIXEL), now: (v) => v.name === "two.png",
    clear: (b) => b.getByRole("button", { name: "Remove the file" }).click(), bad: upload("words.txt", "text/plain", Buffer.from("words")), says: /png/i },
  // Given by the server, and moved by steps.
  autonumber: { is: /^T-\d{4}-0001$/, seen: /^T-\d{4}-0001$/ },
  status: { is: "one" },
};

let fields, record;
const box = (name, within = page) => within.locator(`[data-field="${name}"]`);
const read = async () => api(page, `every_type/thing/${record.id}`);
const typed = () => fields.filter((f) => TYPES[f.type].put);

async function agrees(found, wanted, what) {
  if (wanted instanceof RegExp) return assert.match(found, wanted, what);
  const value = typeof wanted === "function" ? await wanted(found) : wanted;
  if (value === true && typeof wanted === "function") return;
  assert.deepEqual(found, value, what);
}

const open = async () => {
  await page.goto(`${server.url}/app/every_type/thing/${record.id}`);
  await page.locator(".head h2").waitFor();
};
const editAll = async () => {
  await page.keyboard.press("e");
  await page.locator(".field.open").first().waitFor();
};
const saved = async () => {
  await page.keyboard.press("Control+Enter");
  await page.locator(".savebar").waitFor({ state: "detached" });
};

test("finds an input for every type there is", async () => {
  const model = await api(page, "model");
  fields = model.entities["every_type:thing"].fields.filter((f) => !f.system);
  for (const f of fields) assert.ok(TYPES[f.type], `a row for the type ${f.type}`);
  for (const type of Object.keys(TYPES)) assert.ok(fields.some((f) => f.type === type), `a field of the type ${type}`);
});

test("types a value into each and finds it again", async () => {
  await page.goto(`${server.url}/app/every_type/thing`);
  await page.locator("h1").waitFor();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await checkAccess(page, "all types, new");
  for (const f of typed()) await TYPES[f.type].put(box(f.name, dialog));
  await page.keyboard.press("Control+Enter");
  await dialog.waitFor({ state: "detached" });
  await page.waitForURL(/thing\/[0-9a-z]{11}$/);
  record = { id: page.url().slice(-11) };
  const found = await read();
  for (const f of fields) await agrees(found[f.name], TYPES[f.type].is, f.type);
  await page.reload();
  await page.locator(".head h2").waitFor();
  await checkAccess(page, "all types, shown");
  for (const f of fields) {
    const { seen } = TYPES[f.type];
    const text = seen && (await box(f.name).locator(".v").innerText()).trim().replace(/^\p{Lu}{2}\n/u, "");
    if (seen instanceof RegExp) assert.match(text, seen, f.type);
    else if (seen) assert.ok(text.startsWith(seen), `${f.type} shows ${text}`);
  }
});

test("changes each", async () => {
  await open();
  await editAll();
  await checkAccess(page, "all types, being edited");
  for (const f of typed()) await TYPES[f.type].then(box(f.name));
  await saved();
  const found = await read();
  for (const f of typed()) await agrees(found[f.name], TYPES[f.type].now, f.type);
});

test("is told at each field what is wrong, and loses nothing of it", async () => {
  for (const f of typed()) {
    for (const [bad, says] of [[TYPES[f.type].bad, TYPES[f.type].says], ...(TYPES[f.type].worse ? [TYPES[f.type].worse] : [])]) {
      if (!bad) continue;
      await open();
      await editAll();
      if (f.type === "date" || f.type === "datetime") await TYPES[f.type].clear(box(f.name));
      await bad(box(f.name));
      const before = await box(f.name).locator("input,textarea").first().inputValue();
      await page.keyboard.press("Control+Enter");
      await box(f.name).locator(".issue").waitFor();
      const words = await box(f.name).locator(".issue").innerText();
      assert.match(words, says, `${f.type}: ${words}`);
      assert.equal(await box(f.name).locator("input,textarea").first().inputValue(), before, `${f.type} keeps what was typed`);
      assert.equal(await page.locator(".field .issue").count(), 1, `${f.type} alone is wrong`);
      await page.getByRole("button", { name: "Discard" }).click();
    }
  }
  await checkAccess(page, "all types, after problems");
});

test("clears each", async () => {
  await open();
  await editAll();
  for (const f of typed()) if (TYPES[f.type].clear) await TYPES[f.type].clear(box(f.name));
  await saved();
  const found = await read();
  for (const f of typed()) if (TYPES[f.type].clear) assert.equal(found[f.name], null, f.type);
  assert.deepEqual(page.complaints, []);
});
