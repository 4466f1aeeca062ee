// The editor: Yasqe in the place of the text field, which keeps what is to be sent.
import { Yasqe } from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import { suggest, useOwnCompleters } from "./completion.js";
import { make } from "./dom.js";
import { words } from "./words.js";

export function openEditor(field, { start, onRun, onEdit }) {
  useOwnCompleters(start);
  // Nothing is stored in the browser, and no address but ours is known.
  Object.assign(Yasqe.defaults, {
    persistenceId: null, consumeShareLink: null, createShareableLink: null, showQueryButton: false,
    resizeable: false, editorHeight: null, prefixCcApi: null,
  });
  Yasqe.defaults.requestConfig.endpoint = start.endpoint;
  const place = make("div", { id: "code" });
  field.after(place);
  field.hidden = true;
  field.required = false;
  const run = () => onRun();
  const yasqe = new Yasqe(place, {
    value: field.value,
    // It grows with the query: nothing in it is out of sight.
    viewportMargin: Infinity,
    extraKeys: {
      "Ctrl-Enter": run,
      "Cmd-Enter": run,
      "Ctrl-Space": () => suggest(yasqe),
      "Ctrl-S": () => {},
    },
  });
  const input = yasqe.getInputField();
  input.setAttribute("aria-label", words.editor);
  input.setAttribute("aria-describedby", "keys");
  document.querySelector("label[for=query]").addEventListener("click", () => yasqe.focus());

  let marks = [];
  const unmark = () => {
    for (const mark of marks) mark.clear();
    marks = [];
  };
  yasqe.on("changes", () => {
    field.value = yasqe.getValue();
    unmark();
    onEdit();
  });

  return {
    get text() { return yasqe.getValue(); },
    set text(value) {
      yasqe.setValue(value);
      yasqe.getDoc().setCursor(0, 0);
    },
    focus: () => yasqe.focus(),
    unmark,
    // Marks the word where the server found a mistake (lines and columns count from 1).
    mark({ line, column }) {
      unmark();
      const from = { line: line - 1, ch: Math.max(0, (column ?? 1) - 1) };
      const content = yasqe.getDoc().getLine(from.line) ?? "";
      const rest = /^\S+/.exec(content.slice(from.ch))?.[0].length ?? 0;
      const start = rest ? from : { line: from.line, ch: Math.max(0, content.length - 1) };
      const to = { line: from.line, ch: rest ? from.ch + rest : content.length };
      marks = [
        yasqe.getDoc().markText(start, to, { className: "mistake", attributes: { title: words.mistake } }),
      ];
      const handle = yasqe.addLineClass(from.line, "background", "mistaken");
      marks.push({ clear: () => yasqe.removeLineClass(handle, "background", "mistaken") });
    },
    goTo({ line, column }) {
      yasqe.getDoc().setCursor(line - 1, Math.max(0, (column ?? 1) - 1));
      yasqe.focus();
      yasqe.scrollIntoView(null, 80);
    },
  };
}
