// Things and what joins them. The layout is d3-force's, whose chance is always the same, so one
// answer has one picture; it is SVG like the other pictures, with a link on each thing.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { heading, key, text } from "./result.js";
import { folded, legend, named } from "./plotted.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_LINKS = 300;
const MANY = 40;
const LEAST_FOR_MANY = 760;
const STEPS = 400;
const TURNS = 300;
const SPARE = 2.2;
const LETTERS = 24;
const LINES = 3;
const LETTER_WIDTH = 6.7;
const LINE_HEIGHT = 13;

export function draw(result, { roles, title, width: room }) {
  const { nodes, links, all } = graph(result, roles);
  // Many things in a narrow place are read better by moving it sideways.
  const width = nodes.length > MANY ? Math.max(room, LEAST_FOR_MANY) : room;
  const height = settle(nodes, links, width);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "plot network" });
  const lines = make("g", { class: "links" });
  for (const { source, target, said } of links) {
    const line = make("line", { x1: source.x, y1: source.y, x2: target.x, y2: target.y });
    line.append(make("title", {}, [source.label, said, target.label].filter(Boolean).join(" – ")));
    lines.append(line);
  }
  const things = make("g", { class: "things" });
  things.append(...nodes.map(drawn));
  svg.append(lines, things);
  const sources = nodes.filter((node) => node.isSource).length;
  return {
    svg: named(svg, title),
    legend: legend([
      { text: `${heading(roles.source)} (${sources})`, fill: "var(--series-1)", symbol: "square" },
      { text: `${heading(roles.target)} (${nodes.length - sources})`, fill: "var(--series-2)", symbol: "circle" },
    ]),
    cut: all > links.length ? { shown: links.length, all } : null,
    without: result.rows.filter((row) => !row[roles.source] || !row[roles.target]).length,
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

// Give each node its place; return the height that is needed.
function settle(nodes, links, width) {
  for (const node of nodes) {
    node.lines = folded(node.label, LETTERS, LINES);
    node.size = Math.min(13, 5 + Math.sqrt(node.degree) * 1.6);
    node.half = Math.max(node.size, (Math.max(...node.lines.map((line) => line.length)) * LETTER_WIDTH) / 2) + 3;
    node.above = node.size + 3;
    node.below = node.size + node.lines.length * LINE_HEIGHT + 4;
  }
  forceSimulation(nodes)
    .force("link", forceLink(links).distance(90).strength(0.6))
    .force("charge", forceManyBody().strength(-420))
    .force("collide", forceCollide((node) => node.half * 0.7).iterations(2))
    .force("x", forceX().strength(0.09))
    .force("y", forceY().strength(0.09))
    .stop()
    .tick(STEPS);
  // What was laid out in a square takes the form of the room there is.
  const area = nodes.reduce((sum, node) => sum + 2 * node.half * (node.above + node.below), 0) * SPARE;
  const height = Math.max(240, area / width);
  spread(nodes, "x", (node) => [node.half, width - node.half]);
  spread(nodes, "y", (node) => [node.above, Math.max(node.above, height - node.below)]);
  part(nodes, width);
  const top = Math.min(...nodes.map((node) => node.y - node.above));
  for (const node of nodes) {
    node.x = round(node.x);
    node.y = round(node.y - top);
  }
  return Math.ceil(Math.max(...nodes.map((node) => node.y + node.below)));
}

function spread(nodes, axis, room) {
  const [least, most] = [Math.min(...nodes.map((n) => n[axis])), Math.max(...nodes.map((n) => n[axis]))];
  for (const node of nodes) {
    const [from, to] = room(node);
    node[axis] = most > least ? from + ((node[axis] - least) / (most - least)) * (to - from) : (from + to) / 2;
  }
}

// Push apart what lies upon each other, signs and names together, within the width.
function part(nodes, width) {
  for (let turn = 0; turn < TURNS; turn += 1) {
    let isClear = true;
    for (const [index, one] of nodes.entries()) {
      for (const other of nodes.slice(index + 1)) {
        const across = one.half + other.half - Math.abs(one.x - other.x);
        const [upper, lower] = one.y <= other.y ? [one, other] : [other, one];
        const down = upper.y + upper.below - (lower.y - lower.above);
        if (across <= 0.5 || down <= 0.5) continue;
        isClear = false;
        if (across < down) {
          const push = (one.x <= other.x ? -1 : 1) * (across / 2);
          one.x = within(one.x + push, one, width);
          other.x = within(other.x - push, other, width);
        } else {
          upper.y -= down / 2;
          lower.y += down / 2;
        }
      }
    }
    // Names at both edges cannot give way sideways for ever.
    if (turn > TURNS / 2) for (const node of nodes) node.y *= 1.004;
    if (isClear) return;
  }
}

const within = (x, node, width) => Math.min(width - node.half, Math.max(node.half, x));
const round = (value) => Math.round(value * 10) / 10;

function drawn({ x, y, label, href, isSource, size, lines }) {
  const group = make(href ? "a" : "g", { ...(href ? { href } : {}), transform: `translate(${x},${y})`, class: isSource ? "source" : "target" });
  group.append(
    make("title", {}, label),
    isSource
      ? make("rect", { x: -size, y: -size, width: size * 2, height: size * 2, rx: 2 })
      : make("circle", { r: size }),
    ...lines.map((line, number) =>
      make("text", { y: size + 12 + number * LINE_HEIGHT, "text-anchor": "middle" }, line)),
  );
  return group;
}

function make(name, attributes, content) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (content !== undefined) made.textContent = content;
  return made;
}
