// Which variable of an answer stands where in a picture: as its question says (`view:` in the head),
// or, for any query, by the kinds of the values. Null if the picture cannot be drawn.
//
// chart: x, y (or several), series; timeline: label, start, end, group; map: state, and value or
// category; network: source, target, link.
import { distinct, instant, isFilled, key, kind, number } from "./result.js";
import { stateOf } from "./states.js";

const MOST_BARS = 120;
const MOST_SERIES = 20;
const MOST_CATEGORIES = 9;

const isNumeric = (result, name) => ["number", "year"].includes(kind(result, name));
const isTime = (result, name) => ["year", "date"].includes(kind(result, name));
const has = (result, ...names) => names.every((name) => !name || result.variables.includes(name));
const list = (names) => (Array.isArray(names) ? names : [names]);

export function chartRoles(result, given) {
  if (!result.rows.length) return null;
  const { variables } = result;
  if (given) {
    const y = list(given.y);
    const fits = has(result, given.x, given.series, ...y) && y.every((name) => isNumeric(result, name));
    return fits ? { x: given.x, y, series: given.series } : null;
  }
  const y = variables.findLast((name) => kind(result, name) === "number");
  if (!y) return null;
  const others = variables.filter((name) => name !== y && kind(result, name) !== "number" && isFilled(result, name));
  const x = others.find((name) => kind(result, name) === "year") ?? named(result, others);
  if (!x || distinct(result, x) > MOST_BARS) return null;
  if (isUnique(result, [x])) return { x, y: [y] };
  const series = others.find(
    (name) => name !== x && distinct(result, name) <= MOST_SERIES && isUnique(result, [x, name]),
  );
  return series ? { x, y: [y], series } : null;
}

export function timelineRoles(result, given) {
  if (given) {
    const fits = has(result, given.label, given.start, given.end, given.group)
      && isTime(result, given.start) && (!given.end || isTime(result, given.end));
    return fits ? given : null;
  }
  const times = result.variables.filter((name) => isTime(result, name));
  const label = named(result, result.variables.filter((name) => isFilled(result, name)));
  const [start, second] = times;
  if (!start || !label) return null;
  const isEnd = second && result.rows.every(
    (row) => !row[start] || !row[second] || instant(row[start]) <= instant(row[second], true),
  );
  return isEnd ? { label, start, end: second } : { label, start };
}

export function mapRoles(result, given) {
  const inStates = (name) =>
    result.rows.length > 0 && result.rows.every((row) => !row[name] || stateOf(row[name]))
    && new Set(result.rows.map((row) => stateOf(row[name])).filter(Boolean)).size > 1;
  if (given) {
    const fits = has(result, given.state, given.value, given.category)
      && inStates(given.state) && (!given.value || isNumeric(result, given.value));
    return fits ? given : null;
  }
  const state = result.variables.find(inStates);
  if (!state) return null;
  const others = result.variables.filter((name) => name !== state);
  if (isUnique(result, [state])) {
    const value = others.find((name) => kind(result, name) === "number" && isFilled(result, name));
    if (value) return { state, value };
  }
  const category = others.find((name) => {
    const size = distinct(result, name);
    return ["text", "thing"].includes(kind(result, name)) && size > 1 && size <= MOST_CATEGORIES;
  });
  return category ? { state, category } : null;
}

export function networkRoles(result, given) {
  if (given) return has(result, given.source, given.target, given.link) && result.rows.length ? given : null;
  const things = result.variables.filter((name) => kind(result, name) === "thing");
  const source = things[0];
  const target = things.slice(1).find((name) =>
    result.rows.some((row) => row[source] && row[name] && key(row[name]) !== key(row[source])));
  return target ? { source, target } : null;
}

// The first variable whose values name a row for people: things before texts.
function named(result, names) {
  return names.find((name) => kind(result, name) === "thing") ?? names.find((name) => kind(result, name) === "text");
}

function isUnique(result, names) {
  const seen = new Set(result.rows.map((row) => names.map((name) => key(row[name])).join("\n")));
  return seen.size === result.rows.length;
}

export const total = (rows, name) => rows.reduce((sum, row) => sum + (number(row[name]) || 0), 0);
