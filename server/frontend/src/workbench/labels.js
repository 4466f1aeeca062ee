// Names of IRIs, asked of the server a thousand at a time and kept as long as the page.
const AT_ONCE = 1000;
const known = new Map();

// Returns what is known: a Map from an IRI to { label, short, href }.
export const labels = known;

// Asks for those of `iris` that are not known; says whether any came.
export async function learn(iris) {
  const wanted = [...new Set(iris)].filter((iri) => !known.has(iri));
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const response = await fetch("/labels", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(wanted.slice(at, at + AT_ONCE)),
    });
    if (!response.ok) return false;
    for (const [iri, found] of Object.entries(await response.json())) known.set(iri, found);
  }
  return wanted.length > 0;
}

export function irisOf(json, most = Infinity) {
  const found = new Set();
  for (const binding of json.results?.bindings ?? []) {
    for (const term of Object.values(binding)) if (term.type === "uri") found.add(term.value);
    if (found.size >= most) break;
  }
  return found;
}
