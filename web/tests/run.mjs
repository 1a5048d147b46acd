// Bundles the tests (Node 18 does not read TypeScript) and runs them.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = new URL(".", import.meta.url).pathname;
const out = mkdtempSync(join(tmpdir(), "perigee-web-"));
try {
  await build({
    entryPoints: readdirSync(here).filter((n) => n.endsWith(".test.ts")).map((n) => join(here, n)),
    outdir: out, outExtension: { ".js": ".mjs" }, bundle: true, format: "esm", platform: "node", target: "node18",
    define: { ICONS_URL: '"/icons.svg"' }, jsx: "automatic", jsxImportSource: "preact", logLevel: "warning",
  });
  const files = readdirSync(out).filter((n) => n.endsWith(".test.mjs")).map((n) => join(out, n));
  const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
