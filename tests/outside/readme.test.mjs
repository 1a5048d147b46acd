// The commands that README.md shows, run as they stand there.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startWorkspace, top } from "./server.mjs";

const run = promisify(execFile);
const PROGRAM = "build/release/perigee";

/** The indented block below a heading, without the indentation. */
function block(heading) {
  const text = readFileSync(join(top, "README.md"), "utf8");
  const part = text.split(/^## /m).find((p) => p.startsWith(`${heading}\n`));
  assert.ok(part, `README.md has a chapter "${heading}"`);
  const lines = part.split("\n").filter((l) => l.startsWith("    ")).map((l) => l.slice(4));
  assert.ok(lines.length > 0, `"${heading}" shows commands`);
  return lines.join("\n");
}

let w;
before(async () => {
  w = await startWorkspace({ program: join(top, PROGRAM) });
  mkdirSync(join(w.home, "build/release"), { recursive: true });
  symlinkSync(join(top, PROGRAM), join(w.home, PROGRAM));
});
after(() => w?.stop());

test("the first record by curl", async () => {
  // Only the port is another one, for 8080 may be somebody's.
  const shown = block("The first record by curl");
  const script = shown.replaceAll("http://127.0.0.1:8080", w.url);
  assert.notEqual(script, shown, "the address is the one that serve listens on by default");
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd: w.home });
  const [made, found] = stdout.split(/(?<=\})(?=\{)|\n/).filter(Boolean).map((line) => JSON.parse(line));
  assert.deepEqual([made.name, made.city, made.website, made.rev], ["Acme", "Graz", "https://acme.example", 1]);
  assert.equal(found.items.length, 1);
  assert.deepEqual({ name: found.items[0].name, website: found.items[0].website }, { name: made.name, website: made.website });
  assert.equal(found.items[0].id, made.id);
});
