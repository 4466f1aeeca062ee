// Suggestions while one types (WAI-ARIA Authoring Practices, combobox with list autocomplete).
// Without this script the box is a plain form.
"use strict";
// The words come from the page, in its language; {} stands for the number.
const said = document.currentScript.dataset;
for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let request = null;
  let chosen = -1;
  list.id = `${input.id}-list`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", said.list);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  input.after(list, status);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  const close = () => {
    request?.abort();
    chosen = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    const options = list.children;
    if (chosen >= 0) options[chosen]?.setAttribute("aria-selected", "false");
    chosen = number;
    if (number < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    options[number].setAttribute("aria-selected", "true");
    options[number].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[number].id);
  };
  const follow = (option) => { window.location.assign(option.dataset.href); };
  const show = ([, labels, kinds, addresses]) => {
    list.replaceChildren(...labels.map((label, number) => {
      const option = document.createElement("li");
      const name = document.createElement("span");
      const kind = document.createElement("span");
      option.id = `${list.id}-${number}`;
      option.dataset.href = addresses[number];
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      name.textContent = label;
      kind.textContent = kinds[number];
      kind.className = "count";
      option.append(name, " ", kind);
      return option;
    }));
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = labels.length === 0;
    input.setAttribute("aria-expanded", String(labels.length > 0));
    status.textContent = labels.length === 0 ? said.none
      : (labels.length === 1 ? said.one : said.many.replace("{}", labels.length));
  };
  const ask = async () => {
    request?.abort();
    const text = input.value.trim();
    if (text === "") {
      close();
      return;
    }
    const mine = request = new AbortController();
    try {
      const address = `${input.dataset.suggest}?${new URLSearchParams({ q: text })}`;
      const response = await fetch(address, { signal: mine.signal });
      if (!response.ok) throw new Error(response.statusText);
      const suggestions = await response.json();
      // What was typed meanwhile has asked again; who has left the box wants no list.
      if (mine === request && document.activeElement === input) show(suggestions);
    } catch {
      if (mine === request) close();
    }
  };
  input.addEventListener("input", ask);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        ask();
      } else if (event.key === "ArrowDown") {
        choose(chosen === last ? -1 : chosen + 1);
      } else {
        choose(chosen === -1 ? last : chosen - 1);
      }
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      follow(list.children[chosen]);
    }
  });
  // The box keeps the focus, so that the list is still there when the button is let go.
  list.addEventListener("mousedown", (event) => { event.preventDefault(); });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option !== null) follow(option);
  });
}
