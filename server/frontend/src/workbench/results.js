// The result: Yasr with views of our own, and its own view of the answer as it was sent.
import { Yasr } from "@zazuko/yasr";
import { exportPng, exportSvg, fromSparqlJson, views } from "../views/index.js";
import { make } from "./dom.js";
import { irisOf, labels, learn } from "./labels.js";
import { drawTable } from "./table.js";
import { words } from "./words.js";

// So many names are asked for before anything is drawn.
const NAMES = 5000;
// So many characters are shown as they were sent: a table is one line, and long lines are slow.
const SENT = 200_000;
const PRIORITY = { table: 10, boolean: 10, chart: 4, timeline: 4, map: 4, network: 4 };

let current = null;

class Plugin {
  constructor(yasr) { this.yasr = yasr; }
  getIcon() { return null; }
  destroy() { this.drawn?.destroy?.(); this.drawn = null; }
}

class Table extends Plugin {
  label = words.table;
  priority = PRIORITY.table;
  canHandleResults() { return current?.kind === "bindings"; }
  draw() { drawTable(this.yasr.resultsEl, current.json); }
}

class YesOrNo extends Plugin {
  label = words.boolean;
  priority = PRIORITY.boolean;
  canHandleResults() { return current?.kind === "boolean"; }
  draw() {
    const text = current.json.boolean ? words.yes : words.no;
    this.yasr.resultsEl.replaceChildren(make("p", { className: "boolean" }, text));
  }
}

const picture = (view) => class extends Plugin {
  label = view.label;
  priority = PRIORITY[view.name];
  canHandleResults() {
    if (current?.kind !== "bindings" || !current.json.results.bindings.length) return false;
    current.result ??= fromSparqlJson(current.json, labels);
    return view.canShow(current.result);
  }
  draw() {
    const place = make("div");
    const saved = make("div", { className: "bar", hidden: true }, make("p", {}, words.save));
    this.yasr.resultsEl.replaceChildren(place, saved, make("p", { className: "note" }, words.picture));
    this.drawn?.destroy();
    this.drawn = view.draw(place, current.result, { title: view.label });
    this.drawn.ready.then(() => {
      if (!this.drawn?.svg()) return;
      const about = { title: view.label, source: [location.origin + current.link] };
      const save = (type, made) => {
        const button = make("button", { type: "button", className: "quiet" }, type.toUpperCase());
        button.addEventListener("click", async () => {
          const address = URL.createObjectURL(await made(this.drawn.svg(), about));
          make("a", { href: address, download: `${view.name}.${type}` }).click();
          setTimeout(() => URL.revokeObjectURL(address), 10_000);
        });
        return button;
      };
      saved.append(save("svg", exportSvg), save("png", exportPng));
      saved.hidden = false;
    }, console.error);
  }
};

export const plugins = ["table", "boolean", ...views.map((view) => view.name), "response"];

Yasr.plugins.table = Table;
Yasr.plugins.boolean = YesOrNo;
for (const view of views) Yasr.plugins[view.name] = picture(view);
delete Yasr.plugins.error;
Yasr.defaults.plugins = Object.fromEntries(plugins.map((name) => [name, { enabled: true }]));
Object.assign(Yasr.defaults, { persistenceId: null, pluginOrder: plugins, defaultPlugin: "table" });

export class Results {
  constructor(element, { view }) {
    element.replaceChildren();
    this.wanted = plugins.includes(view) ? view : "table";
    const yasr = this.yasr = new Yasr(element, {});
    // It would read each answer once more, and rewrites texts with {{}} in them.
    yasr.updateResponseInfo = () => {};
    yasr.updateHelpButton = () => {};
    yasr.updateExportHeaders = () => {};
    for (const part of yasr.headerEl.querySelectorAll("a, .yasr_response_chip, .space_element, .yasr_plugin_control")) part.remove();
    const list = yasr.headerEl.querySelector("ul");
    list.setAttribute("aria-label", words.views);
    yasr.plugins.response.label = words.response;
    yasr.plugins.response.config = { maxLines: Infinity };
    for (const name of plugins) {
      const button = list.querySelector(`.select_${name}`);
      button.removeAttribute("aria-label");
      button.removeAttribute("title");
      button.replaceChildren(yasr.plugins[name].label);
      button.addEventListener("click", () => { this.wanted = name; }, { capture: true });
    }
    yasr.on("drawn", () => this.#finish());
  }

  get view() { return this.wanted === "boolean" ? "table" : this.wanted; }

  // `answer` is { text, type, kind, json?, link }.
  async show(answer) {
    current = answer;
    if (answer.kind === "bindings") await learn(irisOf(answer.json, NAMES)).catch(() => false);
    if (current !== answer) return;
    for (const plugin of Object.values(this.yasr.plugins)) plugin.destroy?.();
    const can = plugins.filter((name) => this.yasr.plugins[name].canHandleResults?.() || name === "response");
    this.yasr.selectedPlugin = can.includes(this.wanted) ? this.wanted : can[0];
    this.yasr.setResponse({ data: answer.text.slice(0, SENT), contentType: answer.type, status: 200 });
    // It would parse what may have been cut, to know how to colour it.
    this.yasr.results.getType = () => (answer.json ? "json" : "ttl");
  }

  #finish() {
    for (const name of plugins) {
      const button = this.yasr.headerEl.querySelector(`.select_${name}`);
      button.parentElement.hidden = !this.yasr.plugins[name].canHandleResults();
      button.setAttribute("aria-pressed", String(name === this.yasr.getSelectedPluginName()));
    }
    for (const field of this.yasr.resultsEl.querySelectorAll("textarea")) {
      field.setAttribute("aria-label", words.response);
    }
    for (const region of this.yasr.resultsEl.querySelectorAll(".CodeMirror-scroll")) {
      region.tabIndex = 0;
      region.setAttribute("role", "region");
      region.setAttribute("aria-label", words.response);
    }
    if (this.yasr.getSelectedPluginName() === "response" && current.text.length > SENT) {
      this.yasr.resultsEl.prepend(make("p", { className: "note" }, words.sent));
    }
  }
}
