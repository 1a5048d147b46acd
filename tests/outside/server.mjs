// The program on a folder of its own, set up, and a client that is signed in by
// a token. PERIGEE names the program; the sanitizers' build is what finds most.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export const top = new URL("../../", import.meta.url).pathname;
export const PERSON = { name: "Ann Admin", email: "you@example.com", password: "a sentence of six short words" };

const WAIT_MS = 30_000;
const run = promisify(execFile);

/** Runs `program` until `stop`; what it complained about is in `log()`. */
export async function startProgram(program, args, cwd) {
  const child = spawn(program, ["serve", ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let out = "", log = "";
  child.stdout.on("data", (b) => { out += b; });
  child.stderr.on("data", (b) => { log += b; });
  const ended = new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));
  for (let i = 0; i < WAIT_MS / 20 && !out.includes("\n") && child.exitCode === null; i++) await new Promise((r) => setTimeout(r, 20));
  const url = /https?:\/\/[^\s"/]+/.exec(out)?.[0];
  if (!url) {
    child.kill("SIGKILL");
    throw new Error(`The program did not start:\n${out}${log}`);
  }
  return {
    url, setup: /\/setup#([^\s"]+)/.exec(out)?.[1], log: () => log,
    /** The exit code, or the signal that ended it. */
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** A fresh workspace with one person, the folder of packages in `install`
    installed. `call(method, path, body)` is one request under /api/v1/; a
    Buffer or a string goes out as it is. */
export async function startWorkspace({ install = [], program = resolve(process.env.PERIGEE ?? join(top, "build/release/perigee")) } = {}) {
  const home = mkdtempSync(join(tmpdir(), "perigee-outside-"));
  const server = await startProgram(program, ["--data", "data", "--listen", "127.0.0.1:0", "--json", "--log", "error"], home);
  const perigee = async (...words) => (await run(program, [...words, "--data", join(home, "data")])).stdout;
  const setup = await fetch(`${server.url}/api/v1/setup`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: server.setup, ...PERSON }),
  });
  if (!setup.ok) throw new Error(`Set-up answered ${setup.status}: ${await setup.text()}`);
  for (const folder of install) await perigee("install", folder);
  const token = (await perigee("token", "create", "--user", PERSON.email)).trim();

  async function call(method, path, body, type = "application/json") {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const r = await fetch(`${server.url}/api/v1/${path}`, {
      method, headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { "Content-Type": type }) },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await r.text();
    return { status: r.status, text, get body() { return JSON.parse(text); } };
  }
  return {
    home, url: server.url, token, call, perigee,
    /** Ends it; what a sanitizer found is an error. */
    async stop() {
      const code = await server.stop();
      rmSync(home, { recursive: true, force: true });
      if (code !== 0) throw new Error(`The program ended with ${code}:\n${server.log()}`);
    },
  };
}

/** `work` on each item, `width` at a time. */
export async function each(items, width, work) {
  const rest = [...items.entries()].reverse();
  const one = async () => {
    for (let next = rest.pop(); next; next = rest.pop()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: width }, one));
}
