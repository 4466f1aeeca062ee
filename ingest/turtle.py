"""Turtle files that are the same, byte for byte, for the same set of triples."""

from __future__ import annotations

from io import BytesIO

from rdflib import XSD, Graph, Literal
from rdflib.plugins.serializers.longturtle import LongTurtleSerializer
from rdflib.term import Node

from ontology.namespaces import new_graph


def stable_turtle(graph: Graph) -> bytes:
    """Return the graph as Turtle: subjects by class and IRI, then predicates and objects sorted.

    rdflib's `longturtle` keeps the order in which a graph learned its triples, so they are taught
    in order. The graph has no blank nodes, whose order would differ between runs.
    """
    ordered = new_graph()
    for triple in sorted(graph, key=_key):
        ordered.add(triple)
    stream = BytesIO()
    _Serializer(ordered).serialize(stream, encoding="utf-8")  # type: ignore[no-untyped-call]
    return stream.getvalue()


class _Serializer(LongTurtleSerializer):
    """rdflib's, but a decimal keeps its spelling: the shorthand makes another literal of "21"."""

    def label(self, node: Node, position: int) -> str:
        if isinstance(node, Literal) and node.datatype == XSD.decimal and "." not in node:
            return f'"{node}"^^xsd:decimal'
        return str(super().label(node, position))  # type: ignore[no-untyped-call]


def _key(triple: tuple[Node, Node, Node]) -> tuple[str, str, str]:
    subject, predicate, value = triple
    return subject.n3(), predicate.n3(), value.n3()
