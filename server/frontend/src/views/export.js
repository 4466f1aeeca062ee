// A picture as a file: SVG that stands alone, or PNG, each with its title above and its source below.
const SVG = "http://www.w3.org/2000/svg";
const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity",
  "font-family", "font-size", "font-weight", "font-variant-numeric", "text-anchor", "paint-order", "text-decoration-line"];
const PADDING = 16;
const SCALE = 2;
const LARGEST = 12_000;

// `about` is { title, source: string[] }.
export function exportSvg(svg, about) {
  const whole = standalone(svg, about);
  return new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" });
}

export async function exportPng(svg, about) {
  const whole = standalone(svg, about);
  const [width, height] = ["width", "height"].map((name) => Number(whole.getAttribute(name)));
  const scale = Math.min(SCALE, LARGEST / Math.max(width, height));
  const address = URL.createObjectURL(
    new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

// The styles of the page are written into the copy: a file has no custom properties.
function standalone(svg, { title, source }) {
  const copy = svg.cloneNode(true);
  const inside = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, number) => {
    const style = getComputedStyle(inside[number]);
    for (const name of KEPT) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
    const href = element.getAttribute("href");
    if (href) element.setAttribute("href", new URL(href, location.href).href);
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
  const own = getComputedStyle(svg);
  const most = Math.floor((width - PADDING) / 7);
  const above = wrapped(title, Math.floor(most * 0.8));
  const keys = legendOf(svg);
  const below = source.flatMap((line) => wrapped(line, most));
  const top = PADDING + above.length * 22 + keys.length * 20 + 8;
  const whole = document.createElementNS(SVG, "svg");
  const total = [width + PADDING * 2, top + height + below.length * 16 + PADDING * 2];
  whole.setAttribute("width", total[0]);
  whole.setAttribute("height", total[1]);
  whole.setAttribute("viewBox", `0 0 ${total[0]} ${total[1]}`);
  whole.setAttribute("font-family", own.fontFamily);
  whole.setAttribute("fill", own.color);
  whole.setAttribute("role", "img");
  whole.append(element("title", {}, title), element("desc", {}, source.join(" ")));
  const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
  whole.append(element("rect", { width: "100%", height: "100%", fill: paper }));
  above.forEach((line, number) => {
    whole.append(element("text", { x: PADDING, y: PADDING + 16 + number * 22, "font-size": 17, "font-weight": 600 }, line));
  });
  keys.forEach(({ sign, fill, text }, number) => {
    const y = PADDING + above.length * 22 + number * 20 + 4;
    whole.append(
      element("path", { d: sign, fill, transform: `translate(${PADDING},${y})` }),
      element("text", { x: PADDING + 20, y: y + 11, "font-size": 12 }, text),
    );
  });
  copy.setAttribute("x", PADDING);
  copy.setAttribute("y", top);
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  whole.append(copy);
  below.forEach((line, number) => {
    whole.append(element("text", { x: PADDING, y: top + height + PADDING + number * 16, "font-size": 11 }, line));
  });
  return whole;
}

function legendOf(svg) {
  const list = svg.parentElement?.querySelector(".picture-legend");
  return [...(list?.children ?? [])].map((entry) => {
    const path = entry.querySelector("path");
    return { sign: path.getAttribute("d"), fill: getComputedStyle(path).fill, text: entry.textContent.trim() };
  });
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function wrapped(text, most) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const parts = word.match(new RegExp(`.{1,${most}}`, "gsu")) ?? [];
    for (const part of parts) {
      if (line && line.length + 1 + part.length > most) {
        lines.push(line);
        line = part;
      } else {
        line = line ? `${line} ${part}` : part;
      }
    }
  }
  return line ? [...lines, line] : lines;
}
