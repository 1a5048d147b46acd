// What a person wants to do, in a real browser against the real program.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { api, checkAccess, openPage, person, setUp, startBrowser, startServer } from "./browser.mjs";

let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  page = await openPage(browser);
  await setUp(page, server.link);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const go = async (path) => {
  await page.goto(server.url + path);
  await page.locator("h1").waitFor();
};
const noComplaints = () => assert.deepEqual(page.complaints.splice(0), []);

test("sets up the workspace and signs in", async () => {
  const other = await openPage(browser, {}, [401]);
  await other.goto(`${server.url}/app/crm/account`);
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await checkAccess(other, "sign-in");
  await other.getByLabel("E-mail").fill(person.email);
  await other.getByLabel("Password", { exact: true }).fill("not the password");
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByText("E-mail address or password is wrong.").waitFor();
  await other.getByLabel("Password", { exact: true }).fill(person.password);
  await other.getByRole("button", { name: "Sign in" }).click();
  // Back where the way led before the door.
  await other.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
  assert.match(other.url(), /\/app\/crm\/account$/);
  assert.deepEqual(other.complaints, []);
  await other.context().close();
  noComplaints();
});

test("finds a record without accents", async () => {
  await go("/app/crm/account");
  await api(page, "crm/account", { method: "POST", body: { name: "Müller Östreich" } });
  await page.getByRole("searchbox").fill("muller ostr");
  await page.getByRole("rowheader", { name: "Müller Östreich" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or jump to" }).fill("ostreich");
  await page.getByRole("option", { name: /Müller Östreich/ }).waitFor();
  await checkAccess(page, "search");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Müller Östreich", level: 1 }).waitFor();
  noComplaints();
});

test("moves a card to won and undoes it", async () => {
  const deal = await api(page, "crm/deal", { method: "POST", body: { name: "A journey's deal", stage: "prospecting", amount: "99999999.00" } });
  await api(page, `crm/deal/${deal.id}`, { method: "PATCH", body: { stage: "engaging" } });
  await go("/app/crm/deal/pipeline");
  const column = (name) => page.getByRole("region", { name, exact: true });
  const card = (name) => column(name).getByRole("link", { name: "A journey's deal" });
  await card("Engaging").waitFor();
  await checkAccess(page, "board");
  await card("Engaging").hover();
  await page.mouse.down();
  const to = await column("Won").boundingBox();
  await page.mouse.move(to.x + to.width / 2, to.y + 200, { steps: 8 });
  await page.mouse.up();
  // The step asks for the day on which the deal was closed.
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await checkAccess(page, "what a step asks");
  await dialog.getByLabel("Closed on").fill("2026-03-01");
  await page.keyboard.press("Control+Enter");
  await card("Won").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await card("Engaging").waitFor();
  assert.equal((await api(page, `crm/deal/${deal.id}`)).stage, "engaging");
  noComplaints();
});

test("moves a card by keyboard, and is told why a step is not possible", async () => {
  await go("/app/crm/deal/pipeline");
  const card = page.getByRole("region", { name: "Engaging", exact: true }).getByRole("link", { name: "A journey's deal" });
  await card.focus();
  await page.keyboard.press("m");
  await page.getByRole("menu").waitFor();
  await checkAccess(page, "menu of a card");
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("menu").count(), 0);
  noComplaints();
});

test("gets every problem at its field", async () => {
  await go("/app/crm/contact");
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await checkAccess(page, "create");
  await dialog.getByLabel("E-mail").first().fill("not an address");
  await page.keyboard.press("Control+Enter");
  await dialog.locator(".issues").waitFor();
  const first = await dialog.locator(".field .issue").count();
  assert.ok(first > 0, "a problem is shown at its field");
  const model = await api(page, "model");
  for (const f of model.entities["crm:contact"].fields.filter((x) => x.required && !x.default && x.type === "text"))
    await dialog.locator(`[data-field="${f.name}"] input`).fill("Nadia");
  await page.keyboard.press("Control+Enter");
  const email = dialog.locator('[data-field="email"]');
  await email.locator(".issue").waitFor();
  assert.equal(await email.locator("input").inputValue(), "not an address", "what was typed stays");
  assert.equal(await email.locator("input").getAttribute("aria-invalid"), "true");
  await checkAccess(page, "create with problems");
  await email.locator("input").fill("nadia@example.com");
  await page.keyboard.press("Control+Enter");
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1, name: /Nadia/ }).waitFor();
  page.complaints.splice(0, page.complaints.length, ...page.complaints.filter((c) => !c.includes("422")));
  noComplaints();
});

test("changes a field in place, sees it in the history and takes it back", async () => {
  const account = await api(page, "crm/account", { method: "POST", body: { name: "In place" } });
  await go(`/app/crm/account/${account.id}`);
  await page.getByRole("button", { name: "Edit Name" }).click();
  await page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
  await page.keyboard.type("In its place");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "In its place" }).waitFor();
  await page.getByRole("complementary", { name: "History" }).getByText("In its place").waitFor();
  await checkAccess(page, "record");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { level: 1, name: "In place", exact: true }).waitFor();
  noComplaints();
});

