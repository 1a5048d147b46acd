// What follows a person, what a finger does, what is offered to pick, what a
// list finds.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { api, checkAccess, install, openPage, person, setUp, startBrowser, startServer } from "./browser.mjs";

const RENT = `<bundle>
  <entity name="branch" label="Branch" plural="Branches" title="name"><field name="name"/></entity>
  <entity name="asset" label="Asset" plural="Assets" title="name" search="name">
    <field name="name"/><field name="active" type="bool" default="true"/>
    <field name="branch" type="ref" to="branch" inverse="assets"/>
  </entity>
  <entity name="rental" label="Rental" plural="Rentals" title="note">
    <field name="note"/>
    <field name="branch" type="ref" to="branch" inverse="rentals"/>
    <field name="asset" type="ref" to="asset" inverse="rentals" filter="active and branch = this.branch"/>
  </entity>
</bundle>`;

let server, browser, page, apps;

before(async () => {
  apps = mkdtempSync(join(tmpdir(), "perigee-apps-"));
  mkdirSync(join(apps, "rent/entities"), { recursive: true });
  writeFileSync(join(apps, "rent/package.xml"), `<package format="1" id="rent" version="1.0.0" label="Rent"/>`);
  writeFileSync(join(apps, "rent/entities/rent.xml"), RENT);
  [server, browser] = await Promise.all([startServer(["--demo", "--apps", apps]), startBrowser()]);
  page = await openPage(browser);
  await setUp(page, server.link);
  await install(page, "rent");
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(apps, { recursive: true, force: true });
});

const go = async (path) => {
  await page.goto(server.url + path);
  await page.locator("h1").waitFor();
};
const noComplaints = () => assert.deepEqual(page.complaints.splice(0), []);

test("is offered only what a link's filter allows, by what is in the form so far", async () => {
  const make = async (path, body) => (await api(page, path, { method: "POST", body })).id;
  const [graz, linz] = [await make("rent/branch", { name: "Graz" }), await make("rent/branch", { name: "Linz" })];
  await make("rent/asset", { name: "Digger here", branch: graz });
  await make("rent/asset", { name: "Digger broken", branch: graz, active: false });
  await make("rent/asset", { name: "Digger far away", branch: linz });
  await go("/app/rent/rental");
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  const asset = dialog.locator('[data-field="asset"]');
  const offered = async () => {
    await page.getByRole("option").first().waitFor();
    await page.waitForFunction(() => ![...document.querySelectorAll("[role=option]")].some((o) => /Loading/.test(o.textContent)));
    return (await page.getByRole("option").allInnerTexts()).map((s) => s.split("\n")[0]);
  };
  // Without a branch only what has none would fit, and the save says the same.
  await asset.getByRole("combobox").click();
  assert.deepEqual(await offered(), ["Nothing found"]);
  await dialog.locator('[data-field="branch"]').getByRole("combobox").fill("Gra");
  await page.getByRole("option", { name: "Graz" }).click();
  await asset.getByRole("combobox").click();
  assert.deepEqual(await offered(), ["Digger here"]);
  await asset.getByRole("combobox").fill("away");
  await page.waitForFunction(() => document.querySelector("[role=option]")?.textContent.includes("Nothing found"));
  await asset.getByRole("combobox").fill("here");
  await page.getByRole("option", { name: "Digger here" }).click();
  await page.keyboard.press("Control+Enter");
  await dialog.waitFor({ state: "detached" });
  await page.locator(".head h2").waitFor();
  const saved = (await api(page, "rent/rental?expand=asset")).items[0];
  assert.equal(saved._expand.asset._title, "Digger here");
  noComplaints();
});

test("finds in a list what the search over everything finds", async () => {
  await api(page, "crm/account", { method: "POST", body: { name: "Žluťoučký Kůň", city: "Praha" } });
  await go("/app/crm/account");
  const box = page.getByRole("searchbox");
  for (const text of ["zlu", "kun zlut", "toucky", "praha", "ŽLUŤ"]) {
    await box.fill(text);
    await page.waitForFunction((q) => new URLSearchParams(location.search).get("q") === q, text);
    await page.waitForFunction(() => document.querySelectorAll("[role=rowheader]").length === 1);
    assert.equal(await page.getByRole("rowheader").innerText(), "Žluťoučký Kůň", text);
  }
  // Typing is never overtaken by what was typed before.
  await box.fill("");
  await box.pressSequentially("betatech", { delay: 40 });
  assert.equal(await box.inputValue(), "betatech");
  await page.getByRole("rowheader", { name: "Betatech" }).waitFor();
  await box.fill("nobody is called this");
  await page.getByText("Nothing matches").waitFor();
  await go("/app/crm/deal/all?f=stage~in~won;name~contains~gtx&q=acme");
  await page.getByRole("grid").waitFor();
  await page.reload();
  await page.getByRole("button", { name: /Name contains gtx/ }).waitFor();
  await page.getByRole("rowheader").first().waitFor();
  for (const name of await page.getByRole("rowheader").allInnerTexts()) assert.match(name, /GTX.*Acme/);
  noComplaints();
});

