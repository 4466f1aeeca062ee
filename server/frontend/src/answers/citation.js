// A citation says when an answer was read. The page itself is the same on every day.
export function dated(place) {
  const text = place.querySelector("span");
  const language = document.documentElement.lang;
  const date = new Date().toLocaleDateString(language === "en" ? "en-GB" : language, { dateStyle: "long" });
  text.textContent = `${text.textContent}${place.dataset.retrieved.replace("{date}", date)}`;
  place.querySelector("button").dataset.copy = text.textContent;
}
