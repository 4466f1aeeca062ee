// Bundles what src/ holds into server/static/built/: one script and one style sheet an entry.
import { build } from "esbuild";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { aseanGeometry } from "./asean.js";
import { writeLicences } from "./licences.js";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "server", "static", "built");
const entryPoints = (await readdir(join(here, "src")))
  .filter((name) => name.endsWith(".js"))
  .map((name) => join(here, "src", name));

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints,
  outdir,
  bundle: true,
  format: "esm",
  splitting: true,
  minify: true,
  target: "es2022",
  legalComments: "linked",
  banner: { js: "/*! Licences: licences.txt beside this file */" },
  logLevel: "warning",
  plugins: [aseanGeometry],
  loader: { ".svg": "dataurl", ".png": "dataurl", ".woff2": "file" },
});
await writeLicences(here, join(outdir, "licences.txt"));
