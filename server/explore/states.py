"""A map of the member states: what it shows is chosen."""

import math
import re
from collections.abc import Mapping
from typing import Final

from ontology.iris import path_of
from ontology.namespaces import ID
from server.explore import figures
from server.explore.charts import Bar, bars
from server.explore.drawing import Pen, wrapped
from server.explore.evidence import NOWHERE, first_places
from server.explore.geometry import Ground, ground
from server.explore.view import (
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

# Where the name of a state is written, in degrees of longitude and latitude, and whether it has
# a ring there, so that a state of a few pixels is seen, with its name beside it.
_NAMES: Final[Mapping[str, tuple[float, float, bool]]] = {
    "BN": (114.72, 4.53, True),
    "KH": (104.9, 12.7, False),
    "ID": (113.8, -0.6, False),
    "LA": (103.6, 18.9, False),
    "MY": (102.3, 3.9, False),
    "MM": (96.2, 21.2, False),
    "PH": (121.2, 16.2, False),
    "SG": (103.82, 1.35, True),
    "TH": (101.0, 15.6, False),
    "VN": (109.6, 13.6, False),
}
_STATES: Final = query(
    "?state ?stateName ?code",
    [
        "?state a cebu:MemberState ;\n  rdfs:label ?stateName .",
        "OPTIONAL { ?state skos:notation ?code }",
    ],
    "?stateName",
)
_RATIFIED: Final = "ratified"
_COORDINATED: Final = "coordinated"
_REPORTED: Final = "reported"
_FIGURE: Final = "figure"
_ACTS: Final = f"<{ID}concept/treaty-status/ratified> <{ID}concept/treaty-status/acceded>"
_SCHEME: Final = f"<{ID}concept/afml-cluster>"
# Fewer make no map.
_FEWEST: Final = 3
_SHADES: Final = 5
_COLUMNS: Final = ("state", "stateName", "code", "value", "unit", "period", "shown")
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")
_WORDS: Final = {
    _RATIFIED: "Conventions and protocols ratified or acceded to",
    _COORDINATED: "Projects coordinated",
    _REPORTED: "Measures reported",
    _FIGURE: "Figures",
}


def states(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    measured = _measured(data)
    offered = _offered(data, measured)
    show = chosen(
        "show",
        "Show",
        [(key, name) for key, _, name in offered],
        groups={key: group for key, group, _ in offered},
        empty=offered[0][2],
    )
    check_fields([show])
    wanted = show.value or offered[0][0]
    name = next(name for key, _, name in offered if key == wanted)
    text, evidence = _texts(wanted, measured)
    things = select(data, text)
    where = select(data, evidence)
    places = first_places((row for row in where if "passage" in row), "thing", "state")
    is_figure = wanted.startswith(_FIGURE)
    rows = []
    listed: dict[str, list[tuple[str, str | None, str]]] = {}
    for state in select(data, _STATES, is_fixed=True):
        own = [row for row in things if row["state"] == state["state"]]
        # Two documents may say one thing.
        named = {row["thing"]: row for row in own}
        value = own[0]["value"] if is_figure and own else "" if is_figure else str(len(named))
        listed[state["state"]] = [
            (row["name"], local(iri), places.get((iri, state["state"]), NOWHERE).href)
            for iri, row in named.items()
        ]
        unit = own[0]["unitName"] if is_figure and own else ""
        period = own[0].get("period", "") if own else ""
        more = {"value": value, "unit": unit, "period": period, "shown": name}
        rows.append({**state, **more})
    most = max((float(row["value"]) for row in rows if row["value"]), default=0)
    here = ground()
    return View(
        "map",
        "Map of states",
        "The member states on a map: how many conventions each ratified, projects it coordinates"
        " and measures are reported of it, or a figure that a document prints of each.",
        [show],
        [
            ("What is shown", text),
            ("The words behind it", evidence),
            ("The states", _STATES),
        ],
        _COLUMNS,
        rows,
        sources(data, {row["source"] for row in where}),
        "explore/map.html",
        {
            "shown": name,
            "listed": listed,
            "local": local,
            "number": figures.number,
            "has_ground": here is not None,
            "is_figure": is_figure,
            "dataset": path_of(measured[wanted][0]["dataset"]) if is_figure else "",
        },
        draw=lambda pen: _draw(pen, here, rows, most, name, is_figure=is_figure),
    )


def _offered(data: GraphStore, measured: Mapping[str, list[Row]]) -> list[tuple[str, str, str]]:
    """Return what can be shown: a key, the name of its group, and its own."""
    listing = choices(
        data, "source", ["?claim rdf:predicate cebu:treatyStatus ;\n  cebu:statedIn ?source ."]
    )
    plans = choices(data, "plan", ["?project cebu:coordinator ?body ;\n  cebu:partOfPlan ?plan ."])
    clusters = choices(
        data,
        "cluster",
        [
            f"?cluster skos:topConceptOf {_SCHEME} .",
            "?measure cebu:theme ?cluster ;\n  a cebu:Initiative .",
        ],
    )
    return [
        (_RATIFIED, _WORDS[_RATIFIED], "Conventions ratified, by any document"),
        *(
            (
                f"{_RATIFIED}/{path.partition('/')[2]}",
                _WORDS[_RATIFIED],
                f"Conventions ratified, by the {name}",
            )
            for path, name in listing
        ),
        (_COORDINATED, _WORDS[_COORDINATED], "Projects coordinated, all plans"),
        *(
            (f"{_COORDINATED}/{path.partition('/')[2]}", _WORDS[_COORDINATED], f"Projects: {name}")
            for path, name in plans
        ),
        (_REPORTED, _WORDS[_REPORTED], "Measures reported, all clusters"),
        *(
            (
                f"{_REPORTED}/{path.rpartition('/')[2]}",
                _WORDS[_REPORTED],
                f"Measures: {name}",
            )
            for path, name in clusters
        ),
        *((key, _WORDS[_FIGURE], _figure_name(rows[0])) for key, rows in measured.items()),
    ]


def _figure_name(row: Row) -> str:
    sex = f", {row['sexName'].lower()}" if "sexName" in row else ""
    return f"{figures.measure(row)}{sex} ({row['unitName'].lower()})"


def _measured(data: GraphStore) -> dict[str, list[Row]]:
    """Return the figures that are printed of several states, one of each, by their key."""
    found: dict[str, list[Row]] = {}
    for row in select(data, figures.ALL, is_fixed=True):
        if row.get("area", "").startswith(ID + "state/"):
            parts = (
                row["dataset"].rpartition("/")[2],
                figures.measure(row),
                row["unitName"],
                row.get("sexName", "all"),
            )
            key = "/".join(_NO_SLUG.sub("-", part.lower()).strip("-") for part in parts)
            found.setdefault(f"{_FIGURE}/{key}", []).append(row)
    return {
        key: rows
        for key, rows in found.items()
        if len(rows) >= _FEWEST and len({row["area"] for row in rows}) == len(rows)
    }


def _texts(wanted: str, measured: Mapping[str, list[Row]]) -> tuple[str, str]:
    """Return the query of what is shown, and that of the words behind it."""
    kind, _, of = wanted.partition("/")
    state = "?state a cebu:MemberState ."
    claim = "  cebu:statedIn ?source ;\n  cebu:evidence ?passage .\n?passage cebu:line ?line ."
    columns, order = "?state ?thing ?name", "?state ?name ?thing"
    said = "?thing ?state ?source ?passage ?line"
    if kind == _RATIFIED:
        source = [f"FILTER (?source = <{ID}document/{of}>)"] if of else []
        entry = (
            f"VALUES ?act {{ {_ACTS} }}\n"
            "?entry cebu:treatyStatus ?act ;\n  cebu:state ?state ;\n  cebu:instrument ?thing ."
        )
        stated = (
            "?claim rdf:subject ?entry ;\n"
            "  rdf:predicate cebu:treatyStatus ;\n  rdf:object ?act ;\n"
        )
        name = "?thing rdfs:label ?name ."
        return (
            query(columns, [entry, stated + "  cebu:statedIn ?source .", name, *source], order),
            query(said, [entry, stated + claim, *source], "?state ?thing ?line"),
        )
    if kind == _COORDINATED:
        plan = [f"VALUES ?plan {{ <{ID}plan/{of}> }}"] if of else []
        tie = "?thing cebu:coordinator ?state ;\n  cebu:partOfPlan ?plan ;\n  rdfs:label ?name ."
        stated = (
            "?claim rdf:predicate cebu:coordinator ;\n"
            "  rdf:subject ?thing ;\n  rdf:object ?state ;\n"
        )
        return (
            query(columns, [*plan, tie, state], order),
            query(said, [*plan, stated + claim, "?thing cebu:partOfPlan ?plan ."], "?state ?thing"),
        )
    if kind == _REPORTED:
        cluster = [f"?thing cebu:theme <{ID}concept/afml-cluster/{of}> ."] if of else []
        measure = "?thing a cebu:Initiative ;\n  cebu:country ?state ;\n  rdfs:label ?name ."
        stated = (
            "?claim rdf:predicate cebu:country ;\n  rdf:subject ?thing ;\n  rdf:object ?state ;\n"
        )
        if not of:
            # A thousand passages: the page of each measure has its own.
            listed = "?claim rdf:predicate cebu:country ;\n  cebu:statedIn ?source ."
            return query(columns, [measure, state], order), query("?source", [listed], "?source")
        return (
            query(columns, [*cluster, measure, state], order),
            query(said, [*cluster, "?thing a cebu:Initiative .", stated + claim], "?state ?thing"),
        )
    terms = " ".join(f"<{row['figure']}>" for row in measured[wanted])
    values = f"VALUES ?thing {{ {terms} }}"
    figure = (
        "?thing sdmx-dimension:refArea ?state ;\n"
        "  sdmx-measure:obsValue ?value ;\n"
        "  sdmx-attribute:unitMeasure/rdfs:label ?unitName ;\n"
        "  rdfs:label ?name ."
    )
    period = "OPTIONAL { ?thing sdmx-dimension:refPeriod ?period }"
    stated = "?claim rdf:subject ?thing ;\n  rdf:predicate sdmx-measure:obsValue ;\n"
    return (
        query(f"{columns} ?value ?unitName ?period", [values, figure, period], order),
        query(
            said,
            [values, "?thing sdmx-dimension:refArea ?state .", stated + claim],
            "?state ?thing",
        ),
    )


def _draw(
    pen: Pen, here: Ground | None, rows: list[Row], most: float, name: str, *, is_figure: bool
) -> None:
    if here is None:
        items = [
            Bar(
                row["stateName"],
                float(row["value"] or 0),
                figures.number(row["value"]) if row["value"] else "–",
                local(row["state"]),
            )
            for row in rows
        ]
        bars(pen, {name: items}, names=160)
        return
    pen.path(here.land, "land")
    drawn = [(row, here.states.get(row.get("code", ""), "")) for row in rows]
    for row, path in drawn:
        if path:
            pen.open_link(local(row["state"]), row["stateName"])
            title = f"{row['stateName']}: {_said(row)}"
            pen.path(path, _shade(row["value"], most), title, ' fill-rule="evenodd"')
            pen.close_link(local(row["state"]))
    for row, _ in drawn:
        if row.get("code") in _NAMES:
            _name(pen, here, row, most)
    values = [row["value"] for row in rows if row["value"]]
    _legend(pen, here, values, name, is_figure=is_figure)
    pen.grow(here.height)


def _name(pen: Pen, here: Ground, row: Row, most: float) -> None:
    longitude, latitude, is_small = _NAMES[row["code"]]
    x, y = here.place(longitude, latitude)
    href = local(row["state"])
    pen.open_link(href)
    # Its numbers would lie on its neighbour's.
    anchor = "start" if row["code"] == "VN" else "middle"
    if is_small:
        pen.circle(x, y, 9, "cell")
        pen.circle(x, y, 9, _shade(row["value"], most))
        x, y, anchor = x + 14, y + 4, "start"
        if row["code"] == "BN":
            x, anchor = x - 28, "end"
    pen.text(x, y, row["stateName"], "over", anchor=anchor, size=13)
    pen.text(x, y + 17, _said(row), "over-strong", anchor=anchor, size=15)
    pen.close_link(href)


def _legend(pen: Pen, here: Ground, values: list[str], name: str, *, is_figure: bool) -> None:
    x, y = here.width - 290, 24
    pen.rect(x - 8, 0, 298, 56, "paper")
    for line in wrapped(name, 290, 13):
        pen.text(x, y, line, "strong", size=13)
        y += 18
    for step, words in enumerate(_steps(values), 1):
        if words:
            pen.rect(x, y, 28, 16, f"shade-{step}")
            pen.text(x + 36, y + 13, words)
            y += 22
    pen.rect(x, y, 28, 16, "silent")
    pen.text(x + 36, y + 13, "no figure is printed" if is_figure else "none")


def _steps(values: list[str]) -> list[str]:
    """Return what each shade stands for, nothing if no number can have it."""
    most = max(map(float, values), default=0)
    words = []
    for step in range(1, _SHADES + 1):
        bottom, top = most * (step - 1) / _SHADES, most * step / _SHADES
        if any(value.partition(".")[2] for value in values):
            words.append(f"above {bottom:,.1f} to {top:,.1f}")
            continue
        first, last = math.floor(bottom) + 1, math.floor(top)
        words.append(
            "" if first > last else f"{first:,}" if first == last else f"{first:,} to {last:,}"
        )
    return words


def _said(row: Row) -> str:
    return figures.number(row["value"]) if row["value"] else "–"


def _shade(value: str, most: float) -> str:
    """Return the look of a value: five steps of the highest one."""
    if not value or float(value) == 0 or most == 0:
        return "silent"
    return f"shade-{min(_SHADES, max(1, math.ceil(float(value) * _SHADES / most)))}"
