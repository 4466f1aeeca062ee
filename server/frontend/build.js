// Bundles what src/ holds into server/static/built/: one script and one style sheet an entry.
import { build } from "esbuild";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { aseanGeometry } from "./asean.js";
import { writeLicences } from "./licences.js";
import { writeMap } from "./map.js";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "static", "built");
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

await mkdir(join(outdir, "fonts"), { recursive: true });
await writeMap(join(outdir, "map.json"));

// The letters of pictures that the server draws, for machines that have no fonts.
const { resolve } = createRequire(import.meta.url);
for (const name of ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"]) {
  await copyFile(resolve(`dejavu-fonts-ttf/ttf/${name}`), join(outdir, "fonts", name));
}
