// The OpenAPI document of a running workspace, as a stranger's linter reads it.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { startWorkspace, top } from "./server.mjs";

const need = createRequire(import.meta.url);
const manifest = need.resolve("@redocly/cli/package.json");
const LINTER = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.redocly);

let w;
before(async () => { w = await startWorkspace({ install: [join(top, "tests/outside/corpus")] }); });
after(() => w?.stop());

/** The linter's findings. It tells nobody that it ran, and asks for no update. */
function lint(file) {
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "1" };
  return new Promise((done) => {
    execFile(process.execPath, [LINTER, "lint", "--format=json", file], { env, cwd: w.home }, (error, stdout, stderr) => {
      const json = stdout.slice(stdout.indexOf("{"));
      done({ code: error?.code ?? 0, found: json ? JSON.parse(json) : undefined, stderr });
    });
  });
}

const words = (found) => found.problems.map((p) => `${p.severity} ${p.ruleId} ${p.location?.[0]?.pointer ?? ""}: ${p.message}`);

test("the linter finds a fault where there is one", async () => {
  const file = join(w.home, "broken.json");
  writeFileSync(file, JSON.stringify({ openapi: "3.1.0", info: { title: "x", version: "1" }, paths: { "/a": { get: { responses: 5 } } } }));
  const { code, found } = await lint(file);
  assert.equal(code, 1);
  assert.ok(found.totals.errors > 0, JSON.stringify(found));
});

test("the OpenAPI of a workspace, a package of its own included, has no error", async (t) => {
  const answer = await w.call("GET", "openapi.json");
  assert.equal(answer.status, 200);
  assert.ok(answer.body.paths["/api/v1/corpus/thing"], "the package's entity is described");
  const file = join(w.home, "openapi.json");
  writeFileSync(file, answer.text);
  const { code, found, stderr } = await lint(file);
  assert.ok(found, stderr);
  for (const w of words(found)) t.diagnostic(w);
  assert.deepEqual([code, found.totals.errors], [0, 0], words(found).join("\n"));
});
