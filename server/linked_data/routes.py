"""Things and the documents about them: `/id/...` leads to `/doc/...` (Cool URIs, 303)."""

import json
from typing import Final

from flask import Blueprint, Response, g, request
from rdflib import URIRef

from ontology.iris import resource
from server.history import memento
from server.history.versions import version_asked, versioned
from server.http.formats import FORMATS, HTML, Format
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import page
from server.linked_data.addresses import local, query_link
from server.linked_data.documents import alternates, chosen, document, split_suffix, with_alternates
from server.linked_data.entity import Entity
from server.linked_data.withdrawn import Withdrawal
from server.services import services
from server.store.store import Past

blueprint = Blueprint("linked_data", __name__)

LINKS_ON_A_PAGE: Final = 50
LINKS_IN_A_DOCUMENT: Final = 1000


@blueprint.get("/id/<path:path>")
def thing(path: str) -> Response:
    """Lead from a thing to the document about it; the document negotiates its format."""
    entity = _entity(path)
    g.negotiated = True
    return Response(status=303, headers={"Location": entity.path})


@blueprint.get("/doc/<path:path>")
def about(path: str) -> Response:
    """Answer with the document about a thing, by suffix or by Accept."""
    path, suffix = split_suffix(path)
    past = version_asked()
    entity = _entity(path, past)
    return memento.linked(_document(entity, suffix, past), entity.path)


def _document(entity: Entity, suffix: Format | None, past: Past | None) -> Response:
    choice = chosen(suffix)
    number = page_number()
    if choice.format is HTML:
        return _describes(with_alternates(_page(entity, number), entity.path), entity)
    graph, total = entity.graph(number, LINKS_IN_A_DOCUMENT)
    memento.name_version(graph, entity.path, past)
    pages = _pages(total, LINKS_IN_A_DOCUMENT, number)
    response = document(graph, choice, entity.path)
    # The path is written anew: what the client sent is never put into a header.
    here = f"{entity.path}.{suffix.key}" if suffix else entity.path
    for relation, other in (("prev", number - 1), ("next", number + 1)):
        if 1 <= other <= pages:
            version = f"&version={past.number}" if past else ""
            response.headers.add("Link", f'<{here}?page={other}{version}>; rel="{relation}"')
    return _describes(response, entity)


def page_number() -> int:
    """Return the page that the request asks for, 1 if none; raise `Problem` if it is no number."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise Problem("parameter", "page is not a number from 1.", next_step="Begin with page=1.")
    return int(text)


def _describes(response: Response, entity: Entity) -> Response:
    """Say in the headers, too, what the document is about (RFC 6892)."""
    response.headers.add("Link", f'<{entity.iri}>; rel="describes"')
    return response


def _pages(total: int, size: int, number: int) -> int:
    """Return the number of pages of links; raise `Problem` if page `number` is none of them."""
    pages = max(1, -(-total // size))
    if number > pages:
        raise Problem(
            "parameter",
            f"Pages of links here: {pages}. There is no page {number}.",
            next_step="Take page=1.",
        )
    return pages


def _entity(path: str, past: Past | None = None) -> Entity:
    """Return the entity at a path; raise `Problem` if it is unknown (404) or withdrawn (410)."""
    try:
        entity = Entity((past or services().data).graph, resource(path))
    except ValueError as error:
        raise Problem("entity-unknown", f"{error}.") from error
    if entity.exists:
        return entity
    withdrawn = services().withdrawn.get(entity.iri)
    if withdrawn is not None:
        raise _withdrawn(withdrawn)
    raise Problem("entity-unknown", f"The graph says nothing of <{entity.iri}>.")


def _withdrawn(entry: Withdrawal) -> Problem:
    detail = f"<{entry.iri}> was withdrawn on {entry.on}: {entry.why}"
    if entry.instead is None:
        return Problem("withdrawn", detail)
    return Problem(
        "withdrawn",
        detail,
        next_step=f"Take <{entry.instead}> instead.",
        more={"instead": str(entry.instead)},
        # RFC 5829, section 3.4.
        headers={"Link": f'<{local(str(entry.instead))}>; rel="successor-version"'},
    )


def _page(entity: Entity, number: int) -> Response:
    incoming, total = entity.incoming(number, LINKS_ON_A_PAGE)
    pages = _pages(total, LINKS_ON_A_PAGE, number)
    return page(
        "entity.html",
        entity=entity,
        rows=entity.rows(),
        said=entity.said_by(),
        incoming=incoming,
        total=total,
        page=number,
        pages=pages,
        alternates=alternates(entity.path),
        query=versioned(query_link(_query(entity.iri))),
        json_ld=_for_script(serialised(entity.described(), FORMATS["jsonld"])),
    )


def _query(iri: URIRef) -> str:
    return (
        f"SELECT ?property ?value\nWHERE {{\n  <{iri}> ?property ?value .\n}}\nORDER BY ?property"
    )


def _for_script(body: bytes) -> str:
    """Return JSON in which nothing can end a script element (HTML, section 4.12.1.3)."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
