// A field above a long list that leaves in it what has all the words. The list stays a native one.
export function narrow(select) {
  const all = [...select.options];
  const field = document.createElement("input");
  const count = document.createElement("p");
  field.type = "search";
  field.autocomplete = "off";
  field.id = `${select.id}-narrow`;
  field.setAttribute("aria-label", `${select.dataset.narrow}: ${select.labels[0].textContent}`);
  field.placeholder = select.dataset.narrow;
  count.className = "note";
  count.setAttribute("role", "status");
  select.before(field);
  select.after(count);

  field.addEventListener("input", () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const chosen = select.selectedOptions[0];
    const left = all.filter((option) => {
      const text = option.textContent.toLocaleLowerCase();
      return words.every((word) => text.includes(word));
    });
    select.replaceChildren(...left);
    if (left.includes(chosen)) chosen.selected = true;
    count.textContent = words.length
      ? select.dataset.narrowCount.replace("{shown}", left.length).replace("{all}", all.length)
      : "";
  });
  // Nothing that the form sends may depend on a list that is empty.
  select.form.addEventListener("submit", (event) => {
    if (!select.options.length) {
      event.preventDefault();
      field.focus();
    }
  });
}
