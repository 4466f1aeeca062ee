// Answers as the pictures take them, and what their values are.

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set([
  "integer", "decimal", "double", "float", "int", "long", "short", "byte", "nonNegativeInteger",
  "positiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
].map((name) => XSD + name));
const DATES = new Set(["date", "dateTime", "dateTimeStamp", "gYearMonth"].map((name) => XSD + name));
const YEAR = XSD + "gYear";

// From SPARQL 1.1 Query Results JSON. `labels` maps an IRI to { label, href }, as a Map or an object.
export function fromSparqlJson(json, labels = {}) {
  const known = labels instanceof Map ? labels : new Map(Object.entries(labels));
  const rows = (json.results?.bindings ?? []).map((binding) => {
    const row = {};
    for (const [name, term] of Object.entries(binding)) row[name] = cell(term, known);
    return row;
  });
  return { variables: json.head?.vars ?? [], rows };
}

function cell(term, labels) {
  if (term.type === "uri") return { type: "uri", value: term.value, ...labels.get(term.value) };
  if (term.type === "bnode") return { type: "bnode", value: term.value };
  const made = { type: "literal", value: term.value };
  if (term.datatype) made.datatype = term.datatype;
  if (term["xml:lang"]) made.lang = term["xml:lang"];
  return made;
}

// What people read for a value.
export function text(value) {
  if (!value) return "";
  if (value.label) return value.label;
  return value.type === "uri" ? lastPart(value.value) : value.value;
}

export const key = (value) => (value ? `${value.type} ${value.value}` : "");

export const number = (value) => (value ? Number(value.value) : NaN);

// A date as milliseconds: of a whole year or month its first day, or its last for an end.
export function instant(value, isEnd = false) {
  if (!value) return NaN;
  const match = /^(-?\d{4,})(?:-(\d\d))?(?:-(\d\d))?/.exec(value.value);
  if (!match) return NaN;
  const [year, month, day] = match.slice(1).map((part) => (part ? Number(part) : null));
  if (day !== null) return Date.UTC(year, month - 1, day) + (isEnd ? 86_400_000 : 0);
  if (month !== null) return Date.UTC(year, isEnd ? month : month - 1, 1);
  return Date.UTC(isEnd ? year + 1 : year, 0, 1);
}

// The kind of a variable's values: thing, number, year, date, text; null if they are mixed.
export function kind(result, name) {
  let found;
  for (const row of result.rows) {
    if (!row[name]) continue;
    const here = kindOfCell(row[name]);
    if (found === undefined || found === here) found = here;
    else if ([found, here].every((item) => item === "year" || item === "number")) found = "number";
    else return null;
  }
  return found ?? null;
}

function kindOfCell({ type, value, datatype }) {
  if (type !== "literal") return "thing";
  if (datatype === YEAR) return "year";
  if (DATES.has(datatype)) return "date";
  if (!NUMBERS.has(datatype)) return "text";
  return /^(?:19|20)\d\d$/.test(value) && datatype === XSD + "integer" ? "year" : "number";
}

export const distinct = (result, name) => new Set(result.rows.map((row) => key(row[name]))).size;

export const isFilled = (result, name) => result.rows.every((row) => row[name]);

// `coLeads` and `in2020` as people read them: "Co leads", "In 2020".
export function heading(name) {
  const spaced = name.replaceAll(/([a-z\d])([A-Z])|([a-z])(?=\d)/g, (_, before, after, letter) => (letter ? `${letter} ` : `${before} ${after}`)).replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function lastPart(iri) {
  const part = iri.replace(/[/#]+$/, "").split(/[/#]/).at(-1) || iri;
  return part.replaceAll("-", " ").replaceAll("_", " ");
}
