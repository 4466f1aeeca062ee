// Elements made of properties and children; texts are only ever texts.
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const bar = (text, ...links) =>
  make("div", { className: "bar" }, make("p", {}, text),
    make("ul", { className: "inline" }, ...links.map((link) => make("li", {}, link))));
