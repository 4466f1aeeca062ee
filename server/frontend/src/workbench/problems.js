// What went wrong, in words and at its place.
import { make } from "./dom.js";
import { fill, words } from "./words.js";

// `problem` is a problem details object (RFC 9457) with the members that this server adds.
export function showProblem(element, problem, editor) {
  const box = make("div", { className: "problem", role: "alert" },
    make("p", {}, make("strong", {}, `${problem.title}.`), ` ${problem.detail ?? ""}`),
    make("p", {}, problem.next ?? ""));
  if (problem.line) {
    const place = { line: problem.line, column: problem.column ?? 1 };
    editor.mark(place);
    const button = make("button", { type: "button", className: "quiet" }, fill(words.place, place));
    button.addEventListener("click", () => editor.goTo(place));
    box.append(button);
  }
  element.replaceChildren(box);
}

export async function problemOf(response) {
  try {
    const problem = await response.clone().json();
    if (problem.title) return problem;
  } catch {
    // Not from this server: what stands before it had something to say.
  }
  return { title: `${response.status} ${response.statusText}`, detail: "", next: words.unreadableNext };
}

// Says that an answer was cut, by the header Cebu-Truncated.
export function cutWords(header) {
  if (!header) return null;
  const { rows, of } = Object.fromEntries(header.split(";").map((part) => part.trim().split("=")));
  const number = (text) => Number(text).toLocaleString("en");
  return of ? fill(words.cutRows, { rows: number(rows), of: number(of) }) : fill(words.cutUnknown, { rows: number(rows) });
}
