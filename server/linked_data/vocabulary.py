"""The ontology and the shapes at their own addresses: whole, by version, and shape by shape."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from rdflib import FOAF, OWL, RDF, RDFS, SH, SKOS, BNode, Graph, URIRef
from rdflib.term import Node

import ontology
import shapes
from ontology.namespaces import BASE, new_graph
from server.http.formats import HTML, Format
from server.http.problems import Problem
from server.http.responses import page
from server.linked_data.documents import (
    alternates,
    chosen,
    document,
    split_suffix,
    suffix_format,
    with_alternates,
)

blueprint = Blueprint("vocabulary", __name__)

_SHAPES: Final = Path(shapes.__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary that is served: its path, title, statements, and the kinds of its terms.

    `pages` says whether each term of the first kind has a page of its own below the path.
    """

    path: str
    title: str
    load: Callable[[], Graph]
    kinds: tuple[tuple[str, URIRef], ...]
    pages: bool

    @property
    def iri(self) -> URIRef:
        """Return the vocabulary's own IRI."""
        return URIRef(BASE + self.path.lstrip("/"))

    @property
    def version(self) -> str:
        """Return its version, which ends its `owl:versionIRI`."""
        return str(self.load().value(self.iri, OWL.versionInfo) or "")

    def term(self, name: str) -> URIRef:
        """Return the IRI of a term."""
        return URIRef(f"{self.iri}#{name}")


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the list shows it; `name` is the part of its IRI behind the #."""

    name: str
    iri: str
    label: str
    definition: str
    example: str
    href: str | None


@blueprint.get("/ontology")
@blueprint.get("/ontology.<suffix>")
def ontology_document(suffix: str | None = None) -> Response:
    """Answer with the OWL vocabulary."""
    return _answer(_ONTOLOGY, _ONTOLOGY.path, _ONTOLOGY.load(), suffix_format(suffix))


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """Answer with the vocabulary of a version, of which there is the current one."""
    version, suffix = split_suffix(version)
    return _version(_ONTOLOGY, version, suffix)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<suffix>")
def shapes_document(suffix: str | None = None) -> Response:
    """Answer with the SHACL shapes."""
    return _answer(_ALL_SHAPES, _ALL_SHAPES.path, _ALL_SHAPES.load(), suffix_format(suffix))


@blueprint.get("/shapes/<name>")
def shape(name: str) -> Response:
    """Answer with one shape and its constraints, or with the shapes of a version."""
    name, suffix = split_suffix(name)
    everything = _ALL_SHAPES.load()
    iri = _ALL_SHAPES.term(name)
    if (iri, None, None) not in everything:
        return _version(_ALL_SHAPES, name, suffix)
    path = f"{_ALL_SHAPES.path}/{name}"
    graph = new_graph()
    _copy(everything, iri, graph)
    graph.add((iri, RDFS.isDefinedBy, _ALL_SHAPES.iri))
    about = URIRef(BASE + path.lstrip("/"))
    graph.add((about, RDF.type, FOAF.Document))
    graph.add((about, FOAF.primaryTopic, iri))
    title = f"Shape: {_text(everything, iri, RDFS.label) or name}"
    return _answer(_ALL_SHAPES, path, graph, suffix, title)


def _version(vocabulary: Vocabulary, version: str, suffix: Format | None) -> Response:
    if not version or version != vocabulary.version:
        raise Problem(
            "not-found",
            f"Neither a version nor a part of {vocabulary.iri} has that name.",
            next_step=f"The version here is {vocabulary.path}/{vocabulary.version}; "
            f"{vocabulary.path} lists the parts.",
        )
    path = f"{vocabulary.path}/{version}"
    response = _answer(vocabulary, path, vocabulary.load(), suffix)
    # RFC 5829, section 3.2.
    response.headers.add("Link", f'<{vocabulary.path}>; rel="latest-version"')
    return response


def _answer(
    vocabulary: Vocabulary, path: str, graph: Graph, suffix: Format | None, title: str = ""
) -> Response:
    choice = chosen(suffix)
    if choice.format is not HTML:
        return document(graph, choice, path)
    listed = [(heading, _terms(graph, kind, vocabulary)) for heading, kind in vocabulary.kinds]
    return with_alternates(
        page(
            "vocabulary.html",
            title=title or vocabulary.title,
            iri=BASE + path.lstrip("/"),
            stem=vocabulary.path,
            version=vocabulary.version,
            groups=[(heading, terms) for heading, terms in listed if terms],
            alternates=alternates(path),
        ),
        path,
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


_ONTOLOGY: Final = Vocabulary(
    "/ontology",
    "The ontology",
    _ontology,
    (
        ("Classes", OWL.Class),
        ("Properties with things as values", OWL.ObjectProperty),
        ("Properties with texts, numbers and dates as values", OWL.DatatypeProperty),
        ("Annotation properties", OWL.AnnotationProperty),
    ),
    pages=False,
)
_ALL_SHAPES: Final = Vocabulary(
    "/shapes",
    "The shapes",
    _shapes,
    (("Shapes", SH.NodeShape), ("Constraints", SH.PropertyShape)),
    pages=True,
)


def versions() -> dict[str, str]:
    """Return the versions of the ontology and of the shapes."""
    return {"ontology": _ONTOLOGY.version, "shapes": _ALL_SHAPES.version}


def shapes_graph() -> Graph:
    """Return the statements of all shapes; read only."""
    return _ALL_SHAPES.load()


def _copy(source: Graph, subject: Node, target: Graph) -> None:
    """Copy what `source` says of a shape, of its constraints, and of their unnamed parts."""
    if (subject, None, None) in target:
        return
    for property_, value in list(source.predicate_objects(subject)):
        target.add((subject, property_, value))
        if isinstance(value, BNode) or property_ in {SH.property, SH.sparql}:
            _copy(source, value, target)


def _terms(graph: Graph, kind: URIRef, vocabulary: Vocabulary) -> list[Term]:
    return list(_each_term(graph, kind, vocabulary))


def _each_term(graph: Graph, kind: URIRef, vocabulary: Vocabulary) -> Iterator[Term]:
    namespace = str(vocabulary.term(""))
    linked = vocabulary.pages and kind == vocabulary.kinds[0][1]
    for iri in sorted({str(subject) for subject in graph.subjects(RDF.type, kind)}):
        if iri.startswith(namespace):
            name = iri.removeprefix(namespace)
            yield Term(
                name,
                iri,
                _text(graph, iri, RDFS.label) or name,
                _text(graph, iri, SKOS.definition, RDFS.comment, SH.description, SH.message),
                _text(graph, iri, SKOS.example),
                f"{vocabulary.path}/{name}" if linked else None,
            )


def _text(graph: Graph, iri: str, *properties: Node) -> str:
    for property_ in properties:
        texts = sorted(str(value) for value in graph.objects(URIRef(iri), property_))
        if texts:
            return texts[0]
    return ""