test("is asked only where two people changed the same field", async () => {
  // Without the stream, or the other's change would be there before we save.
  await page.route("**/events*", (r) => r.abort());
  const account = await api(page, "crm/account", { method: "POST", body: { name: "Shared" } });
  const path = `crm/account/${account.id}`;
  const stored = async () => api(page, path);

  await go(`/app/${path}`);
  await page.getByRole("button", { name: "Edit Name" }).click();
  await page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
  await page.keyboard.type("Mine");
  await api(page, path, { method: "PATCH", body: { city: "Graz" } });
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { level: 1, name: "Mine" }).waitFor();
  assert.deepEqual([(await stored()).name, (await stored()).city], ["Mine", "Graz"], "other fields merge by themselves");

  await page.getByRole("button", { name: "Edit Name" }).click();
  await page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
  await page.keyboard.type("Mine again");
  await api(page, path, { method: "PATCH", body: { name: "Theirs" } });
  await page.keyboard.press("Control+Enter");
  const dialog = page.getByRole("dialog", { name: "Changed meanwhile" });
  await dialog.getByText("Theirs").waitFor();
  await checkAccess(page, "conflict");
  await dialog.getByRole("radio", { name: /Yours/ }).check();
  await dialog.getByRole("button", { name: "Save these" }).click();
  await page.getByRole("heading", { level: 1, name: "Mine again" }).waitFor();
  assert.equal((await stored()).name, "Mine again");
  await page.unroute("**/events*");
  page.complaints.splice(0);
});

test("deletes a record and brings it back", async () => {
  const account = await api(page, "crm/account", { method: "POST", body: { name: "Soon gone" } });
  await go(`/app/crm/account/${account.id}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Move to bin" }).click();
  await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { level: 1, name: "Soon gone" }).waitFor();
  noComplaints();
});

test("narrows a list by chips that the address keeps", async () => {
  await go("/app/crm/deal/all");
  await page.getByRole("grid").waitFor();
  await checkAccess(page, "list");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitem", { name: "Stage" }).click();
  await page.getByRole("checkbox", { name: "Lost" }).check();
  await checkAccess(page, "filter");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForFunction(() => {
    const pills = [...document.querySelectorAll(".grid .pill")].map((p) => p.textContent);
    return pills.length > 0 && !pills.includes("Won");
  });
  await page.reload();
  await page.getByRole("button", { name: /^Stage is one of Lost/ }).waitFor();
  noComplaints();
});

test("scrolls through thousands of records without gaps", async () => {
  await go("/app/crm/deal/all");
  const grid = page.locator(".grid");
  await grid.waitFor();
  for (let i = 0; i < 12; i++) {
    await grid.evaluate((e) => { e.scrollTop = e.scrollHeight; });
    await page.waitForTimeout(120);
  }
  const rows = await page.locator(".grid tbody tr:not(.space)").count();
  assert.ok(rows > 10 && rows < 80, `${rows} rows exist at once`);
  const index = Number(await page.locator(".grid tbody tr[aria-rowindex]").last().getAttribute("aria-rowindex"));
  assert.ok(index > 300, `reached row ${index}`);
  noComplaints();
});

test("walks a list and opens a record by keyboard alone", async () => {
  await go("/app/crm/account");
  await page.locator("[data-cell='2.0']").waitFor();
  // As fast as fingers can: each key finds what the one before has done.
  await page.keyboard.press("/");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  const [name, at] = await page.evaluate(() => [document.activeElement.textContent, document.activeElement.dataset.cell]);
  assert.equal(at, "1.0");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.keyboard.press("j");
  await page.waitForFunction((n) => ![n, "Account"].includes(document.querySelector("h1").textContent), name);
  await page.locator(".head h2").waitFor();
  await page.keyboard.press("k");
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await checkAccess(page, "keys");
  await page.keyboard.press("Escape");
  noComplaints();
});

test("works on a phone, in German and in the dark", async () => {
  const phone = await openPage(browser, {
    viewport: { width: 360, height: 740 }, locale: "de-DE", colorScheme: "dark", hasTouch: true, isMobile: true,
    storageState: await page.context().storageState(),
  });
  for (const [path, what] of [["/app", "start"], ["/app/crm/deal/all", "list"], ["/app/crm/deal/pipeline", "board"], ["/app/crm/account", "accounts"]]) {
    await phone.goto(server.url + path);
    await phone.locator("h1").waitFor();
    await phone.locator(".lcard,.card,.tiles a").first().waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= 360), true, `${what} fits`);
    await checkAccess(phone, `${what} on a phone`);
  }
  await phone.locator(".lcard").first().tap();
  await phone.locator(".head h2").waitFor();
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= 360), true, "record fits");
  await checkAccess(phone, "record on a phone");
  await phone.getByRole("button", { name: "Mehr", exact: true }).tap();
  await phone.locator(".side.open").waitFor();
  await checkAccess(phone, "menu on a phone");
  assert.deepEqual(phone.complaints, []);
  await phone.context().close();
});
