"""Gives the entities of a test graph the passages and claims that every statement needs."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from ontology import CEBU, ID

OA: Final = Namespace("http://www.w3.org/ns/oa#")
SCHEMA: Final = Namespace("https://schema.org/")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
DOCUMENT: Final = URIRef(ID + "document/base")

# What needs no claim (docs/shapes.md, Evidence).
UNGOVERNED: Final = {
    RDF.type,
    RDFS.label,
    RDFS.comment,
    CEBU.evidence,
    CEBU.claim,
    DCTERMS.identifier,
    DCTERMS.rights,
    OWL.sameAs,
    RDFS.seeAlso,
    SCHEMA.sha256,
    SKOS.broader,
    SKOS.closeMatch,
    SKOS.definition,
    SKOS.exactMatch,
    SKOS.inScheme,
    SKOS.narrower,
    SKOS.notation,
    SKOS.prefLabel,
    SKOS.topConceptOf,
}
_UNDOCUMENTED: Final = {
    CEBU.Passage,
    CEBU.Claim,
    SKOS.Concept,
    SKOS.ConceptScheme,
    URIRef("http://purl.org/linked-data/cube#DataSet"),
}


CASES: Final = Path(__file__).parent / "cases"


@pytest.fixture(scope="session")
def base() -> Graph:
    """The graph that each case is added to, as it stands."""
    return Graph(bind_namespaces="none").parse(CASES / "base.ttl")


@pytest.fixture(scope="session")
def documented() -> Callable[..., Graph]:
    """The function that gives each entity of a graph its passages and claims."""
    return document_all


def document_all(graph: Graph, document: URIRef = DOCUMENT, start: int = 0) -> Graph:
    """Return `graph` with passages and claims for all statements of its entities.

    Each statement has a passage of its own, whose words are the value; an entity without
    statements has one for its class. The first passage begins at `start`.
    """
    whole = Graph(bind_namespaces="none")
    whole += graph
    for subject in sorted(set(graph.subjects(RDF.type)), key=str):
        kinds = set(graph.objects(subject, RDF.type))
        if isinstance(subject, BNode) or kinds & _UNDOCUMENTED:
            continue
        pairs = sorted(graph.predicate_objects(subject), key=_order)
        governed = [pair for pair in pairs if pair[0] not in UNGOVERNED]
        for predicate, value in governed or [(RDF.type, kind) for kind in sorted(kinds, key=str)]:
            passage = add_passage(whole, document, start, str(value))
            start += len(str(value)) + 1
            add_claim(whole, document, (subject, predicate, value), passage)
            whole.add((subject, CEBU.evidence, passage))
    return whole


def add_passage(graph: Graph, document: URIRef, start: int, words: str) -> URIRef:
    """Add a passage with these words, and return it."""
    slug = str(document).rpartition("/")[2]
    end = start + len(words)
    passage = URIRef(f"{ID}passage/{slug}/{start}-{end}")
    graph.add((passage, RDF.type, CEBU.Passage))
    graph.add((passage, RDFS.label, Literal(f"{slug}, characters {start} to {end}", lang="en")))
    graph.add((passage, OA.hasSource, document))
    graph.add((passage, CEBU.exact, Literal(words, datatype=XSD.string)))
    for name, number in (("start", start), ("end", end), ("line", 1)):
        graph.add((passage, CEBU[name], Literal(number)))
    return passage


def add_claim(
    graph: Graph, document: URIRef, statement: tuple[Node, Node, Node], *passages: Node
) -> URIRef:
    """Add the claim that `document` makes the statement, and return it."""
    slug = str(document).rpartition("/")[2]
    digest = hashlib.sha256("\n".join(part.n3() for part in statement).encode()).hexdigest()
    claim = URIRef(f"{ID}claim/{slug}/{digest[:16]}")
    label = " - ".join(_name(graph, part) for part in statement)
    graph.add((claim, RDF.type, CEBU.Claim))
    graph.add((claim, RDFS.label, Literal(label, lang="en")))
    graph.add((claim, CEBU.statedIn, document))
    for predicate, part in zip((RDF.subject, RDF.predicate, RDF.object), statement, strict=True):
        graph.add((claim, predicate, part))
    for passage in passages:
        graph.add((claim, CEBU.evidence, passage))
    return claim


def _name(graph: Graph, node: Node) -> str:
    """Name a node as the builder does: by its label, its words or the end of its IRI."""
    label = graph.value(node, RDFS.label)
    if label is not None or isinstance(node, Literal):
        return str(label if label is not None else node)
    return str(node).rpartition("#" if "#" in str(node) else "/")[2]


def _order(pair: tuple[Node, Node]) -> tuple[str, str]:
    return str(pair[0]), pair[1].n3()
