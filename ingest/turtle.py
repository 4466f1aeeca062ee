"""Turtle files that are the same, byte for byte, for the same set of triples."""

from __future__ import annotations

from rdflib import Graph
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
    return ordered.serialize(format="longturtle", encoding="utf-8")


def _key(triple: tuple[Node, Node, Node]) -> tuple[str, str, str]:
    subject, predicate, value = triple
    return subject.n3(), predicate.n3(), value.n3()
