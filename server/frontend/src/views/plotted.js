// Plots as all pictures want them: no style sheet of their own, which the pages' policy refuses, but
// the classes of answers.css; a name for screen readers; links that the keyboard reaches.
import { plot } from "@observablehq/plot";

export function plotted(options, { title }) {
  const svg = plot({ ...options, figure: false, className: "plot" });
  svg.querySelector("style")?.remove();
  svg.removeAttribute("font-size");
  for (const axis of svg.querySelectorAll('[aria-label$="axis tick"], [aria-label$="grid"]')) {
    axis.setAttribute("aria-hidden", "true");
  }
  // Parts of a drawing have no role that could have a name (WAI-ARIA 1.2, section 5.2.8.6).
  for (const part of svg.querySelectorAll("g[aria-label]")) part.removeAttribute("aria-label");
  return named(svg, title);
}

// An image has no parts for a screen reader, so what holds links is a group.
export function named(svg, title) {
  svg.setAttribute("role", svg.querySelector("a") ? "group" : "img");
  svg.setAttribute("aria-label", title);
  for (const link of svg.querySelectorAll("a")) {
    const href = link.getAttributeNS("http://www.w3.org/1999/xlink", "href");
    if (href !== null) {
      link.removeAttributeNS("http://www.w3.org/1999/xlink", "href");
      link.setAttribute("href", href);
    }
  }
  return svg;
}

// A text is cut by its letters: what a letter takes is much alike in the fonts of the pages.
export const LETTER = 6.6;
export const LINE = 16;

export function short(text, width) {
  const most = Math.max(6, Math.floor(width / LETTER));
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

// Lines of a text, `most` letters each, the last one cut if there are more than `lines`.
export function folded(text, most, lines) {
  const made = [];
  for (const word of text.split(/\s+/)) {
    const last = made.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) made[made.length - 1] = `${last} ${word}`;
    else made.push(word.length > most ? `${word.slice(0, most - 1)}…` : word);
  }
  if (made.length <= lines) return made;
  return [...made.slice(0, lines - 1), `${made[lines - 1].slice(0, most - 1)}…`];
}

// The colours of the series, as custom properties.
const COLOURS = 8;
export const colour = (number) => `var(--series-${(number % COLOURS) + 1})`;

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  circle: "M11,6a5,5 0 1,1 -10,0a5,5 0 1,1 10,0",
  square: "M1.5,1.5h9v9h-9z",
  diamond: "M6,0L11,6L6,12L1,6z",
  arrow: "M2,1L11,6L2,11z",
};

// items: [{ text, fill, symbol }]
export function legend(items) {
  const list = document.createElement("ul");
  list.className = "picture-legend";
  for (const { text, fill, symbol = "square" } of items) {
    const entry = document.createElement("li");
    const sign = document.createElementNS(SVG, "svg");
    const shape = document.createElementNS(SVG, "path");
    sign.setAttribute("viewBox", "0 0 12 12");
    sign.setAttribute("width", "12");
    sign.setAttribute("height", "12");
    sign.setAttribute("aria-hidden", "true");
    shape.setAttribute("d", SHAPES[symbol]);
    shape.setAttribute("fill", fill);
    sign.append(shape);
    entry.append(sign, ` ${text}`);
    list.append(entry);
  }
  return list;
}
