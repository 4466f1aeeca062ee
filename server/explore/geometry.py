"""The ground of the map of states, as the front end's build draws it from Natural Earth."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.settings import ROOT

FILE: Final = ROOT / "server" / "static" / "built" / "map.json"


@dataclass(frozen=True, slots=True)
class Ground:
    """The map in the units of its drawing: the paths of states by ISO 3166-1, and other land.

    `bounds` are degrees: west, south, east, north.
    """

    width: int
    height: int
    bounds: tuple[float, float, float, float]
    states: dict[str, str]
    land: str

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return where a place on earth is on the map (equirectangular)."""
        west, south, east, north = self.bounds
        scale = min(self.width / (east - west), self.height / (north - south))
        return round((longitude - west) * scale, 1), round((north - latitude) * scale, 1)


@functools.cache
def ground(file: Path = FILE) -> Ground | None:
    """Return the ground of the map, None if the front end is not built."""
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    west, south, east, north = read["bounds"]
    return Ground(
        read["width"], read["height"], (west, south, east, north), read["states"], read["land"]
    )
