// Copy buttons, and what is folded away opened for print. Without this script the text beside each
// button can be selected by hand, and most browsers print what is folded away by the style sheet.
"use strict";
// Scripts have no words of their own: they stand in the page, in its language.
const words = document.currentScript.dataset;
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = words.copied;
    } catch {
      button.textContent = words.byHand;
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
