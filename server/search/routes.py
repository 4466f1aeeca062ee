"""The search page and its data: one box over everything, and suggestions while one types."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, render_template, request

from server.http import caching
from server.http.formats import FORMATS, HTML, Format
from server.http.negotiation import Choice
from server.http.problems import Problem
from server.http.responses import answer, by_accept, page
from server.linked_data.addresses import local, source_link
from server.linked_data.routes import page_number
from server.pages.catalogue import marked
from server.search import builds as search_builds
from server.search.documents import FACETS
from server.search.results import Found, Piece, Result, SearchIndex, Value
from server.search.words import folded
from server.services import services

blueprint = Blueprint("search", __name__)

MAX_QUERY: Final = 300
"""Characters of a search."""
MAX_SIZE: Final = 100
"""Results of a page."""
SUGGESTIONS: Final = 8

_SIZE: Final = 20
_MAX_VALUES: Final = 20
_LISTED: Final = 12
_PARAMETERS: Final = ("q", *FACETS, "page", "size", "format")
_JSON: Final = Format("json", "application/json", "JSON")
_CSV: Final = FORMATS["csv"]
_OFFERS: Final = (_JSON, _CSV, HTML)
_FACET_LABELS: Final = {
    "kind": marked("Kind"),
    "state": marked("State"),
    "body": marked("Body"),
    "year": marked("Year"),
    "theme": marked("Theme"),
    "source": marked("Source"),
}
_COLUMNS: Final = ("iri", "kind", "label", "address", "excerpt", "sources")


@blueprint.get("/search")
def search() -> Response:
    """Find things by their words, narrowed by kind, state, body, year, theme and source."""
    choice = _choice()
    current = _current()
    query, filters, number, size = _asked(current.index)
    found = current.index.search(
        query, filters, first=(number - 1) * size, size=size, without=current.gone
    )
    pages = max(1, -(-found.total // size))
    if number > pages:
        raise Problem(
            "parameter",
            f"Pages of results: {pages}. There is no page {number}.",
            next_step="Take page=1.",
        )
    if choice.format is _JSON:
        return answer(_as_json(query, found, number, pages, current.is_old), choice.content_type)
    if choice.format is _CSV:
        return answer(_as_csv(found.results), choice.content_type)
    return page(
        "search.html",
        query=query,
        found=found,
        page=number,
        pages=pages,
        first=(number - 1) * size,
        is_old=current.is_old,
        names=_FACET_LABELS,
        listed=_LISTED,
        chosen=[
            (name, value, current.index.label(name, value) or value)
            for name, values in filters.items()
            for value in values
        ],
        address=_address,
        with_value=_with_value,
        without_value=_without_value,
        href=_href,
        source_href=_source_href,
    )


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """Suggest things whose names begin so (OpenSearch Suggestions extension 1.1)."""
    query = _query()
    # A long text is no name; who typed it goes on to the search itself.
    current = _current()
    found = current.index.suggest(query, SUGGESTIONS, current.gone)
    root = request.url_root.rstrip("/")
    body = [
        query,
        [item.label for item in found],
        [item.kind_label for item in found],
        [root + _href(item.iri) for item in found],
    ]
    return answer(json.dumps(body, ensure_ascii=False), "application/x-suggestions+json")


@blueprint.get("/search/description.xml")
def description() -> Response:
    """Describe the search to browsers and programs (OpenSearch 1.1)."""
    text = render_template("opensearch.xml", root=request.url_root.rstrip("/"))
    return answer(text, "application/opensearchdescription+xml")


@blueprint.after_request
def _keep_no_old(response: Response) -> Response:
    """Have nobody keep what the next index will answer differently over the same data."""
    if g.get("index_is_old"):
        response.cache_control.no_store = True
    return response


@blueprint.after_app_request
def _renew(response: Response) -> Response:
    """Have the index built once the graph is another, whoever changed it."""
    here = services()
    search_builds.refresh(here.data, here.settings)
    return response


def _current() -> search_builds.Current:
    here = services()
    current = search_builds.current(here.data, here.settings)
    if current.is_old:
        g.index_is_old = True
        caching.do_not_tag()
    return current


def _choice() -> Choice:
    """Return the format asked for: by `format=` if given, else by Accept.

    Raises `Problem` if there is none such.
    """
    wanted = request.args.get("format")
    if wanted is None:
        return by_accept(_OFFERS)
    g.negotiated = True
    for offer in _OFFERS:
        if offer.key == wanted:
            g.suffix = offer  # errors come in it, too
            return Choice(offer, offer.media_type)
    raise Problem(
        "parameter",
        f"The search has no format {wanted[:50]!r}.",
        next_step=f"Take one of {', '.join(offer.key for offer in _OFFERS)}.",
    )


def _query() -> str:
    text = " ".join(request.args.get("q", "").split())
    if len(text) > MAX_QUERY:
        raise Problem(
            "parameter",
            f"The search has {len(text)} characters, and {MAX_QUERY} are the most.",
            next_step="Search for the words that matter most.",
        )
    return text


def _asked(index: SearchIndex) -> tuple[str, dict[str, list[str]], int, int]:
    """Return query, filters, page and size. Raises `Problem` for what is none of them."""
    for name in request.args:
        if name not in _PARAMETERS:
            raise Problem(
                "parameter",
                f"The search has no parameter {name[:50]!r}.",
                next_step=f"Use some of {', '.join(_PARAMETERS)}.",
            )
    filters = {name: _values(index, name) for name in FACETS if name in request.args}
    size = request.args.get("size", str(_SIZE))
    if not (size.isascii() and size.isdigit() and len(size) < 4 and 1 <= int(size) <= MAX_SIZE):
        raise Problem(
            "parameter", f"size is not a number from 1 to {MAX_SIZE}.", next_step="Leave it out."
        )
    return (
        _query(),
        {name: values for name, values in filters.items() if values},
        page_number(),
        (int(size)),
    )


def _values(index: SearchIndex, name: str) -> list[str]:
    values = [value for value in dict.fromkeys(request.args.getlist(name)) if value]
    if len(values) > _MAX_VALUES:
        raise Problem(
            "parameter",
            f"{name} has {len(values)} values, and {_MAX_VALUES} are the most.",
            next_step="Choose fewer.",
        )
    for value in values:
        if index.label(name, value) is None:
            raise _unknown(index, name, value)
    return values


def _unknown(index: SearchIndex, name: str, value: str) -> Problem:
    """Return the problem that says which values there are, those like this one first."""
    known = index.values(name)
    wanted = folded(value)
    like = [other for other in known if wanted and wanted in folded(other)] or known
    more = f" and {len(like) - _MAX_VALUES} more" if len(like) > _MAX_VALUES else ""
    return Problem(
        "parameter",
        f"Nothing here has the {name} {value[:100]!r}.",
        next_step=f"Take the filter {name} away, or choose one of: "
        f"{', '.join(like[:_MAX_VALUES])}{more}.",
        more={"values": known},
    )


def _href(iri: str) -> str:
    """Return where a result leads: a passage to its place in the document, others to their page."""
    return source_link(iri) or local(iri) or iri


def _source_href(source: str, iri: str) -> str:
    """Return where the words stand that a result rests on: the document, or the place in it."""
    return source_link(iri) or local(source) or f"/sources/{quote(source)}"


def _address(**changes: object) -> str:
    """Return the address of this search with other fields; None takes one away."""
    pairs = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name in _PARAMETERS and name not in changes and name != "page" and value
    ]
    pairs += [(name, str(value)) for name, value in changes.items() if value is not None]
    return "/search" + ("?" + urlencode(pairs) if pairs else "")


def _with_value(name: str, value: str) -> str:
    return _with(name, [*request.args.getlist(name), value])


def _without_value(name: str, value: str) -> str:
    return _with(name, [other for other in request.args.getlist(name) if other != value])


def _with(name: str, values: Iterable[str]) -> str:
    rest = _address(**{name: None})
    pairs = urlencode([(name, value) for value in dict.fromkeys(values) if value])
    return f"{rest}{'&' if '?' in rest else '?'}{pairs}" if pairs else rest


def _as_json(query: str, found: Found, number: int, pages: int, is_old: bool) -> str:
    root = request.url_root.rstrip("/")
    body = {
        "query": query,
        "total": found.total,
        "page": number,
        "pages": pages,
        "corrected": dict(found.corrected),
        "unknown": list(found.unknown),
        "partial": found.partial,
        "old": is_old,
        "results": [
            {
                "iri": item.iri,
                "address": root + _href(item.iri),
                "kind": item.kind,
                "label": item.name,
                "marked": _marks(item.label),
                "excerpt": _marks(item.excerpt),
                "sources": [source for source, _ in item.sources],
            }
            for item in found.results
        ],
        "facets": _facets(found.facets),
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _facets(facets: Mapping[str, Sequence[Value]]) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {"value": i.value, "label": i.label, "count": i.count, "chosen": i.chosen}
            for i in values
        ]
        for name, values in facets.items()
    }


def _marks(pieces: Iterable[Piece]) -> list[dict[str, object]]:
    return [{"text": piece.text, "marked": piece.marked} for piece in pieces]


def _as_csv(results: Iterable[Result]) -> str:
    root = request.url_root.rstrip("/")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for item in results:
        excerpt = "".join(piece.text for piece in item.excerpt)
        sources = " ".join(source for source, _ in item.sources)
        row = (item.iri, item.kind, item.name, root + _href(item.iri), excerpt, sources)
        writer.writerow(row)
    return text.getvalue()
