"""Bodies and projects as a network: who coordinates, leads, contributes and collaborates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ontology.iris import path_of
from ontology.namespaces import ID
from ontology.terms import Cebu
from server.explore.drawing import Pen
from server.explore.evidence import NOWHERE, Place, first_places
from server.explore.layers import at_barycentres
from server.explore.view import (
    Filter,
    Row,
    View,
    check_fields,
    choices,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.store.store import GraphStore

# The properties, in the order of their weight, with the words of the documents.
ROLES: Final = {
    "coordinator": "coordinates",
    "lead": "leads",
    "coLead": "co-leads",
    "contributingBody": "contributes",
    "collaborator": "collaborates",
}
_VALUES: Final = f"VALUES ?role {{ {' '.join(f'cebu:{name}' for name in ROLES)} }}"
_VARIABLES: Final = "?project ?number ?title ?plan ?planName ?role ?body ?bodyName"
_PATTERNS: Final = (
    "?project cebu:partOfPlan ?plan ;\n  dcterms:title ?title .",
    "?plan rdfs:label ?planName .",
    "?body rdfs:label ?bodyName .",
    "OPTIONAL { ?project cebu:number ?number }",
)
_EVIDENCE: Final = query(
    "?project ?role ?body ?source ?passage ?line",
    [
        _VALUES,
        "?claim rdf:predicate ?role ;\n"
        "  rdf:subject ?project ;\n"
        "  rdf:object ?body ;\n"
        "  cebu:statedIn ?source ;\n"
        "  cebu:evidence ?passage .",
        "?passage cebu:line ?line .",
    ],
    "?project ?role ?body ?line",
)
_BODIES: Final = query(
    "?body ?bodyName",
    [_VALUES, "?project ?role ?body .", "?body rdfs:label ?bodyName ."],
    "?bodyName",
)
_SHORT: Final = query(
    "?body ?short",
    [_VALUES, "?project ?role ?body .", "?body cebu:abbreviation ?short ."],
    "?body ?short",
)
_STATE: Final = ID + "state/"
_NAMESPACE: Final = str(Cebu)

WIDTH: Final = 980
_LEFT: Final = 120
_PROJECTS: Final = (270, 650)
_RIGHT: Final = 790
_STEP: Final = 19
_TOP: Final = 34
_NEIGHBOURS: Final = (
    "{\n  SELECT DISTINCT ?project\n  WHERE {\n"
    "    VALUES ?part { %s }\n    ?project ?part <%s> .\n  }\n}"
)


@dataclass(slots=True)
class Tie:
    """What a body does in a project, and where that is said."""

    number: str
    title: str
    place: str


@dataclass(slots=True)
class Body:
    """A body with its ties, by role and plan; `path` names it in the address."""

    iri: str
    name: str
    short: str
    ties: dict[str, dict[str, list[Tie]]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return its path below `id/`."""
        return path_of(self.iri)

    @property
    def href(self) -> str | None:
        """Return the address of its page."""
        return local(self.iri)

    @property
    def is_state(self) -> bool:
        """Say whether it is a member state."""
        return self.iri.startswith(_STATE)

    @property
    def total(self) -> int:
        """Return the number of its ties."""
        return sum(len(ties) for plans in self.ties.values() for ties in plans.values())


