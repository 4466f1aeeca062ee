// The table of an answer: labels beside addresses, sorted by its heads, filtered, a page at a time.
import { make } from "./dom.js";
import { labels, learn } from "./labels.js";
import { fill, words } from "./words.js";

const PAGE = 100;
const collator = new Intl.Collator("en", { numeric: true });

export function drawTable(element, json) {
  const names = json.head.vars;
  const rows = json.results.bindings;
  let found = rows;
  let first = 0;
  let order = null;

  const id = "filter-rows";
  const filter = make("input", { id, type: "search", autocomplete: "off", spellcheck: false });
  const status = make("p", { role: "status" });
  const body = make("tbody");
  const heads = names.map((name) => {
    const button = make("button", { type: "button", className: "sort" }, name);
    button.addEventListener("click", () => sortBy(name));
    return make("th", { scope: "col" }, button);
  });
  const region = make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": words.rowsOf },
    make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body));
  const turn = (text, step) => {
    const button = make("button", { type: "button", className: "quiet" }, text);
    button.addEventListener("click", () => {
      first = Math.max(0, first + step);
      paint();
      region.scrollTop = 0;
    });
    return button;
  };
  const [back, on] = [turn(words.previous, -PAGE), turn(words.next, PAGE)];
  const pager = make("nav", { className: "bar pager", "aria-label": words.pages }, back, on);

  const read = (term) => (term ? labels.get(term.value)?.label ?? term.value : "");
  const value = (row, name) => {
    const term = row[name];
    const isNumber = term?.type === "literal" && /#(integer|decimal|double|float|int|long|gYear)$/.test(term.datatype ?? "");
    return isNumber ? Number(term.value) : read(term);
  };
  function compare(a, b, name) {
    const [left, right] = [value(a, name), value(b, name)];
    if (typeof left === "number" && typeof right === "number") return left - right;
    return collator.compare(left, right);
  }
  function sortBy(name) {
    order = order?.name === name ? { name, down: !order.down } : { name, down: false };
    heads.forEach((head, place) => {
      if (names[place] === name) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    choose();
  }
  function choose() {
    const wanted = filter.value.trim().toLowerCase();
    const has = (term) => term && (read(term).toLowerCase().includes(wanted) || term.value.toLowerCase().includes(wanted));
    found = wanted ? rows.filter((row) => names.some((name) => has(row[name]))) : [...rows];
    if (order) found.sort((a, b) => (order.down ? -1 : 1) * compare(a, b, order.name));
    first = 0;
    paint();
  }
  function paint() {
    if (first >= found.length) first = Math.max(0, found.length - (found.length % PAGE || PAGE));
    const shown = found.slice(first, first + PAGE);
    body.replaceChildren(...shown.map((row) => make("tr", {}, ...names.map((name) => cell(row[name])))));
    const numbers = {
      first: (first + 1).toLocaleString("en"),
      last: (first + shown.length).toLocaleString("en"),
      found: found.length.toLocaleString("en"),
      all: rows.length.toLocaleString("en"),
    };
    status.textContent = !found.length ? words.none
      : fill(found.length === rows.length ? words.shown : words.filtered, numbers);
    pager.hidden = found.length <= PAGE;
    back.disabled = first === 0;
    on.disabled = first + PAGE >= found.length;
    // Of very long answers the names come with the page that shows them.
    const unknown = shown.flatMap((row) => Object.values(row))
      .filter((term) => term.type === "uri" && !labels.has(term.value)).map((term) => term.value);
    if (unknown.length) learn(unknown).then((came) => { if (came && body.isConnected) paint(); }, () => {});
  }

  filter.addEventListener("input", choose);
  element.replaceChildren(
    make("div", { className: "rows" }, make("label", { htmlFor: id }, words.filter), filter, status),
    region, pager,
  );
  paint();
}

function cell(term) {
  if (!term) return make("td");
  if (term.type === "uri") return make("td", {}, ...thing(term.value));
  const text = make("span", { className: "text" }, term.value);
  if (term["xml:lang"]) text.lang = term["xml:lang"];
  if (term.datatype) text.title = term.datatype;
  return make("td", {}, text);
}

function thing(iri) {
  const known = labels.get(iri);
  const short = make("span", { className: "iri", title: iri }, known?.short ?? iri);
  if (!known) return [short];
  const name = known.href ? make("a", { href: known.href }, known.label) : known.label;
  return [name, " ", short];
}
