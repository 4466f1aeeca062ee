// Bars of things, columns of years, and, for several series, a panel each: panels are told apart by
// their names, so no colour is needed to read them.
import { axisX, axisY, barX, cell, barY, dot, gridX, gridY, lineY, ruleX, ruleY, text as words_ } from "@observablehq/plot";
import { heading, key, kind, number, text } from "./result.js";
import { colour, LETTER, LINE, plotted, short } from "./plotted.js";

const NARROW = 560;
const BAR = 22;
const MOST_BARS = 4;

export function draw(result, { roles, title, width, words }) {
  const points = long(result, roles);
  const isByYear = kind(result, roles.x) === "year";
  const series = new Set(points.map((point) => point.series)).size;
  const make = isByYear ? byYear : series > MOST_BARS ? asMatrix : byThing;
  const unit = roles.y.length === 1 ? heading(roles.y[0]) : null;
  const needed = [roles.x, ...(roles.series ? [roles.series] : [])];
  const without = result.rows.filter((row) =>
    needed.some((name) => !row[name]) || roles.y.every((name) => !row[name])).length;
  return { svg: plotted(make(points, { width, unit, words }), { title }), without };
}

// One point a value: several columns of numbers become series, named by their columns.
function long(result, { x, y, series }) {
  return result.rows.filter((row) => row[x] && (!series || row[series])).flatMap((row) =>
    y.filter((name) => row[name]).map((name) => ({
      x: text(row[x]),
      id: key(row[x]),
      href: row[x]?.href ?? null,
      y: number(row[name]),
      series: series ? text(row[series]) : y.length > 1 ? heading(name) : "",
    })));
}

const unique = (values) => [...new Set(values)];
const count = (value) => value.toLocaleString(document.documentElement.lang || "en");

function byYear(points, { width, unit, words }) {
  const data = points.map((point) => ({ ...point, year: Number(point.x) }));
  const [first, last] = [Math.min(...data.map((d) => d.year)), Math.max(...data.map((d) => d.year))];
  const years = Array.from({ length: last - first + 1 }, (_, step) => first + step);
  const series = unique(data.map((d) => d.series)).sort();
  const isPanelled = series.length > 1;
  const room = Math.min(160, LETTER * Math.max(...series.map((name) => name.length)) + 16);
  const step = Math.ceil((years.length * 44) / (width - room));
  const isDense = years.length > 40;
  const facet = isPanelled ? { fy: "series" } : {};
  const marks = isDense
    ? [lineY(data, { x: "year", y: "y", stroke: "var(--series-1)", strokeWidth: 2, ...facet }),
       dot(data, { x: "year", y: "y", r: 2.5, fill: "var(--series-1)", title: about, ...facet })]
    : [barY(data, { x: "year", y: "y", fill: "var(--series-1)", inset: 1, title: about, ...facet }),
       words_(data, { x: "year", y: "y", text: (d) => count(d.y), dy: -7, className: "value", ...facet })];
  return {
    width,
    height: isPanelled ? 70 + series.length * 58 : 320,
    marginLeft: 44,
    marginRight: isPanelled ? room : 16,
    marginBottom: 40,
    marginTop: 28,
    x: isDense ? { label: words.year, tickFormat: String } : { type: "band", domain: years, label: words.year },
    y: { label: unit, grid: !isPanelled, nice: true, ticks: isPanelled ? 2 : 6, insetTop: isPanelled ? 14 : 0 },
    fy: { domain: series, label: null, padding: 0.12 },
    marks: [
      ...(isPanelled ? [] : [gridY()]),
      axisX(isDense ? { label: words.year, tickFormat: String }
        : { label: words.year, tickFormat: String, ticks: years.filter((year) => (year - first) % step === 0) }),
      axisY({ label: unit, ticks: isPanelled ? 2 : 6, tickFormat: "~s" }),
      ...marks,
      ruleY([0]),
    ],
  };
}

