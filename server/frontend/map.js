// The ground of the map of states: paths of Natural Earth's countries, simplified, as JSON.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { geoEquirectangular, geoPath } from "d3-geo";
import { feature, merge } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";
import { STATES } from "./states.js";

// What is shown: degrees of longitude and latitude, and the width of the drawing.
const [WEST, SOUTH, EAST, NORTH] = [91, -12, 142, 29];
const WIDTH = 960;
const HEIGHT = Math.round((WIDTH * (NORTH - SOUTH)) / (EAST - WEST));
// Square degrees: smaller bends are left out. States keep their small islands longer than the rest.
const SMALLEST = 0.02;
const SMALLEST_OF_STATE = 0.003;

function paths(atlas, smallest) {
  const topology = simplify(presimplify(atlas), smallest);
  const projection = geoEquirectangular()
    .fitExtent([[0, 0], [WIDTH, HEIGHT]], {
      type: "MultiPoint", coordinates: [[WEST, SOUTH], [EAST, NORTH]],
    })
    .clipExtent([[0, 0], [WIDTH, HEIGHT]]);
  return { topology, draw: geoPath(projection).digits(1), projection };
}

// A ring that is nowhere wider than this many units is a speck that nobody sees.
const SPECK = 1.5;

function seen(path) {
  return path.split(/(?=M)/).filter((ring) => {
    const places = ring.match(/-?[\d.]+,-?[\d.]+/g).map((place) => place.split(",").map(Number));
    return [0, 1].some((axis) => {
      const all = places.map((place) => place[axis]);
      return Math.max(...all) - Math.min(...all) > SPECK;
    });
  }).join("");
}

export async function writeMap(file) {
  const source = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
  const atlas = JSON.parse(await readFile(source, "utf8"));
  const fine = paths(atlas, SMALLEST_OF_STATE);
  const states = {};
  for (const country of fine.topology.objects.countries.geometries) {
    const code = STATES.get(country.id);
    if (!code) continue;
    states[code] = seen(fine.draw(feature(fine.topology, country)) ?? "");
  }
  const coarse = paths(atlas, SMALLEST);
  const others = coarse.topology.objects.countries.geometries.filter((item) => !STATES.has(item.id));
  const land = seen(coarse.draw(merge(coarse.topology, others)) ?? "");
  await writeFile(file, JSON.stringify({
    width: WIDTH, height: HEIGHT, bounds: [WEST, SOUTH, EAST, NORTH], states, land,
  }));
}
