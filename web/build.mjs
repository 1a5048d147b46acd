// Builds web/dist: index.html and assets/<name>-<hash>.*, each also compressed
// by gzip and brotli, so that the server only chooses. The executable embeds
// the folder (runtime/embed.cmake).
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { join } from "node:path";

const here = new URL(".", import.meta.url).pathname;
const dist = join(here, "dist");
const assets = join(dist, "assets");
const watch = process.argv.includes("--watch");

// The first load is a promise to people on a train (docs: experience).
const INITIAL_JS_GZ_MAX = 110 * 1024;

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

/** One sheet of symbols with the icons of src/base/icons.json, nothing else. */
function sprite() {
  const names = JSON.parse(readFileSync(join(here, "src/base/icons.json"), "utf8"));
  const symbols = names.map((name) => {
    const svg = readFileSync(join(here, `node_modules/lucide-static/icons/${name}.svg`), "utf8");
    const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

function put(name, bytes) {
  writeFileSync(join(assets, name), bytes);
  return name;
}

function compress(file) {
  const bytes = readFileSync(file);
  if (file.endsWith(".woff2")) return; // compressed already
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

async function once() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });

  const icons = sprite();
  const iconsName = put(`icons-${hashOf(icons)}.svg`, icons);

  const result = await build({
    entryPoints: { app: join(here, "src/main.tsx"), style: join(here, "src/styles/style.css") },
    outdir: assets,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome120", "firefox121", "safari17.2"],
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    minify: !watch,
    legalComments: "none",
    metafile: true,
    loader: { ".woff2": "file" },
    publicPath: "/assets",
    define: { ICONS_URL: JSON.stringify(`/assets/${iconsName}`) },
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });

  const outputs = Object.entries(result.metafile.outputs).map(([path, info]) => ({
    name: path.split("/").pop(), info, path,
  }));
  const entry = (source) => outputs.find((o) => o.info.entryPoint?.endsWith(source));
  const script = entry("src/main.tsx");
  const style = entry("src/styles/style.css");
  const font = readdirSync(assets).find((n) => n.startsWith("inter-latin-") && n.endsWith(".woff2"));

  // Static imports of the entry load with it.
  const first = new Set([script.path]);
  for (const path of first)
    for (const { path: to, kind } of result.metafile.outputs[path].imports)
      if (kind === "import-statement") first.add(to);
  const chunks = [...first].slice(1).map((p) => p.split("/").pop());

  writeFileSync(join(dist, "index.html"), [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="same-origin">',
    "<title>Perigee</title>",
    `<link rel="preload" href="/assets/${font}" as="font" type="font/woff2" crossorigin>`,
    `<link rel="stylesheet" href="/assets/${style.name}">`,
    `<link rel="icon" type="image/svg+xml" href="/assets/${put(...iconFile())}">`,
    ...chunks.map((n) => `<link rel="modulepreload" href="/assets/${n}">`),
    `<script type="module" src="/assets/${script.name}"></script>`,
    "</head>",
    '<body><div id="app"></div><noscript>Perigee needs JavaScript.</noscript></body>',
    "</html>",
    "",
  ].join("\n"));

  for (const name of readdirSync(assets)) compress(join(assets, name));
  compress(join(dist, "index.html"));

  const size = [script.name, ...chunks]
    .reduce((sum, n) => sum + readFileSync(join(assets, `${n}.gz`)).length, 0);
  console.log(`initial JavaScript ${(size / 1024).toFixed(1)} KB gz, of ${INITIAL_JS_GZ_MAX / 1024}; ` +
    `style ${(readFileSync(join(assets, `${style.name}.gz`)).length / 1024).toFixed(1)} KB gz`);
  if (size > INITIAL_JS_GZ_MAX) throw new Error("the first load is too large");
}

function iconFile() {
  const svg = readFileSync(join(here, "src/base/mark.svg"));
  return [`mark-${hashOf(svg)}.svg`, svg];
}

await once();
if (watch) {
  const { watch: look } = await import("node:fs");
  let timer;
  look(join(here, "src"), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => once().catch((e) => console.error(e.message)), 100);
  });
}
