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
    names: dict[Node, str] = {}
    for triple in graph:
        for term in triple:
            if term not in names:
                names[term] = term.n3()
    ordered = new_graph()
    for triple in sorted(graph, key=lambda triple: tuple(names[term] for term in triple)):
        ordered.add(triple)
    stream = BytesIO()
    _Serializer(ordered).serialize(stream, encoding="utf-8")
    return stream.getvalue()


class _Serializer(LongTurtleSerializer):
    """rdflib's, but it looks each name up once, and a decimal keeps its spelling.

    The shorthand for decimals would make another literal of "21": 21.0.
    """

    def __init__(self, store: Graph) -> None:
        super().__init__(store)  # type: ignore[no-untyped-call]
        self._names: dict[Node, str | None] = {}

    def get_pname(self, uri: Node, gen_prefix: bool | int = True) -> str | None:
        """Return the prefixed name of an IRI, None if it has none."""
        name = self._names.get(uri)
        if name is None:
            # Not kept if there is none: a later use as a predicate may give the IRI a prefix.
            name = super().get_pname(uri, gen_prefix)  # type: ignore[no-untyped-call]
            self._names[uri] = name
        return name

    def label(self, node: Node, position: int) -> str:
        """Return a term as it is written at a position of a triple."""
        if isinstance(node, Literal) and node.datatype == XSD.decimal and "." not in node:
            return f'"{node}"^^xsd:decimal'
        return str(super().label(node, position))  # type: ignore[no-untyped-call]
