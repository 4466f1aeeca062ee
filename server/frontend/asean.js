// The module "asean-geometry": of Natural Earth's countries (npm world-atlas, in the public domain)
// only what a map of ASEAN shows. The member states are taken at 1:50 million, their neighbours,
// which are drawn below them, at 1:110 million.
import { createRequire } from "node:module";
import { STATES } from "./states.js";

const require = createRequire(import.meta.url);
const NEIGHBOURS = ["036", "050", "064", "144", "156", "158", "356", "524", "598", "626"];

export const aseanGeometry = {
  name: "asean-geometry",
  setup(build) {
    build.onResolve({ filter: /^asean-geometry$/ }, ({ path }) => ({ path, namespace: "geometry" }));
    build.onLoad({ filter: /.*/, namespace: "geometry" }, () => ({
      contents: JSON.stringify({
        states: part(require("world-atlas/countries-50m.json"), [...STATES.keys()]),
        neighbours: part(require("world-atlas/countries-110m.json"), NEIGHBOURS),
      }),
      loader: "json",
    }));
  },
};

// The topology of some countries alone, with the arcs that they use (TopoJSON 1.0, section 2.1.4).
function part({ type, transform, arcs, objects: { countries } }, ids) {
  const geometries = countries.geometries.filter(({ id }) => ids.includes(id));
  if (geometries.length !== ids.length) throw new Error("world-atlas lacks a country of the map");
  const places = new Map();
  const renumbered = (item) => {
    if (Array.isArray(item)) return item.map(renumbered);
    const number = item < 0 ? ~item : item;
    if (!places.has(number)) places.set(number, places.size);
    const place = places.get(number);
    return item < 0 ? ~place : place;
  };
  const kept = geometries.map(({ type: shape, id, arcs: own }) => ({ type: shape, id, arcs: renumbered(own) }));
  return {
    type,
    transform,
    arcs: [...places.keys()].map((number) => arcs[number]),
    objects: { countries: { type: countries.type, geometries: kept } },
  };
}
