"""The data quality page: what a careful reader needs in order to trust the graph."""

import weakref
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
from server.pages.discrepancies import Discrepancy, known_discrepancies
from server.pages.shape_words import ShapeInWords, in_words
from server.services import Services, services
from server.sources.documents import StoredDocument, slugs, stored_document
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

    version: str
    documents: list[StoredDocument]
    checks: list[Check]
    discrepancies: list[Discrepancy]
    shapes: list[ShapeInWords]


_known: weakref.WeakKeyDictionary[GraphStore, Quality] = weakref.WeakKeyDictionary()

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
        quality=_quality(here),
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


def _quality(here: Services) -> Quality:
    known = _known.get(here.data)
    if known is None or known.version != here.data.version:
        found = (stored_document(here.data, here.settings, slug) for slug in slugs(here.data))
        documents = [document for document in found if document is not None]
        known = _known[here.data] = Quality(
            here.data.version,
            documents,
            [*_words(documents), *(_check(here.data, *item) for item in _COUNTED)],
            known_discrepancies(here.data),
            in_words(shapes_graph()),
        )
    return known


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