test("chooses language and appearance once, for every browser", async () => {
  await go("/app/crm/account");
  await page.locator("h1").focus();
  await page.keyboard.press(",");
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.waitFor();
  await checkAccess(page, "settings");
  // By keyboard: the first group has the focus, the next is one Tab away.
  await page.keyboard.press("ArrowDown");
  await page.getByRole("dialog", { name: "Einstellungen" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await checkAccess(page, "settings, dark and German");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Firmen", level: 1 }).waitFor();

  const other = await openPage(browser, { locale: "en-GB", colorScheme: "light" }, [401]);
  await other.goto(`${server.url}/app/crm/account`);
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await other.getByLabel("E-mail").fill(person.email);
  await other.getByLabel("Password", { exact: true }).fill(person.password);
  await other.keyboard.press("Enter");
  await other.getByRole("heading", { name: "Firmen", level: 1 }).waitFor();
  assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), "dark");
  // Back by the menu; this browser's door keeps what was chosen last.
  await other.getByRole("button", { name: person.name }).click();
  await checkAccess(other, "menu of the user");
  await other.getByRole("menuitem", { name: "Einstellungen" }).click();
  await other.getByRole("radio", { name: "English" }).check();
  await other.getByRole("dialog", { name: "Settings" }).getByRole("radio", { name: "System" }).check();
  await other.keyboard.press("Escape");
  await other.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
  assert.deepEqual(other.complaints, []);
  await other.context().close();
  const session = await api(page, "session");
  assert.deepEqual([session.user.lang, session.user.theme], ["en", "auto"]);
  await page.reload();
  await page.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
  noComplaints();
});

test("moves a card with a finger, and scrolls with one", async () => {
  const deal = await api(page, "crm/deal", { method: "POST", body: { name: "A finger's deal", stage: "prospecting", amount: "99999999.00" } });
  const phone = await openPage(browser, {
    viewport: { width: 800, height: 900 }, hasTouch: true, isMobile: true, storageState: await page.context().storageState(),
  });
  await phone.goto(`${server.url}/app/crm/deal/pipeline`);
  const column = (name) => phone.getByRole("region", { name, exact: true });
  const card = column("Prospecting").locator("[data-card]", { hasText: "A finger's deal" });
  await card.waitFor();
  const cdp = await phone.context().newCDPSession(phone);
  const touch = (type, x, y) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const middle = async (e) => { const b = await e.boundingBox(); return [b.x + b.width / 2, b.y + Math.min(b.height / 2, 60)]; };

  // A finger that moves at once scrolls and carries nothing.
  const list = column("Prospecting").locator(".cards");
  const [x, y] = await middle(card);
  await touch("touchStart", x, y + 300);
  for (let i = 1; i <= 10; i++) await touch("touchMove", x, y + 300 - i * 25);
  await touch("touchEnd");
  await phone.waitForFunction((e) => e.scrollTop > 40, await list.elementHandle());
  assert.equal(await phone.locator(".ghost").count(), 0);
  // What was set in motion comes to rest first.
  let rest = -1;
  for (let now = 0; now !== rest; now = await list.evaluate((e) => e.scrollTop)) {
    rest = now;
    await phone.waitForTimeout(200);
  }
  await list.evaluate((e) => e.scrollTo(0, 0));
  await phone.waitForTimeout(200);

  // A finger that rests takes the card along; nothing scrolls meanwhile.
  const [cx, cy] = await middle(card);
  const [tx, ty] = await middle(column("Engaging").locator(".cards"));
  await touch("touchStart", cx, cy);
  await phone.locator(".ghost").waitFor();
  await checkAccess(phone, "a card in hand");
  for (let i = 1; i <= 10; i++) await touch("touchMove", cx + (tx - cx) * i / 10, cy + (ty + 40 - cy) * i / 10);
  await phone.locator("[data-column=engaging].accept").waitFor();
  assert.equal(await list.evaluate((e) => e.scrollTop), 0);
  await touch("touchEnd");
  await column("Engaging").locator("[data-card]", { hasText: "A finger's deal" }).waitFor();
  await phone.waitForFunction(() => document.querySelector(".toast"));
  assert.equal((await api(page, `crm/deal/${deal.id}`)).stage, "engaging");

  // A tap still opens it.
  await column("Engaging").locator("[data-card]", { hasText: "A finger's deal" }).getByRole("link").tap();
  await phone.getByRole("heading", { name: "A finger's deal", level: 1 }).waitFor();
  assert.deepEqual(phone.complaints, []);
  await phone.context().close();
});

