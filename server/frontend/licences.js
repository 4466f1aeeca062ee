// What the licences of the bundled packages ask for: each with its notice, in one file beside the bundles.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const NOTICE = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;

export async function writeLicences(folder, file) {
  const { packages } = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  const parts = [];
  for (const [path, { version, license, dev }] of Object.entries(packages)) {
    if (!path || dev) continue;
    const place = join(folder, path);
    const notices = (await readdir(place)).filter((name) => NOTICE.test(name)).sort();
    const texts = await Promise.all(notices.map((name) => readFile(join(place, name), "utf8")));
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    parts.push([`${name} ${version} (${license ?? "see below"})`, ...texts.map((text) => text.trim())].join("\n\n"));
  }
  await writeFile(file, `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
}
