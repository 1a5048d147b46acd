// Starts the program on a folder of its own and a browser beside it. Whatever
// the page complains about - an error, a policy it breaks - fails the journey.
import { createRequire } from "node:module";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { startProgram, top } from "../outside/server.mjs";

const need = createRequire(join(top, "web/package.json"));
const { chromium } = need("playwright-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

const PERSON = { name: "Ann Admin", email: "ann@example.com", password: "a short sentence" };
const CHROMIUM = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((p) => p && existsSync(p));
// "." for a build with sanitizers; the journeys ask for what people run.
const PROGRAM = process.env.PERIGEE ?? join(top, "build/release/perigee");

/** The program with the sales data of the demo, until `stop`. */
export async function startServer(args = ["--demo"]) {
  const data = mkdtempSync(join(tmpdir(), "perigee-e2e-"));
  const server = await startProgram(PROGRAM, ["--data", join(data, "d"), "--listen", "127.0.0.1:0", "--json", ...args]);
  return {
    link: `${server.url}/setup#${server.setup}`, url: server.url,
    async stop() {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export const person = PERSON;

export async function startBrowser() {
  assert.ok(CHROMIUM, "no Chromium here");
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

/** A page that remembers its complaints; `quiet` are statuses that are meant. */
export async function openPage(browser, options = {}, quiet = []) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000); // compilers may be at work beside it
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(`error: ${e.message}`));
  page.on("console", (m) => {
    if (m.type() !== "error" || quiet.some((s) => m.text().includes(`status of ${s}`))) return;
    complaints.push(m.text());
  });
  page.complaints = complaints;
  return page;
}

export async function setUp(page, link) {
  await page.goto(link);
  await page.getByLabel("Your name").fill(PERSON.name);
  await page.getByLabel("E-mail").fill(PERSON.email);
  await page.getByLabel("Password", { exact: true }).fill(PERSON.password);
  await page.getByRole("button", { name: "Create the workspace" }).click();
  await page.getByRole("heading", { name: "Start", level: 1 }).waitFor();
}

/** WCAG 2.2 AA as far as a program can tell. Evaluated by the debugger, which
    the page's own policy does not bind. */
export async function checkAccess(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const words = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary?.split("\n")[1] ?? ""}`));
  assert.deepEqual(words, [], what);
}

export async function api(page, path, init = {}) {
  return page.evaluate(async ([p, i]) => {
    const csrf = (await (await fetch("/api/v1/session")).json()).csrf;
    const r = await fetch(`/api/v1/${p}`, {
      ...i, headers: { "Content-Type": "application/json", "X-CSRF": csrf, ...i.headers },
      ...(i.body && { body: JSON.stringify(i.body) }),
    });
    return r.status === 204 ? null : r.json();
  }, [path, init]);
}

/** A package of the marketplace folders, installed. */
export async function install(page, id) {
  const { job } = await api(page, "packages/install", { method: "POST", body: { package: id } });
  for (let i = 0; i < 200; i++) {
    const { state, result } = await api(page, `jobs/${job}`);
    if (state === "done") return result;
    assert.notEqual(state, "failed", JSON.stringify(result));
    await page.waitForTimeout(50);
  }
  throw new Error(`${id} was not installed in time.`);
}
