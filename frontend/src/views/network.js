// Things and what joins them. The layout is d3-force's, whose chance is always the same, so one
// answer has one picture; it is SVG like the other pictures, with a link on each thing.
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { heading, key, text } from "./result.js";
import { legend, LETTER, named, short } from "./plotted.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_LINKS = 300;
const STEPS = 400;
const ROOM = 7200;
const LABEL = 26;
const MARGIN = 14;

export function draw(result, { roles, title, width }) {
  const { nodes, links, all } = graph(result, roles);
  const height = Math.min(2400, Math.max(360, Math.round((nodes.length * ROOM) / width)));
  settle(nodes, links, width, height);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "plot network" });
  const lines = make("g", { class: "links" });
  for (const { source, target, said } of links) {
    const line = make("line", { x1: source.x, y1: source.y, x2: target.x, y2: target.y });
    line.append(make("title", {}, [source.label, said, target.label].filter(Boolean).join(" – ")));
    lines.append(line);
  }
  const things = make("g", { class: "things" });
  for (const node of nodes) things.append(drawn(node, width));
  svg.append(lines, things);
  const sources = nodes.filter((node) => node.isSource).length;
  return {
    svg: named(svg, title),
    legend: legend([
      { text: `${heading(roles.source)} (${sources})`, fill: "var(--series-1)", symbol: "square" },
      { text: `${heading(roles.target)} (${nodes.length - sources})`, fill: "var(--series-2)", symbol: "circle" },
    ]),
    cut: all > links.length ? { shown: links.length, all } : null,
  };
}

function graph(result, { source, target, link }) {
  const nodes = new Map();
  const links = new Map();
  const node = (cell, isSource) => {
    const id = key(cell);
    const known = nodes.get(id);
    if (known) known.isSource ||= isSource;
    else nodes.set(id, { id, label: text(cell), href: cell.href, isSource, degree: 0 });
    return nodes.get(id);
  };
  const joined = result.rows.filter((row) => row[source] && row[target] && key(row[source]) !== key(row[target]));
  const all = new Set(joined.map((row) => `${key(row[source])}\n${key(row[target])}`)).size;
  for (const row of joined) {
    const id = `${key(row[source])}\n${key(row[target])}`;
    const said = link ? text(row[link]) : "";
    if (links.has(id)) {
      const known = links.get(id);
      if (said && !known.said.split(", ").includes(said)) known.said += `, ${said}`;
    } else if (links.size < MOST_LINKS) {
      const ends = [node(row[source], true), node(row[target], false)];
      for (const end of ends) end.degree += 1;
      links.set(id, { source: ends[0], target: ends[1], said });
    }
  }
  return { nodes: [...nodes.values()], links: [...links.values()], all };
}

function settle(nodes, links, width, height) {
  const least = (node) => Math.min(62, 16 + node.label.length * 1.6) + Math.sqrt(node.degree);
  forceSimulation(nodes)
    .force("link", forceLink(links).distance(70).strength(0.5))
    .force("charge", forceManyBody().strength(-240))
    .force("collide", forceCollide(least).iterations(2))
    .force("centre", forceCenter(0, 0))
    .force("x", forceX().strength(0.06 * Math.max(1, height / width)))
    .force("y", forceY().strength(0.06 * Math.max(1, width / height)))
    .stop()
    .tick(STEPS);
  // Spread over the room there is: names need more width than height.
  const [left, right] = [Math.min(...nodes.map((n) => n.x)), Math.max(...nodes.map((n) => n.x))];
  const [top, bottom] = [Math.min(...nodes.map((n) => n.y)), Math.max(...nodes.map((n) => n.y))];
  const side = Math.min(90, width / 6);
  for (const node of nodes) {
    node.x = round(side + ((node.x - left) / (right - left || 1)) * (width - 2 * side));
    node.y = round(MARGIN + 8 + ((node.y - top) / (bottom - top || 1)) * (height - 2 * MARGIN - 24));
  }
}

const round = (value) => Math.round(value * 10) / 10;

function drawn({ x, y, label, href, isSource, degree }, width) {
  const size = Math.min(13, 5 + Math.sqrt(degree) * 1.6);
  const group = make(href ? "a" : "g", { ...(href ? { href } : {}), transform: `translate(${x},${y})`, class: isSource ? "source" : "target" });
  group.append(
    make("title", {}, label),
    isSource
      ? make("rect", { x: -size, y: -size, width: size * 2, height: size * 2, rx: 2 })
      : make("circle", { r: size }),
    make("text", { ...side(x, width), y: size + 13 }, short(label, LABEL * LETTER)),
  );
  return group;
}

// Names at the edge stand inside of it.
function side(x, width) {
  const half = (LABEL * LETTER) / 2;
  if (x < half) return { x: -x + 2, "text-anchor": "start" };
  if (x > width - half) return { x: width - x - 2, "text-anchor": "end" };
  return { x: 0, "text-anchor": "middle" };
}

function make(name, attributes, content) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (content !== undefined) made.textContent = content;
  return made;
}
