// The pictures of an answer, for every page that has one: the question library, the workbench.
//
// result = { variables: string[], rows: Record<string, Cell>[] }; a variable without a value is
//          absent from its row.
// Cell   = { type: "uri" | "literal" | "bnode", value, datatype?, lang?, label?, href? }; label and
//          href are what people read for an IRI and where a link to it leads.
// view   = { name, label, canShow(result), draw(element, result, options) }
//   canShow  says whether the picture can be drawn by the kinds of the values, or by `roles` given
//            as a second argument.
//   draw     fills `element` and returns { ready, svg(), destroy() }: `ready` is a promise kept once
//            the picture stands (what draws is loaded when it is first needed), `svg()` the picture
//            or null before that, `destroy()` empties the element.
//   options  { title, roles, words }, each of which may be left out: the picture's name; which
//            variable stands where (roles.js); other words than the English ones (words.js).
//
// The style sheet is server/static/answers.css; without it the pictures have no colours.
import { chartRoles, mapRoles, networkRoles, timelineRoles } from "./roles.js";
import { show } from "./show.js";
import { words } from "./words.js";

export { fromSparqlJson } from "./result.js";
export { exportPng, exportSvg } from "./export.js";

const view = (name, roles, load) => ({
  name,
  label: words[name],
  canShow: (result, given) => roles(result, given) !== null,
  draw: (element, result, options = {}) => show(element, result, options, { name, roles, load }),
});

export const views = [
  view("chart", chartRoles, () => import("./chart.js")),
  view("timeline", timelineRoles, () => import("./timeline.js")),
  view("map", mapRoles, () => import("./map.js")),
  view("network", networkRoles, () => import("./network.js")),
];
