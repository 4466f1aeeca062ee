// What all pictures have in common: they are loaded when needed, drawn to the width that there is,
// and say in words that nothing can be drawn.
import { fill, words as english } from "./words.js";

const LEAST_WIDTH = 280;

export function show(element, result, options, { name, roles, load }) {
  const words = { ...english, ...options.words };
  const title = options.title ?? words[name];
  const chosen = roles(result, options.roles);
  let svg = null;
  let width = 0;
  let draw = null;
  let isOver = false;
  let frame = 0;

  const paint = () => {
    const room = Math.max(LEAST_WIDTH, Math.floor(element.clientWidth));
    if (isOver || !draw || room === width) return;
    width = room;
    const picture = draw(result, { roles: chosen, title, words, width });
    svg = picture.svg;
    element.replaceChildren(...(picture.legend ? [picture.legend] : []), svg, ...note(picture, words));
  };
  const watch = new ResizeObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(paint);
  });
  element.classList.add("picture");
  element.replaceChildren(sentence(chosen ? words.drawing : words.unfit));

  const ready = !chosen
    ? Promise.resolve()
    : load().then((module) => {
        draw = module.draw;
        paint();
        if (!isOver) watch.observe(element);
      }).catch((error) => {
        element.replaceChildren(sentence(words.failed));
        throw error;
      });
  return {
    ready,
    svg: () => svg,
    destroy() {
      isOver = true;
      watch.disconnect();
      cancelAnimationFrame(frame);
      svg = null;
      element.classList.remove("picture");
      element.replaceChildren();
    },
  };
}

function note({ cut, without }, words) {
  const said = [];
  if (cut) said.push(fill(words.cut, cut));
  if (without) said.push(without === 1 ? words.without1 : fill(words.without, { number: without }));
  return said.map(sentence);
}

function sentence(text) {
  const made = document.createElement("p");
  made.className = "picture-note";
  made.textContent = text;
  return made;
}
