// The workbench: the form of /sparql with an editor, answers without loading the page, and views.
import { bar, make } from "./workbench/dom.js";
import { openEditor } from "./workbench/editor.js";
import { cutWords, problemOf, showProblem } from "./workbench/problems.js";
import { count, fill, words } from "./workbench/words.js";

const JSON_RESULTS = "application/sparql-results+json";
const ACCEPT = `${JSON_RESULTS}, text/turtle;q=0.7, application/problem+json;q=0.8`;
const LONGEST_ADDRESS = 6000;

const at = (id) => document.getElementById(id);
const start = JSON.parse(at("start").textContent);
const form = at("editor");
const status = at("status");
const stop = at("stop");
const formats = { json: "JSON", xml: "XML", csv: "CSV", tsv: "TSV" };
const graphFormats = { ttl: "Turtle", jsonld: "JSON-LD", nt: "N-Triples", rdf: "RDF/XML" };
const labelledFormats = { csv: "CSV", tsv: "TSV", xlsx: "XLSX" };

let asked = null;
let results = null;

const editor = openEditor(at("query"), { start, onRun: run, onEdit: () => {} });
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.id === "share") share();
  else run();
});
stop.addEventListener("click", () => asked?.abort());
at("examples").addEventListener("click", (event) => {
  const link = event.target.closest("[data-example]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  insertExample(link.dataset.example, link.textContent);
});

const version = () => form.elements.version?.value.trim() ?? "";
const fields = () => ({ query: editor.text, ...(version() ? { version: version() } : {}) });
const link = () => `${start.endpoint}?${new URLSearchParams(fields())}`;

async function run() {
  asked?.abort();
  const mine = asked = new AbortController();
  editor.unmark();
  at("problem").replaceChildren();
  status.textContent = words.running;
  stop.hidden = false;
  const begun = performance.now();
  const here = link();
  try {
    const response = await fetch(start.endpoint, {
      method: "POST", headers: { Accept: ACCEPT }, body: new URLSearchParams(fields()), signal: mine.signal,
    });
    if (!response.ok) {
      status.textContent = "";
      at("answer").hidden = true;
      showProblem(at("problem"), await problemOf(response), editor);
      return;
    }
    const text = await response.text();
    const seconds = ((performance.now() - begun) / 1000).toFixed(2);
    const type = response.headers.get("Content-Type").split(";")[0];
    const answer = read(text, type, here);
    status.textContent = answer.kind !== "bindings" ? fill(words.answered, { seconds })
      : `${count(answer.json.results.bindings.length, words.rows)} ${fill(words.took, { seconds })}`;
    if (here.length < LONGEST_ADDRESS && !location.pathname.startsWith("/share/")) history.replaceState(null, "", here);
    await show(answer, cutWords(response.headers.get("Cebu-Truncated")));
  } catch (error) {
    if (asked !== mine) return;
    status.textContent = error.name === "AbortError" ? words.stopped : "";
    if (error.name === "AbortError") return;
    const [title, next] = error instanceof SyntaxError
      ? [words.unreadable, words.unreadableNext] : [words.unreachable, words.unreachableNext];
    showProblem(at("problem"), { title, detail: error.message, next }, editor);
  } finally {
    if (asked === mine) stop.hidden = true;
  }
}

function read(text, type, here) {
  if (type !== JSON_RESULTS) return { text, type, kind: "graph", link: here };
  const json = JSON.parse(text);
  return { text, type, json, kind: "boolean" in json ? "boolean" : "bindings", link: here };
}

async function show(answer, cut) {
  at("answer").hidden = false;
  const isEmpty = answer.kind === "bindings" && !answer.json.results.bindings.length;
  offer(answer);
  if (isEmpty) {
    results = null;
    await explain();
    return;
  }
  const { Results } = await import("./workbench/results.js");
  if (!results) {
    const place = make("div");
    at("shown").replaceChildren(make("p", { className: "hint", hidden: true }), place);
    results = new Results(place, start);
  }
  const note = at("shown").querySelector(".hint");
  note.textContent = cut ?? "";
  note.hidden = !cut;
  await results.show(answer);
}

// Asks the server why there are no rows, and says it.
async function explain() {
  const reason = make("p", {}, words.whyUnknown);
  at("shown").replaceChildren(make("p", {}, words.empty), reason);
  const body = new URLSearchParams({ ...fields(), explain: "empty" });
  const response = await fetch(start.endpoint, { method: "POST", headers: { Accept: "application/json" }, body });
  if (!response.ok) return;
  const why = await response.json();
  if (!why.reason) return;
  reason.textContent = fill(words.why, { reason: why.reason });
  if (why.matches_alone) reason.after(make("p", {}, words.alone));
}

function offer(answer) {
  const to = (more) => (key, label) => make("a", { href: `${answer.link}${more}&format=${key}` }, label);
  const listed = (offered, more = "") => Object.entries(offered).map(([key, label]) => to(more)(key, label));
  at("taken").replaceChildren(
    make("div", { className: "bar" }, make("p", {}, make("a", { href: answer.link }, words.link))),
    bar(words.download, ...listed(answer.kind === "graph" ? graphFormats : formats)),
    ...(answer.kind === "bindings" ? [bar(words.labelled, ...listed(labelledFormats, "&labels=true"))] : []),
  );
}

async function share() {
  status.textContent = words.sharing;
  const view = results?.view ?? start.view;
  const response = await fetch("/share", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ ...fields(), ...(view ? { view } : {}) }),
  }).catch(() => null);
  if (!response?.ok) {
    status.textContent = "";
    const problem = response ? await problemOf(response) : { title: words.unreachable, next: words.unreachableNext };
    showProblem(at("problem"), problem, editor);
    return;
  }
  const { address } = await response.json();
  status.replaceChildren(`${words.shared} `, make("a", { href: address, id: "shared" }, address));
  try {
    await navigator.clipboard.writeText(address);
    status.append(` ${words.copied}`);
  } catch {
    // Not every browser lets a page write there; the address can be copied by hand.
  }
}

async function insertExample(name, title) {
  const response = await fetch(`/queries/${encodeURIComponent(name)}?format=rq`).catch(() => null);
  if (!response?.ok) {
    location.assign(`/queries/${encodeURIComponent(name)}`);
    return;
  }
  editor.text = (await response.text()).trim() + "\n";
  at("examples").open = false;
  at("problem").replaceChildren();
  status.textContent = fill(words.inserted, { title });
  editor.focus();
}

if (start.problem) showProblem(at("problem"), start.problem, editor);
if (start.answer) {
  const text = JSON.stringify(start.answer);
  const rows = start.answer.results?.bindings.length.toLocaleString("en");
  show(read(text, JSON_RESULTS, link()), start.cut && fill(words.pageCut, { rows }));
} else if (start.run) {
  run();
} else if (!at("answer").hidden) {
  status.textContent = words.more;
}
