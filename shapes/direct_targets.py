"""Shapes rewritten so that a validator meets each property shape once, not once a focus node."""

from typing import Final

from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def direct_targets(shapes: Graph) -> Graph:
    """Return a copy of `shapes` in which property shapes have the targets of their node shape.

    A property shape that one node shape with targets names by `sh:property` is given that shape's
    targets in place of the `sh:property`. Both say the same (SHACL sections 2.1.3 and 4.8.2: the
    results are the property shape's own, for the same focus nodes), so the report is the same,
    triple for triple. Left as they are: a property shape of two such node shapes, whose targets
    may overlap; a node shape that is deactivated, referred to, or a class and its own target; and
    one whose property shapes mean something to each other (SHACL sections 4.7.3 and 4.8.1).
    """
    graph = Graph("SimpleMemory", bind_namespaces="none")
    for triple in shapes:
        graph.add(triple)
    for shape, child in list(graph.subject_objects(SH.property)):
        if _can_move(graph, shape, child):
            for kind in _TARGETS:
                for target in graph.objects(shape, kind):
                    graph.add((child, kind, target))
            graph.remove((shape, SH.property, child))
    return graph


def _can_move(graph: Graph, shape: Node, child: Node) -> bool:
    return (
        isinstance(child, URIRef)
        and _is_targeted(graph, shape)
        and (shape, RDF.type, RDFS.Class) not in graph
        and not _is_targeted(graph, child)
        and (None, None, shape) not in graph
        and (shape, SH.deactivated, Literal(True)) not in graph
        and (shape, SH.closed, None) not in graph
        and (None, SH.qualifiedValueShapesDisjoint, None) not in graph
        and all(
            reference == SH.property and (other == shape or not _is_targeted(graph, other))
            for other, reference in graph.subject_predicates(child)
        )
    )


def _is_targeted(graph: Graph, shape: Node) -> bool:
    return (shape, RDF.type, RDFS.Class) in graph or any(
        (shape, kind, None) in graph for kind in _TARGETS
    )