def network(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    filters = _filters(data)
    check_fields(filters)
    text = query(_VARIABLES, _wanted(filters), "?plan ?number ?project ?role ?body")
    found = sorted(select(data, text), key=_order)
    evidence = select(data, _EVIDENCE, is_fixed=True)
    places = first_places(evidence, "project", "role", "body")
    stated = {(row["project"], row["role"], row["body"]): row["source"] for row in evidence}
    bodies = _bodies(data, found, places)
    rows = [
        {
            **row,
            "role": row["role"].removeprefix(_NAMESPACE),
            "source": stated.get(_key(row), ""),
            "passage": places.get(_key(row), NOWHERE).passage,
        }
        for row in found
    ]
    projects = {row["project"]: row for row in found}
    counts = {name: sum(row["role"] == _NAMESPACE + name for row in found) for name in ROLES}
    return View(
        "network",
        "Bodies and projects",
        "Who coordinates, leads, co-leads, contributes to or collaborates in which project, as the"
        " plans print it.",
        filters,
        [
            ("The ties", text),
            ("The words behind them", _EVIDENCE),
            ("The abbreviations of the bodies", _SHORT),
        ],
        [*_VARIABLES.replace("?", "").split(), "source", "passage"],
        rows,
        sources(data, (row["source"] for row in rows)),
        "explore/network.html",
        {
            "bodies": sorted(bodies.values(), key=lambda body: (not body.is_state, body.name)),
            "projects": len(projects),
            "roles": ROLES,
            "counts": counts,
        },
        draw=lambda pen: _draw(pen, found, bodies),
        width=WIDTH,
    )


def _key(row: Row) -> tuple[str, str, str]:
    return row["project"], row["role"], row["body"]


def _filters(data: GraphStore) -> list[Filter]:
    named = [
        (path_of(row["body"]), row["bodyName"])
        for row in select(data, _BODIES, is_fixed=True)
        if row["body"].startswith(ID)
    ]
    return [
        chosen(
            "plan",
            "Plan",
            choices(data, "plan", ["?project a cebu:Project ;\n  cebu:partOfPlan ?plan ."]),
        ),
        chosen(
            "state", "Projects of a state", [item for item in named if item[0].startswith("state/")]
        ),
        chosen(
            "body",
            "Projects of a body",
            [item for item in named if not item[0].startswith("state/")],
        ),
        chosen("role", "Tie", list(ROLES.items())),
    ]


def _wanted(filters: list[Filter]) -> list[str]:
    """Return the patterns of the query: who takes part in a project brings all its ties."""
    plan, state, body, role = filters
    parts = " ".join(f"cebu:{name}" for name in ROLES)
    return [
        *([f"VALUES ?plan {{ <{plan.iri}> }}"] if plan.value else []),
        *([_NEIGHBOURS % (parts, item.iri) for item in (state, body) if item.value]),
        f"VALUES ?role {{ cebu:{role.value} }}" if role.value else _VALUES,
        "?project ?role ?body .",
        *_PATTERNS,
    ]


def _bodies(
    data: GraphStore, found: list[Row], places: Mapping[tuple[str, ...], Place]
) -> dict[str, Body]:
    short: dict[str, str] = {}
    for row in select(data, _SHORT, is_fixed=True):
        known = short.setdefault(row["body"], row["short"])
        if len(row["short"]) < len(known):
            short[row["body"]] = row["short"]
    bodies: dict[str, Body] = {}
    for row in found:
        iri = row["body"]
        body = bodies.setdefault(iri, Body(iri, row["bodyName"], short.get(iri, row["bodyName"])))
        plans = body.ties.setdefault(row["role"].removeprefix(_NAMESPACE), {})
        tie = Tie(row.get("number", ""), row["title"], places.get(_key(row), NOWHERE).href)
        plans.setdefault(row["planName"], []).append(tie)
    return bodies


def _draw(pen: Pen, found: list[Row], bodies: Mapping[str, Body]) -> None:
    projects: dict[str, float] = {}
    headings: list[tuple[float, str]] = []
    shown = {row["project"]: row for row in found}
    y, plan = float(_TOP), ""
    for iri, row in shown.items():
        if row["plan"] != plan:
            plan = row["plan"]
            headings.append((y + 18, row["planName"]))
            y += 28
        projects[iri] = y
        y += _STEP
    height = y - _TOP
    _legend(pen)
    ends: dict[str, dict[str, list[float]]] = {}
    for row in found:
        ends.setdefault(row["body"], {}).setdefault(
            row["role"].removeprefix(_NAMESPACE), []
        ).append(projects[row["project"]] + _STEP / 2)
    for is_left in (True, False):
        side = {
            iri: [place - _TOP for places in ends[iri].values() for place in places]
            for iri, body in bodies.items()
            if body.is_state is is_left
        }
        for iri, place in at_barycentres(side, _STEP, height).items():
            _draw_body(pen, bodies[iri], ends[iri], place + _TOP, is_left=is_left)
    for place, words in headings:
        pen.text(_PROJECTS[0], place, words, "strong", room=_PROJECTS[1] - _PROJECTS[0])
    for iri, row in shown.items():
        name = f"{row['number']}. {row['title']}" if "number" in row else row["title"]
        href = local(iri)
        pen.open_link(href)
        width = _PROJECTS[1] - _PROJECTS[0]
        pen.rect(_PROJECTS[0], projects[iri] + 1, width, _STEP - 2, "cell")
        pen.text(_PROJECTS[0] + 5, projects[iri] + 14, name, room=width - 8)
        pen.close_link(href)


def _draw_body(
    pen: Pen, body: Body, ends: Mapping[str, list[float]], y: float, *, is_left: bool
) -> None:
    x, end = (_LEFT, _PROJECTS[0]) if is_left else (_RIGHT, _PROJECTS[1])
    bend = (x + end) / 2
    pen.open_group("body")
    for role in reversed(ROLES):
        if role in ends:
            d = "".join(
                f"M{x} {y:g}C{bend:g} {y:g} {bend:g} {to:g} {end} {to:g}" for to in ends[role]
            )
            pen.path(d, f"edge-{role}")
    pen.circle(x, y, 4, "node" if is_left else "node-body")
    pen.open_link(body.href)
    room = _LEFT - 8 if is_left else WIDTH - _RIGHT - 8
    left, anchor = (x - 8, "end") if is_left else (x + 8, "")
    pen.text(left, y + 4, body.short, anchor=anchor, room=room, full=body.name)
    pen.close_link(body.href)
    pen.close_group()


def _legend(pen: Pen) -> None:
    x = 0
    for role, words in ROLES.items():
        pen.path(f"M{x} 12H{x + 34}", f"edge-{role}")
        pen.text(x + 40, 16, words)
        x += 62 + 7 * len(words)


def _order(row: Row) -> tuple[str, int, str, str, int, str]:
    digits = re.match(r"\d{1,9}", row.get("number", ""), re.A)
    role = list(ROLES).index(row["role"].removeprefix(_NAMESPACE))
    return (
        row["plan"],
        int(digits[0]) if digits else 10**9,
        row.get("number", ""),
        row["project"],
        role,
        row["bodyName"],
    )
