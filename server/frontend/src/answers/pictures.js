// The pictures of an answer, each with its name, and to be saved as a file.
import { exportPng, exportSvg, fromSparqlJson, views } from "../views/index.js";

export async function showPictures(section, data) {
  const result = data.result ?? fromSparqlJson(await fetched(data.address), namesInTable());
  for (const [number, { kind, roles }] of data.views.entries()) {
    const view = views.find(({ name }) => name === kind);
    if (!view.canShow(result, roles)) continue;
    section.hidden = false;
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const place = document.createElement("div");
    const label = `${data.words[kind]}: ${data.title}`;
    caption.textContent = data.views.length > 1 ? label : data.title;
    figure.append(caption, place);
    section.append(figure);
    const drawn = view.draw(place, result, { title: label, roles, words: data.words });
    const about = { title: data.title, source: [data.source] };
    const name = number ? `${data.name}-${kind}` : data.name;
    drawn.ready.then(() => {
      if (drawn.svg()) figure.append(saving(drawn, about, name, section.dataset));
    });
  }
}

function saving(drawn, about, name, words) {
  const bar = document.createElement("p");
  const status = document.createElement("span");
  bar.className = "bar";
  status.setAttribute("role", "status");
  const button = (text, suffix, make) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", async () => {
      status.textContent = "";
      try {
        save(await make(drawn.svg(), about), `${name}.${suffix}`);
      } catch (error) {
        status.textContent = words.failed;
        console.warn(error);
      }
    });
    return made;
  };
  bar.append(button(words.saveSvg, "svg", exportSvg), button(words.savePng, "png", exportPng), status);
  return bar;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "application/sparql-results+json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

// The table of the page has the names of all things: they need not be sent twice.
function namesInTable() {
  return new Map([...document.querySelectorAll("#answer-table a[data-iri]")].map((link) => [
    link.dataset.iri, { label: link.textContent, href: link.getAttribute("href") },
  ]));
}
