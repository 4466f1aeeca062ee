// Suggestions while one types: our prefixes, and the classes, properties and things of this graph.
// The ones that come with Yasqe ask other servers and are taken away.
import { Yasqe } from "@zazuko/yasqe";
import { make } from "./dom.js";
import { count, words } from "./words.js";

const LEAST = 3;
const WAIT = 120;
const CLASS_OF = new Set(["a", "rdf:type", "rdfs:subClassOf", "rdfs:domain", "rdfs:range"]);
const NAMES_NOTHING = new Set(["comment", "string", "keyword", "number", "atom"]);

export function useOwnCompleters({ prefixes }) {
  const known = Object.entries(prefixes).map(([name, address]) => `${name}: <${address}>`);
  Yasqe.defaults.autocompleters = ["variables", "prefixes", "terms"];
  for (const name of ["class", "property"]) delete Yasqe.Autocompleters[name];
  Yasqe.Autocompleters.prefixes = {
    ...Yasqe.Autocompleters.prefixes, get: () => known, persistenceId: null,
  };
  Yasqe.Autocompleters.terms = terms(prefixes);
}

function terms(prefixes) {
  let found = new Map();
  let asked = null;
  return {
    name: "terms",
    bulk: false,
    autoShow: true,
    persistenceId: null,
    isValidCompletionPosition: (yasqe) => kindAt(yasqe) !== null,
    async get(yasqe, token) {
      const typed = token.string.trim();
      const kind = kindAt(yasqe);
      asked?.abort();
      asked = new AbortController();
      const { signal } = asked;
      try {
        await new Promise((resolve) => { setTimeout(resolve, WAIT); });
        if (signal.aborted || kind === null) return [];
        const q = typed.replaceAll(/^<|>$/g, "").slice(0, 100);
        const address = `/sparql/complete?${new URLSearchParams({ kind, q })}`;
        const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
        if (!response.ok) return [];
        const { results } = await response.json();
        const namespace = prefixes[/^([\w-]*):/.exec(typed)?.[1]];
        const within = results.filter((item) => namespace && item.iri.startsWith(namespace));
        const listed = within.length ? within : results;
        found = new Map(listed.map((item) => [item.name ?? `<${item.iri}>`, { ...item, kind }]));
        return [...found.keys()];
      } catch (error) {
        if (error.name === "AbortError") return [];
        throw error;
      }
    },
    postProcessSuggestion: (yasqe, token, text) => text,
    postprocessHints: (yasqe, hints) => hints.map((hint) => ({
      ...hint,
      className: "term-hint",
      render: (element) => describe(element, hint.text, found.get(hint.text)),
      hint: (editor, data) => insert(yasqe, editor, { from: data.from, to: data.to, text: hint.text }, prefixes),
    })),
  };
}

// What can stand where the cursor is: class, property or thing; null if none of them.
function kindAt(yasqe) {
  const cursor = yasqe.getDoc().getCursor();
  const here = yasqe.getTokenAt(cursor);
  if (NAMES_NOTHING.has(here.type)) return null;
  const token = yasqe.getCompleteToken();
  const typed = token.string.trim();
  if (/^[?$"'#{}()[\].;,|/^*+!=&0-9-]/.test(typed)) return null;
  const isAsked = isAskedFor(yasqe);
  if (!isAsked && typed.replaceAll(/^<|.*:/g, "").length < LEAST) return null;
  const previous = yasqe.getPreviousNonWsToken(cursor.line, token);
  if (/^(prefix|base)$/i.test(previous?.string) || token.state.inPrefixDecl) return null;
  if (CLASS_OF.has(previous?.state?.lastProperty) && !isPredicate(token)) return "class";
  if (isPredicate(token)) return "property";
  return typed || isAsked ? "thing" : null;
}

const isPredicate = (token) => token.state.possibleCurrent.includes("a");

// Ctrl-Space asks for suggestions wherever one is; typing does from the third character on.
let isAskedNow = false;
const isAskedFor = (yasqe) => isAskedNow || yasqe.state.completionActive?.widget?.isAsked === true;
export function suggest(yasqe) {
  isAskedNow = true;
  try {
    yasqe.autocomplete();
  } finally {
    setTimeout(() => { isAskedNow = false; }, 2 * WAIT);
  }
}

function insert(yasqe, editor, hint, prefixes) {
  const prefix = /^([\w-]+):/.exec(hint.text)?.[1];
  editor.operation(() => {
    editor.replaceRange(hint.text, hint.from, hint.to, "complete");
    if (prefix in prefixes && !(prefix in yasqe.getPrefixesFromQuery())) {
      yasqe.addPrefixes({ [prefix]: prefixes[prefix] });
    }
  });
}

function describe(element, text, item) {
  if (!item) {
    element.append(text);
    return;
  }
  const about = [item.of, item.uses === null ? null
    : count(item.uses, item.kind === "class" ? words.things : words.uses)];
  element.append(
    make("span", { className: "hint-label" }, item.label),
    make("span", { className: "hint-name" }, item.name ?? item.iri.replace(/^.*\/id\//, "")),
    make("span", { className: "hint-about" }, about.filter(Boolean).join(", ")),
    ...(item.definition ? [make("span", { className: "hint-definition" }, item.definition)] : []),
  );
}
