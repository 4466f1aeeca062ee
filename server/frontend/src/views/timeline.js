// A lane a thing: a bar from its first to its last day, a point for a single day, an arrow where no
// end is given; by group if there is one, each under its name.
import { axisX, barX, dot, gridX, text as words_ } from "@observablehq/plot";
import { heading, instant, key, kind, text } from "./result.js";
import { legend, LETTER, LINE, plotted, short } from "./plotted.js";

const NARROW = 560;
const LANE = 22;
const MOST_LANES = 200;
const MANY = 25;
const DAY = 86_400_000;

export function draw(result, { roles, title, width, words }) {
  const all = spans(result, roles);
  const shown = all.slice(0, MOST_LANES);
  const lanes = laid(shown);
  const isNarrow = width < NARROW;
  const longest = Math.max(...shown.map((d) => d.name.length), 1) * LETTER + 12;
  const room = isNarrow ? 18 : Math.min(longest, width * 0.42);
  const each = LANE + (isNarrow ? LINE + 2 : 0);
  const things = lanes.filter((lane) => !lane.isHead);
  const rows = [...new Set(lanes.map((lane) => lane.lane))];
  const isLong = rows.length > MANY;
  const first = new Map(things.toReversed().map((thing) => [thing.lane, thing]));
  const isDay = (d) => d.end - d.start < 32 * DAY;
  const name = (d) => short(d.name, isNarrow ? width - 24 : room - 8);
  const place = isNarrow
    ? { frameAnchor: "left", textAnchor: "start", dx: -14, dy: 9 - each / 2 }
    : { frameAnchor: "left", textAnchor: "end", dx: -6 };
  const years = (anchor) => axisX({ anchor, label: words.year, ticks: Math.max(2, Math.floor((width - room) / 70)), tickFormat: year });
  const svg = plotted({
    width,
    height: (isLong ? 88 : 64) + rows.length * each,
    marginLeft: room,
    marginRight: 28,
    marginTop: 40,
    marginBottom: isLong ? 40 : 16,
    x: { type: "utc", domain: extent(shown), label: words.year },
    y: { type: "band", domain: rows, axis: null, padding: isNarrow ? 0.1 : 0.3 },
    marks: [
      gridX({ ticks: "year" }),
      years("top"),
      ...(isLong ? [years("bottom")] : []),
      barX(things.filter((d) => !isDay(d)), {
        x1: "start", x2: "end", y: "lane", fill: "var(--series-1)", title: (d) => about(d, words),
        insetTop: isNarrow ? LINE + 1 : 0, rx: 2,
      }),
      dot(things.filter((d) => isDay(d) && !d.isOpen), {
        x: "start", y: "lane", r: 5, dy: isNarrow ? LINE / 2 : 0, fill: "var(--series-2)", symbol: "diamond", title: (d) => about(d, words),
      }),
      words_(things.filter((d) => d.isOpen), {
        x: "start", y: "lane", text: () => "▶ …", textAnchor: "start", dy: isNarrow ? LINE / 2 : 0, title: (d) => about(d, words), className: "value",
      }),
      words_([...first.values()], { y: "lane", text: name, href: "href", title: "name", className: "name", ...place }),
      words_(lanes.filter((lane) => lane.isHead), {
        y: "lane", text: (d) => short(d.name, width - 40), frameAnchor: "left", textAnchor: "start", dx: isNarrow ? -14 : 4 - room, className: "group",
      }),
    ],
  }, { title });
  const signs = [
    [things.some((d) => !isDay(d)), { text: words.span, fill: "var(--series-1)" }],
    [things.some((d) => isDay(d) && !d.isOpen), { text: words.moment, fill: "var(--series-2)", symbol: "diamond" }],
    [things.some((d) => d.isOpen), { text: words.endless, fill: "var(--ink)", symbol: "arrow" }],
  ].filter(([isThere]) => isThere).map(([, sign]) => sign);
  return { svg, legend: legend(signs), without: result.rows.length - all.length, cut: all.length > shown.length ? { shown: shown.length, all: all.length } : null };
}

function spans(result, { label, start, end, group, thing }) {
  const isYears = kind(result, start) === "year";
  return result.rows
    .filter((row) => row[start])
    .map((row, order) => {
      const from = instant(row[start]);
      const given = end ? row[end] : null;
      const to = given ? instant(given, true) : isYears || !end ? instant(row[start], true) : from;
      return {
        name: text(row[label]),
        href: (row[thing] ?? row[label])?.href ?? null,
        id: key(row[thing] ?? row[label]),
        group: group ? text(row[group]) || heading(group) : "",
        start: new Date(from),
        end: new Date(Math.max(from, to)),
        said: [row[start].value, given?.value],
        isOpen: Boolean(end) && !given,
        order,
      };
    });
}

// Lanes by group in the answer's order, within a group by time; a thing said twice has one lane.
function laid(items) {
  const groups = Map.groupBy ? Map.groupBy(items, (item) => item.group) : grouped(items);
  return [...groups].flatMap(([name, members]) => {
    const sorted = members.toSorted((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    const head = name ? [{ isHead: true, name, lane: `group ${name}` }] : [];
    const seen = new Set();
    return [...head, ...sorted.map((item) => ({ ...item, lane: `${name} ${item.id || item.order}` })).filter((item) => {
      const said = `${item.lane} ${item.said}`;
      return !seen.has(said) && seen.add(said);
    })];
  });
}

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return groups;
}

function extent(items) {
  const first = new Date(Math.min(...items.map((item) => item.start)));
  const last = new Date(Math.max(...items.map((item) => item.end)));
  // A span ends with its last day, which for a year is the first moment of the next.
  const end = new Date(last.getTime() - 1).getUTCFullYear() + 1;
  return [new Date(Date.UTC(first.getUTCFullYear(), 0, 1)), new Date(Date.UTC(end, 0, 1))];
}

const year = (value) => (value.getUTCMonth() === 0 ? String(value.getUTCFullYear()) : "");

function about({ name, said: [from, to], isOpen }, words) {
  if (isOpen) return `${name}: ${words.from} ${from}, ${words.open}`;
  return !to || to === from ? `${name}: ${from}` : `${name}: ${words.from} ${from}, ${words.to} ${to}`;
}
