// The member states, each with its number or the sign of its category: the shade only repeats what
// is written there. The smallest have a dot.
import { dot, geo, link, text as words_ } from "@observablehq/plot";
import { feature } from "topojson-client";
import geometry from "asean-geometry";
import { heading, key, number, text } from "./result.js";
import { colour, legend, plotted } from "./plotted.js";
import { stateOf, states } from "./states.js";

const NARROW = 560;
const SHADES = 5;
const RATIO = 0.78;
const SOUTH_WEST = [92, -10.8];
const NORTH_EAST = [141.2, 28.4];
const shapes = new Map(
  feature(geometry.states, geometry.states.objects.countries).features.map((item) => [item.id, item]));
const neighbours = feature(geometry.neighbours, geometry.neighbours.objects.countries);

export function draw(result, { roles, title, width }) {
  const isNarrow = width < NARROW;
  const { found, items } = roles.value ? valued(result, roles) : categorised(result, roles);
  const places = [...states].map(([slug, state]) => ({
    ...state,
    shape: shapes.get(state.number),
    ...(found.get(slug) ?? { said: "", about: state.name, fill: "var(--map-none)" }),
  }));
  for (const place of places) place.shape = { ...place.shape, properties: place };
  const small = places.filter((place) => place.isSmall);
  const name = (place) => (isNarrow ? place.said : `${place.name}${place.said && `\n${place.said}`}`);
  const svg = plotted({
    width,
    height: Math.round(width * RATIO),
    margin: 0,
    projection: { type: "mercator", domain: box(), inset: 4 },
    marks: [
      geo(neighbours, { fill: "var(--map-other)", stroke: "var(--map-line)", strokeWidth: 0.5 }),
      geo(places.map((place) => place.shape), {
        fill: ({ properties }) => properties.fill, stroke: "var(--map-line)", strokeWidth: 1,
        title: ({ properties }) => properties.about,
      }),
      dot(small, {
        x: (d) => d.at[0], y: (d) => d.at[1], r: 5, fill: "fill", stroke: "var(--map-ink)", strokeWidth: 1.5, title: "about",
      }),
      link(small, {
        x1: (d) => d.at[0], y1: (d) => d.at[1], x2: (d) => d.write[0], y2: (d) => d.write[1], stroke: "var(--map-ink)", strokeWidth: 0.75,
      }),
      words_(places, {
        x: (d) => (d.write ?? d.at)[0], y: (d) => (d.write ?? d.at)[1], text: name, href: "href", title: "about",
        className: "place", lineAnchor: "middle", stroke: "var(--paper)", strokeWidth: 4, fill: "var(--ink)",
      }),
    ],
  }, { title });
  return { svg, legend: legend(items) };
}

// Five steps of one shade, each as wide as the others.
function valued(result, { state, value }) {
  const rows = result.rows.filter((row) => stateOf(row[state]) && row[value]);
  const most = rounded(Math.max(1, ...rows.map((row) => number(row[value]))));
  const step = (amount) => Math.min(SHADES, Math.max(1, Math.ceil((amount / most) * SHADES)));
  const found = new Map(rows.map((row) => {
    const amount = number(row[value]);
    const said = amount.toLocaleString(document.documentElement.lang || "en");
    return [stateOf(row[state]), {
      said, about: `${text(row[state])}: ${said} ${heading(value).toLowerCase()}`, href: row[state].href,
      fill: amount ? `var(--map-${step(amount)})` : "var(--map-0)",
    }];
  }));
  const whole = rows.every((row) => Number.isInteger(number(row[value])));
  const edge = (item) => (most * item) / SHADES;
  const shown = (amount) => (whole ? Math.floor(amount) : Number(amount.toPrecision(3))).toLocaleString(document.documentElement.lang || "en");
  const items = Array.from({ length: SHADES }, (_, index) => ({
    text: `${index ? `> ${shown(edge(index))} ` : ""}≤ ${shown(edge(index + 1))}`, fill: `var(--map-${index + 1})`,
  })).filter((item, index, all) => !all.slice(0, index).some((other) => other.text === item.text));
  const nothing = rows.some((row) => !number(row[value])) ? [{ text: "0", fill: "var(--map-0)" }] : [];
  return { found, items: [{ text: `${heading(value)}:`, fill: "none" }, ...nothing, ...items] };
}

// The next number whose fifths people like to read: 10 stays 10, 2,788,316 becomes 3,000,000.
function rounded(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].map((step) => step * power).find((step) => step >= most);
}

// Each category has a number, which the map writes; a state of several has all of them.
function categorised(result, { state, category }) {
  const order = [...new Map(result.rows.filter((row) => row[category]).map((row) => [key(row[category]), text(row[category])]))];
  const place = new Map(order.map(([id], index) => [id, index]));
  const found = new Map();
  for (const row of result.rows) {
    const slug = stateOf(row[state]);
    if (!slug || !row[category]) continue;
    const known = found.get(slug) ?? { signs: new Set(), href: row[state].href, name: states.get(slug).name };
    found.set(slug, { ...known, signs: known.signs.add(place.get(key(row[category]))) });
  }
  for (const [slug, { signs, href, name }] of found) {
    const sorted = [...signs].sort((a, b) => a - b);
    found.set(slug, {
      href,
      said: sorted.map((sign) => sign + 1).join(", "),
      about: `${name}: ${sorted.map((sign) => order[sign][1]).join("; ")}`,
      fill: sorted.length === 1 ? tint(sorted[0]) : "var(--map-several)",
    });
  }
  return { found, items: order.map(([, label], index) => ({ text: `${index + 1} ${label}`, fill: tint(index) })) };
}

const tint = (index) => `color-mix(in srgb, ${colour(index)} 45%, var(--paper))`;

function box() {
  const [[west, south], [east, north]] = [SOUTH_WEST, NORTH_EAST];
  return { type: "MultiPoint", coordinates: [[west, south], [east, south], [east, north], [west, north]] };
}
