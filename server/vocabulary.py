"""The ontology and the shapes at their own addresses: the files themselves, or a list of terms."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph, URIRef
from rdflib.term import Node

import ontology
import shapes
from ontology.namespaces import BASE, new_graph
from server.documents import alternates, chosen, document, suffix_format, with_alternates
from server.formats import HTML
from server.responses import page

blueprint = Blueprint("vocabulary", __name__)

_SHAPES: Final = Path(shapes.__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the list shows it; `name` is the part of its IRI behind the #."""

    name: str
    iri: str
    label: str
    definition: str
    example: str


@blueprint.get("/ontology")
@blueprint.get("/ontology.<suffix>")
def ontology_document(suffix: str | None = None) -> Response:
    """Answer with the OWL vocabulary."""
    return _answer("/ontology", "The ontology", _ontology, _ONTOLOGY_GROUPS, suffix)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes_document(suffix: str | None = None) -> Response:
    """Answer with the SHACL shapes."""
    return _answer("/shapes", "The shapes", _shapes, _SHAPE_GROUPS, suffix)


_ONTOLOGY_GROUPS: Final = (
    ("Classes", OWL.Class),
    ("Properties with things as values", OWL.ObjectProperty),
    ("Properties with texts, numbers and dates as values", OWL.DatatypeProperty),
    ("Annotation properties", OWL.AnnotationProperty),
)
_SHAPE_GROUPS: Final = (("Shapes", SH.NodeShape), ("Constraints", SH.PropertyShape))


def _answer(
    stem: str,
    title: str,
    load: Callable[[], Graph],
    groups: tuple[tuple[str, URIRef], ...],
    suffix: str | None,
) -> Response:
    choice = chosen(suffix_format(suffix))
    graph = load()
    if choice.format is not HTML:
        return document(graph, choice, stem)
    namespace = BASE + stem.lstrip("/") + "#"
    listed = [(heading, _terms(graph, kind, namespace)) for heading, kind in groups]
    return with_alternates(
        page(
            "vocabulary.html",
            title=title,
            iri=BASE + stem.lstrip("/"),
            groups=[(heading, terms) for heading, terms in listed if terms],
            alternates=alternates(stem),
        ),
        stem,
    )


@cache
def _ontology() -> Graph:
    return ontology.vocabulary() + ontology.alignments()


@cache
def _shapes() -> Graph:
    graph = new_graph()
    for path in sorted(_SHAPES.glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def _terms(graph: Graph, kind: URIRef, namespace: str) -> list[Term]:
    subjects = {str(subject) for subject in graph.subjects(RDF.type, kind)}
    return [
        Term(
            iri.removeprefix(namespace),
            iri,
            _text(graph, iri, RDFS.label) or iri.removeprefix(namespace),
            _text(graph, iri, SKOS.definition, RDFS.comment, SH.description, SH.message),
            _text(graph, iri, SKOS.example),
        )
        for iri in sorted(subjects)
        if iri.startswith(namespace)
    ]


def _text(graph: Graph, iri: str, *properties: Node) -> str:
    for property_ in properties:
        texts = sorted(str(value) for value in graph.objects(URIRef(iri), property_))
        if texts:
            return texts[0]
    return ""
