// The member states: the numbers of ISO 3166-1 by which Natural Earth knows them, and where a map
// writes in them. What too small a state to be seen has instead of its shape is a dot.
const ID = /\/id\/state\/([a-z-]+)$/;

export const states = new Map([
  ["brunei-darussalam", { number: "096", name: "Brunei Darussalam", at: [114.7, 4.6], isSmall: true, write: [113.2, 6.1] }],
  ["cambodia", { number: "116", name: "Cambodia", at: [104.9, 12.6] }],
  ["indonesia", { number: "360", name: "Indonesia", at: [113.9, -1.2] }],
  ["lao-pdr", { number: "418", name: "Lao PDR", at: [102.6, 19.6] }],
  ["malaysia", { number: "458", name: "Malaysia", at: [102.3, 4.2] }],
  ["myanmar", { number: "104", name: "Myanmar", at: [96.3, 21.2] }],
  ["philippines", { number: "608", name: "Philippines", at: [122.3, 12.9] }],
  ["singapore", { number: "702", name: "Singapore", at: [103.8, 1.35], isSmall: true, write: [105.6, 0.4] }],
  ["thailand", { number: "764", name: "Thailand", at: [101.1, 15.6] }],
  ["viet-nam", { number: "704", name: "Viet Nam", at: [108.2, 14.1] }],
]);
const byName = new Map([...states].map(([slug, { name }]) => [name, slug]));

// The slug of the state that a value is, or names; undefined for any other value.
export function stateOf(cell) {
  if (!cell) return undefined;
  if (cell.type !== "uri") return byName.get(cell.value);
  const slug = ID.exec(cell.value)?.[1];
  return states.has(slug) ? slug : undefined;
}