// Too many series for bars: a row a thing, a column a series, each number in a cell of its shade.
function asMatrix(points, { width }) {
  const things = unique(points.map((d) => d.id));
  const names = things.map((id) => points.find((d) => d.id === id));
  const series = unique(points.map((d) => d.series)).sort();
  const isNarrow = width < NARROW;
  const longest = Math.max(...points.map((d) => d.x.length)) * LETTER + 12;
  const room = isNarrow ? 8 : Math.min(longest, width * 0.4);
  const head = Math.min(110, LETTER * Math.max(...series.map((item) => item.length)) + 12);
  const most = Math.max(1, ...points.map((d) => d.y));
  const shade = (d) => `var(--map-${Math.ceil((d.y / most) * 5)})`;
  const each = BAR + 4 + (isNarrow ? LINE + 4 : 0);
  const inset = isNarrow ? { insetTop: LINE + 6 } : {};
  const label = isNarrow
    ? { textAnchor: "start", frameAnchor: "left", dx: 2, dy: -(BAR / 2) }
    : { textAnchor: "end", frameAnchor: "left", dx: -6 };
  return {
    width,
    height: head + 16 + things.length * each,
    marginLeft: room,
    marginRight: 8,
    marginTop: head + 8,
    marginBottom: 8,
    x: { type: "band", domain: series, label: null, padding: 0.05 },
    y: { type: "band", domain: things, axis: null, padding: 0.08 },
    marks: [
      axisX({ anchor: "top", label: null, tickRotate: -90, tickSize: 0, tickFormat: (name) => short(name, 104) }),
      cell(points, { x: "series", y: "id", fill: shade, title: about, ...inset }),
      words_(points, {
        x: "series", y: "id", text: (d) => count(d.y), dy: isNarrow ? (LINE + 6) / 2 : 0, className: "value",
        fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 3, title: about,
      }),
      words_(names, { y: "id", text: (d) => short(d.x, isNarrow ? width - 20 : room - 8), href: "href", title: "x", className: "name", ...label }),
    ],
  };
}

function byThing(points, { width, unit }) {
  const things = unique(points.map((d) => d.id));
  const byId = new Map(points.map((d) => [d.id, d]));
  const series = unique(points.map((d) => d.series));
  const isNarrow = width < NARROW;
  const longest = Math.max(...points.map((d) => d.x.length)) * LETTER + 12;
  const room = isNarrow ? 8 : Math.min(longest, width * 0.42);
  const isGrouped = series.length > 1;
  const names = things.map((id) => byId.get(id));
  const most = Math.max(0, ...points.map((d) => d.y));
  const label = isNarrow
    ? { textAnchor: "start", frameAnchor: "left", dy: -(BAR / 2 + 3), dx: 2 }
    : { textAnchor: "end", frameAnchor: "left", dx: -6 };
  const shared = { width, marginTop: 34, marginBottom: 36, marginRight: 52, x: { label: unit, domain: [0, most || 1], nice: true, tickFormat: "~s" } };
  const axis = axisX({ anchor: "top", label: unit, tickFormat: "~s", ticks: Math.max(2, Math.floor((width - room) / 110)) });
  const name = (d) => short(d.x, isNarrow ? width - 20 : room - 8);
  if (!isGrouped) {
    const each = BAR + (isNarrow ? LINE + 4 : 4);
    return {
      ...shared,
      height: 70 + things.length * each,
      marginLeft: room,
      y: { type: "band", domain: things, axis: null, padding: isNarrow ? 0.5 : 0.2 },
      marks: [
        gridX(), axis,
        barX(points, { x: "y", y: "id", fill: "var(--series-1)", title: about, insetTop: isNarrow ? 6 : 0 }),
        words_(points, { x: "y", y: "id", text: (d) => count(d.y), textAnchor: "start", dx: 5, dy: isNarrow ? 3 : 0, className: "value" }),
        words_(names, { y: "id", text: name, href: "href", title: "x", className: "name", ...label }),
        ruleX([0]),
      ],
    };
  }
  // Groups: a panel a thing, a bar a series, each with its name beside its number.
  const each = series.length * BAR + (isNarrow ? LINE + 18 : 14);
  const head = isNarrow ? { ...label, frameAnchor: "top-left", dy: 8 } : label;
  return {
    ...shared,
    height: 70 + things.length * each,
    marginLeft: room,
    marginRight: 60 + Math.min(140, LETTER * Math.max(...series.map((item) => item.length))),
    y: { type: "band", domain: series, axis: null, padding: 0.15, insetTop: isNarrow ? LINE + 10 : 0 },
    fy: { domain: things, axis: null, padding: 0.08 },
    marks: [
      axis,
      barX(points, { x: "y", y: "series", fy: "id", fill: (d) => colour(series.indexOf(d.series)), title: about }),
      words_(points, { x: "y", y: "series", fy: "id", text: (d) => `${d.series}: ${count(d.y)}`, textAnchor: "start", dx: 5, className: "value" }),
      words_(names, { fy: "id", text: name, href: "href", title: "x", className: "name", ...head }),
      ruleX([0]),
    ],
  };
}

const about = (d) => [d.x, d.series, count(d.y)].filter(Boolean).join(", ");
