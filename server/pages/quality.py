"""The data quality page: what a careful reader needs in order to trust the graph."""

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response

from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.http.responses import page
from server.linked_data.addresses import local, query_link
from server.linked_data.vocabulary import shapes_graph, versions
from server.pages.catalogue import marked
from server.pages.discrepancies import Discrepancy, discrepancies
from server.pages.shape_words import ShapeInWords, in_words
from server.services import services
from server.sources.documents import StoredDocument, slugs, stored_document
from server.store.kept import kept_by_version
from server.store.store import GraphStore
from server.validation.record import FILE, ValidationRecord

blueprint = Blueprint("quality", __name__)


@dataclass(frozen=True, slots=True)
class Check:
    """Something that ought to hold: how many were looked at, how many do not fit, and the query."""

    what: str
    looked_at: int
    amiss: int
    href: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of one state of the graph."""

    documents: list[StoredDocument]
    checks: list[Check]
    discrepancies: list[Discrepancy]
    shapes: list[ShapeInWords]


_CLAIMS: Final = f"?thing a <{Cebu.Claim}>"
_PASSAGES: Final = f"?thing a <{Cebu.Passage}>"
_THINGS: Final = f'?thing a ?class FILTER (STRSTARTS(STR(?thing), "{ID}"))'
_VERBATIM: Final = marked(
    "The words of every passage are the document's own, at the place that it names."
)
_COUNTED: Final = (
    (
        marked("Every claim rests on words of a document."),
        _CLAIMS,
        f"FILTER NOT EXISTS {{ ?thing <{Cebu.evidence}> ?passage }}",
    ),
    (
        marked("What a claim says is also a statement of the graph."),
        _CLAIMS,
        f"?thing <{PREFIXES['rdf']}subject> ?s ; <{PREFIXES['rdf']}predicate> ?p ;"
        f" <{PREFIXES['rdf']}object> ?o FILTER NOT EXISTS {{ ?s ?p ?o }}",
    ),
    (
        marked("Every passage is evidence of something."),
        _PASSAGES,
        f"FILTER NOT EXISTS {{ ?other <{Cebu.evidence}> ?thing }}",
    ),
    (
        marked("Everything that has an address here has a name."),
        _THINGS,
        f"FILTER NOT EXISTS {{ ?thing <{PREFIXES['rdfs']}label> ?label }}",
    ),
)


@blueprint.get("/quality")
def quality() -> Response:
    """Show shapes, validation, coverage, discrepancies and versions."""
    here = services()
    record = ValidationRecord.read(here.settings.data / FILE)
    return page(
        "quality.html",
        quality=_quality(here.data),
        record=record,
        checked=_time(record.checked) if record else "",
        is_current=record is not None and here.data.version in record.versions,
        # What was changed since went through the gate.
        was_built=record is not None and here.data.number and here.data.seed in record.versions,
        data=here.data,
        versions={**versions(), "engine": f"pyoxigraph {ox.__version__}"},
        local=local,
    )


def _time(checked: str) -> str:
    """Return the time as people read it."""
    return checked.replace("T", " ").replace("+00:00", " UTC")


@kept_by_version
def _quality(data: GraphStore) -> Quality:
    found = (stored_document(data, services().settings, slug) for slug in slugs(data))
    documents = [document for document in found if document is not None]
    return Quality(
        documents,
        [*_words(documents), *(_check(data, *item) for item in _COUNTED)],
        discrepancies(data),
        in_words(shapes_graph()),
    )


def _words(documents: list[StoredDocument]) -> list[Check]:
    """Compare each passage with its document's stored text, character for character."""
    readable = [document for document in documents if not document.fault]
    if not readable:
        return []
    return [
        Check(
            _VERBATIM,
            sum(len(document.passages) + document.strays for document in readable),
            sum(document.strays for document in readable),
            None,
        )
    ]


def _check(data: GraphStore, what: str, things: str, amiss: str) -> Check:
    count = "SELECT (COUNT(DISTINCT ?thing) AS ?n)"
    return Check(
        what,
        int(data.select(f"{count} {{ {things} }}")[0]["n"]),
        int(data.select(f"{count} {{ {things} . {amiss} }}")[0]["n"]),
        query_link(f"SELECT DISTINCT ?thing\nWHERE {{\n  {things} .\n  {amiss}\n}}"),
    )
