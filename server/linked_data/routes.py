"""Things and the documents about them: `/id/...` leads to `/doc/...` (Cool URIs, 303)."""

import json
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, Graph, URIRef

from ontology.iris import resource
from ontology.namespaces import CEBU
from server.history import memento
from server.history.touched import changes_of
from server.history.versions import version_asked, versioned
from server.http.formats import FORMATS, HTML, TEXT, Format
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import answer, page
from server.linked_data.addresses import local, query_link
from server.linked_data.citation import BIBTEX, CSL_JSON, citation
from server.linked_data.designs import design
from server.linked_data.documents import alternates, chosen, document, split_suffix, with_alternates
from server.linked_data.entity import Entity, Link
from server.linked_data.labels import definition
from server.linked_data.schema_org import add_schema_org
from server.linked_data.withdrawn import Withdrawal
from server.services import services
from server.store.rdf_patch import Heading
from server.store.store import Past

blueprint = Blueprint("linked_data", __name__)

LINKS_AT_FIRST: Final = 5
LINKS_ON_A_PAGE: Final = 50
LINKS_IN_A_DOCUMENT: Final = 1000
SAID_AT_FIRST: Final = 50
CHANGES_SHOWN: Final = 20

# The claims that rest on a passage have pages too.
_CLAIMS: Final = "claims"
_CITATIONS: Final = {
    ".bib": Format("bib", BIBTEX, "BibTeX"),
    ".csl.json": Format("csl.json", CSL_JSON, "CSL-JSON"),
}
_SUMMARIES: Final = tuple(
    str(name)
    for name in (
        DCTERMS.title,
        CEBU.text,
        CEBU.exact,
        SKOS.definition,
        RDFS.comment,
        DCTERMS.description,
    )
)


@blueprint.get("/id/<path:path>")
def thing(path: str) -> Response:
    """Lead from a thing to the document about it; the document negotiates its format."""
    entity = _entity(path)
    g.negotiated = True
    return Response(status=303, headers={"Location": entity.path})


@blueprint.get("/doc/<path:path>")
def about(path: str) -> Response:
    """Answer with the document about a thing, by suffix or by Accept, or with how to cite it."""
    for ending, form in _CITATIONS.items():
        if path.endswith(ending):
            return _citation(path.removesuffix(ending), form)
    path, suffix = split_suffix(path)
    past = version_asked()
    entity = _entity(path, past)
    return memento.linked(_document(entity, suffix, past), entity.path)


def _citation(path: str, form: Format) -> Response:
    g.suffix = TEXT
    past = version_asked()
    entity = _entity(path, past)
    found = citation(entity, past)
    body = found.bibtex if form.key == "bib" else found.csl_json
    return memento.linked(answer(body, form.content_type()), entity.path)


def _document(entity: Entity, suffix: Format | None, past: Past | None) -> Response:
    choice = chosen(suffix)
    number = page_number()
    if choice.format is HTML:
        shown = _page(entity, number, past)
        return _describes(with_alternates(shown, entity.path), entity)
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
    """Say in the headers, too, what the document is about and how to name it (RFC 6892, 8574)."""
    response.headers.add("Link", f'<{entity.iri}>; rel="describes"')
    response.headers.add("Link", f'<{entity.iri}>; rel="cite-as"')
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
        entity = Entity(past or services().data, resource(path))
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


def _page(entity: Entity, number: int, past: Past | None) -> Response:
    """Return the page about the entity, or the page `number` of the links by one property."""
    if "property" in request.args:
        return _links(entity, request.args["property"], number, past)
    if number > 1:
        raise Problem(
            "parameter",
            "The links to this thing have pages by property.",
            next_step="Add property= with one of those available.",
            more={"available": _keys(entity)},
        )
    document = entity.path + (f"?version={past.number}" if past else "")
    return page(
        "entity.html",
        entity=entity,
        document=document,
        design=design(entity),
        stated=entity.stated,
        kinds=_kinds(entity),
        rows=entity.rows(),
        said=entity.said_by(0, SAID_AT_FIRST) if _CLAIMS in _keys(entity) else [],
        said_total=_said_total(entity),
        groups=entity.pointing(entity.links, 0, LINKS_AT_FIRST),
        total=sum(group.total for group in entity.links),
        links_to=lambda key, at=1: _address(entity, key, at, past),
        past=past,
        history=_history(entity, past),
        citation=citation(entity, past),
        alternates=alternates(entity.path),
        query=versioned(query_link(_query(entity.iri))),
        summary=_summary(entity),
        json_ld=_for_script(serialised(_head(entity), FORMATS["jsonld"])),
    )