test("sees long, unbroken and right-to-left text, and amounts of three currencies, in their places", async () => {
  const make = async (path, body) => (await api(page, path, { method: "POST", body })).id;
  const long = "A name that goes on and on ".repeat(8).slice(0, 199).trim();
  const names = [long, "W".repeat(180), "شركة الاختبار العربية المحدودة للأعمال"];
  const accounts = [];
  for (const name of names) accounts.push(await make("crm/account", { name, city: long.slice(0, 60) }));
  for (const [i, currency] of ["EUR", "JPY", "CHF"].entries())
    await make("crm/deal", { name: `${names[i].slice(0, 120)} ${currency}`, stage: "prospecting", account: accounts[i], amount: { amount: "98765432", currency } });
  for (const width of [1280, 360]) for (const colorScheme of ["light", "dark"]) {
    const p = await openPage(browser, { viewport: { width, height: 740 }, colorScheme, storageState: await page.context().storageState(), ...(width === 360 && { hasTouch: true, isMobile: true }) });
    for (const path of ["/app", "/app/crm/account", "/app/crm/deal/all?sort=-created_at", "/app/crm/deal/pipeline", ...accounts.map((id) => `/app/crm/account/${id}`), "/app/nothing"]) {
      await p.goto(server.url + path);
      await p.locator("h1").waitFor();
      await p.locator(".card,.lcard,[role=rowheader],.tiles a,.head h2,.blank").first().waitFor();
      assert.equal(await p.evaluate((w) => document.documentElement.scrollWidth <= w, width), true, `${path} fits at ${width}`);
      const wide = await p.evaluate(() => [...document.querySelectorAll(".card,.lcard,.box,.tiles a")].filter((e) => e.scrollWidth > e.clientWidth + 1 ||
        (e.matches(".card") && e.getBoundingClientRect().width > e.closest(".col").getBoundingClientRect().width)).map((e) => e.className));
      assert.deepEqual(wide, [], `${path} at ${width}`);
      if ((width === 360) === (colorScheme === "dark")) await checkAccess(p, `${path} at ${width}, ${colorScheme}`);
    }
    assert.deepEqual(p.complaints, []);
    await p.context().close();
  }
});

test("is told when the server cannot be reached, and goes on when it can", async () => {
  const p = await openPage(browser, { storageState: await page.context().storageState() });
  await p.goto(`${server.url}/app/crm/account`);
  await p.getByRole("rowheader").first().waitFor();
  await p.context().setOffline(true);
  await p.getByRole("searchbox").fill("betatech");
  await p.locator(".offline").waitFor();
  await checkAccess(p, "offline");
  await p.context().setOffline(false);
  await p.locator(".offline").waitFor({ state: "detached" });
  await p.getByRole("button", { name: "Try again" }).click();
  await p.getByRole("rowheader", { name: "Betatech" }).waitFor();
  await p.context().close();
});

test("is shown the way from every door that does not open", async () => {
  const p = await openPage(browser, { locale: "de-AT" }, [400, 401, 403, 404]);
  for (const [path, words] of [["/setup", "unvollständig"], ["/setup#not-the-token", "Arbeitsbereich anlegen"], ["/signin", "Anmelden"], ["/app/crm/account", "Anmelden"]]) {
    await p.goto(server.url + path);
    await p.getByText(words).first().waitFor();
    await checkAccess(p, path);
  }
  assert.deepEqual(p.complaints, []);
  await p.context().close();
  page.complaints.splice(0);
  for (const path of ["/app/crm/nothing", "/app/nobody/nothing/at/all", "/app/crm/account/00000000001"]) {
    await page.goto(server.url + path);
    await page.getByRole("link", { name: "To the start" }).waitFor();
    await checkAccess(page, path);
  }
  await page.getByRole("link", { name: "To the start" }).click();
  await page.getByRole("heading", { name: "Start", level: 1 }).waitFor();
});
