"""Which picture says more of an answer than its table: `view:` in the head of a question.

A view has a `kind` and says which variable of the query stands where in it. A question has one,
or a list of them. The scripts that draw them are in `server/frontend/src/views`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# The places of each kind of picture, and whether one must be filled.
_PLACES: Final[Mapping[str, Mapping[str, bool]]] = {
    "chart": {"x": True, "y": True, "series": False},
    "timeline": {"label": True, "start": True, "end": False, "group": False, "thing": False},
    "map": {"state": True, "value": False, "category": False},
    "network": {"source": True, "target": True, "link": False},
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A kind of picture, and the variables in its places; a chart may have several for `y`."""

    kind: str
    roles: Mapping[str, str | tuple[str, ...]]

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables that it needs, each once."""
        listed = (
            name
            for role in self.roles.values()
            for name in ([role] if isinstance(role, str) else role)
        )
        return tuple(dict.fromkeys(listed))


def pictures(fields: object) -> tuple[Picture, ...]:
    """Return the pictures of a head. Raises `ValueError` if one cannot be drawn as it says."""
    listed = fields if isinstance(fields, list) else [] if fields is None else [fields]
    return tuple(_picture(item) for item in listed)


def _picture(fields: object) -> Picture:
    if not isinstance(fields, Mapping) or fields.get("kind") not in _PLACES:
        raise ValueError(f"view: say its kind, one of {', '.join(_PLACES)}")
    kind = str(fields["kind"])
    places = _PLACES[kind]
    roles = {str(key): _role(key, value, kind) for key, value in fields.items() if key != "kind"}
    if unknown := sorted(set(roles) - set(places)):
        raise ValueError(f"view: a {kind} has no {', '.join(unknown)}, but {', '.join(places)}")
    if missing := [key for key, must in places.items() if must and key not in roles]:
        raise ValueError(f"view: the {kind} says no {', '.join(missing)}")
    if kind == "map" and len({"value", "category"} & set(roles)) != 1:
        raise ValueError("view: the map says either value or category")
    return Picture(kind, roles)


def _role(key: object, value: object, kind: str) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value
    if (kind, key) == ("chart", "y") and isinstance(value, list) and value:
        return tuple(str(item) for item in value)
    raise ValueError(f"view: {key} is the name of a variable")
