// Escape puts away the definition that is shown over the page (WCAG 2.2, 1.4.13).
"use strict";
const root = document.documentElement;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") root.classList.add("dismissed");
});
for (const name of ["pointermove", "focusin"]) {
  document.addEventListener(name, () => root.classList.remove("dismissed"));
}