def _links(entity: Entity, key: str, number: int, past: Past | None) -> Response:
    group = next((group for group in entity.links if group.key == key), None)
    if group is None and (key != _CLAIMS or not _said_total(entity)):
        raise Problem(
            "parameter",
            f"Nothing points at this thing by {key[:80]!r}.",
            next_step="Take one of the properties available.",
            more={"available": _keys(entity)},
        )
    total = group.total if group else _said_total(entity)
    pages = _pages(total, LINKS_ON_A_PAGE, number)
    offset = (number - 1) * LINKS_ON_A_PAGE
    return page(
        "entity/links.html",
        entity=entity,
        document=entity.path + (f"?version={past.number}" if past else ""),
        group=entity.pointing([group], offset, LINKS_ON_A_PAGE)[0] if group else None,
        said=[] if group else entity.said_by(offset, LINKS_ON_A_PAGE),
        total=total,
        first=offset + 1,
        page=number,
        pages=pages,
        links_to=lambda at: _address(entity, key, at, past),
        query=query_link(
            _links_query(entity.iri, group.property.iri)
            if group
            else _links_query(entity.iri, str(CEBU.evidence))
        ),
    )


def _address(entity: Entity, key: str, number: int, past: Past | None) -> str:
    """Return the path of a page of links."""
    fields = {"property": key, **({"page": number} if number > 1 else {})}
    if past:
        fields["version"] = past.number
    return f"{entity.path}?{urlencode(fields, safe=':')}"


def _keys(entity: Entity) -> list[str]:
    """Return the properties whose links have pages, as addresses name them."""
    return [*(group.key for group in entity.links), *([_CLAIMS] if _said_total(entity) else [])]


def _said_total(entity: Entity) -> int:
    return entity.claims_resting if str(CEBU.Passage) in entity.types else 0


def _kinds(entity: Entity) -> list[tuple[Link, str]]:
    """Return its classes with what each means."""
    return [
        (value.link, definition(entity.data.graph, value.iri))
        for value in entity.own.get(str(RDF.type), [])
        if value.link
    ]


def _history(entity: Entity, past: Past | None) -> list[Heading]:
    """Return the changes that touched the entity, the last first."""
    data = services().data
    numbers = changes_of(data, str(entity.iri), past.number if past else None)
    shown = numbers[: -CHANGES_SHOWN - 1 : -1]
    return [data.log.heading(number) for number in shown] if data.log else []


def _summary(entity: Entity) -> str:
    """Return its own words in short, for those who show a link to the page."""
    for property_ in _SUMMARIES:
        for value in entity.own.get(property_, []):
            text = " ".join(value.text.split())
            return text if len(text) <= 200 else text[:199].rstrip() + "…"
    return ""


def _head(entity: Entity) -> Graph:
    """Return what the head of the page says in JSON-LD: in our words and in schema.org's."""
    graph = entity.described()
    document = next(graph.subjects(FOAF.primaryTopic, entity.iri))
    add_schema_org(graph, entity.iri, URIRef(str(document)))
    return graph


def _query(iri: URIRef) -> str:
    return (
        f"SELECT ?property ?value\nWHERE {{\n  <{iri}> ?property ?value .\n}}\nORDER BY ?property"
    )


def _links_query(iri: URIRef, property_: str) -> str:
    return f"SELECT ?thing\nWHERE {{\n  ?thing <{property_}> <{iri}> .\n}}\nORDER BY ?thing"


def _for_script(body: bytes) -> str:
    """Return JSON in which nothing can end a script element (HTML, section 4.12.1.3)."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
