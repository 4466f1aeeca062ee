"""Views of the graph for whoever explores it: filters in the address, tables to take along."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from server.explore.contradictions import contradictions
from server.explore.export import CSV, JSON, PNG, SVG, XLSX, as_csv, as_json, as_xlsx
from server.explore.network import ROLES, network
from server.explore.png import as_png, is_possible
from server.explore.projects import projects
from server.explore.ratifications import ratifications
from server.explore.recommendations import recommendations
from server.explore.states import states
from server.explore.statistics import statistics
from server.explore.view import View, query, select
from server.http.formats import HTML, Format
from server.http.problems import Problem
from server.http.responses import answer, by_accept, page
from server.services import services
from server.store.store import GraphStore

blueprint = Blueprint("explore", __name__)

_VIEWS: Final[Mapping[str, Callable[[GraphStore], View]]] = {
    "ratifications": ratifications,
    "projects": projects,
    "recommendations": recommendations,
    "network": network,
    "statistics": statistics,
    "map": states,
    "contradictions": contradictions,
}
# Name, title, what the view answers, what is counted of it, and in which words.
_INDEX: Final = (
    (
        "ratifications",
        "Ratifications",
        "Which conventions each state had ratified by 2017 and in 2020, with the differences.",
        ("?thing", "?thing a cebu:TreatyStatus ."),
        "entries of states and conventions",
    ),
    (
        "projects",
        "Projects in time",
        "When each project was to begin and end, who carries it, and which ones slipped between"
        " plans.",
        ("?thing", "?thing a cebu:Project ;\n  cebu:partOfPlan ?plan ."),
        "projects",
    ),
    (
        "network",
        "Bodies and projects",
        "Who coordinates, leads, contributes and collaborates, as a network.",
        (
            "?thing",
            f"VALUES ?role {{ {' '.join(f'cebu:{name}' for name in ROLES)} }}\n"
            "?project ?role ?thing ;\n  cebu:partOfPlan ?plan .",
        ),
        "states and bodies",
    ),
    (
        "recommendations",
        "Recommendations",
        "What each forum recommended, to whom, and what the review reports under the same heading,"
        " or that it reports nothing.",
        ("?thing", "?thing a cebu:Recommendation ."),
        "recommendations",
    ),
    (
        "statistics",
        "Statistics",
        "The figures that the documents print, as charts and tables, with the notes of their"
        " tables.",
        ("?thing", "?thing a qb:Observation ."),
        "figures",
    ),
    (
        "map",
        "Map of states",
        "Ratified conventions, coordinated projects, reported measures or a figure, on a map.",
        ("?thing", "?thing a cebu:MemberState ."),
        "states",
    ),
    (
        "contradictions",
        "Contradictions",
        "What the documents say in two ways, each with its sentences side by side.",
        ("?thing", "?thing a cebu:Discrepancy ."),
        "contradictions",
    ),
)


def paths() -> list[str]:
    """Return the path of each view."""
    return [f"/explore/{name}" for name in _VIEWS]


@blueprint.get("/explore")
def index() -> Response:
    """List the views, each with a number."""
    data = services().data
    views = [
        (name, title, lead, _counted(data, *counted), words)
        for name, title, lead, counted, words in _INDEX
    ]
    return page("explore/index.html", views=views)


def _counted(data: GraphStore, variable: str, patterns: str) -> int:
    """Return how many different things fit the patterns."""
    text = query(f"(COUNT(DISTINCT {variable}) AS ?number)", [patterns], "?number", plain=True)
    return int(select(data, text, is_fixed=True)[0]["number"])


@blueprint.get("/explore/<name>")
def view(name: str) -> Response:
    """Answer with one view, filtered as the address asks, as a page or as a table."""
    if name not in _VIEWS:
        raise Problem(
            "not-found",
            f"There is no view {name[:80]!r} to explore.",
            next_step="The page /explore lists the views.",
            more={"available": list(_VIEWS)},
        )
    found = _VIEWS[name](services().data)
    offers = (JSON, CSV, XLSX, *_pictures(found), HTML)
    wanted = _format(offers)
    if wanted is HTML:
        return page(
            found.template,
            view=found,
            downloads=[(item, _address(found, item.key)) for item in offers if item is not HTML],
            share=_address(found),
            **found.context,
        )
    return _table(found, wanted)


def _table(found: View, wanted: Format) -> Response:
    address = request.url_root.rstrip("/") + _address(found)
    body: str | bytes
    if wanted is JSON:
        return answer(as_json(found, address), JSON.media_type)
    if wanted in (SVG, PNG):
        svg = found.drawing(request.url_root.rstrip("/"), address)
        body, shown = (svg if wanted is SVG else as_png(svg)), "inline"
    else:
        body, shown = (as_csv(found) if wanted is CSV else as_xlsx(found, address)), "attachment"
    response = answer(body, wanted.content_type())
    response.headers["Content-Disposition"] = f'{shown}; filename="{found.name}.{wanted.key}"'
    return response


def _pictures(found: View) -> tuple[Format, ...]:
    """Return the formats of the view's picture, if it has one and this machine can write it."""
    if found.draw is None or not found.rows:
        return ()
    return (SVG, PNG) if is_possible() else (SVG,)


def _format(offers: tuple[Format, ...]) -> Format:
    """Return the format that `format=` names or, failing that, the Accept header."""
    key = request.args.get("format")
    if key is None:
        return by_accept(offers).format
    g.negotiated = True
    for offer in offers:
        if offer.key == key:
            return offer
    raise Problem(
        "parameter",
        f"format is {key[:80]!r}, which this view does not come in.",
        next_step="Choose one of those available.",
        more={"available": [offer.key for offer in offers]},
    )


def _address(found: View, format_key: str = "") -> str:
    """Return the path of the view with the filters that are set."""
    fields = [(item.name, value) for item in found.filters for value in item.values]
    if format_key:
        fields.append(("format", format_key))
    return f"/explore/{found.name}" + (f"?{urlencode(fields, safe='/')}" if fields else "")
