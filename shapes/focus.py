"""Shapes rewritten so that a validator looks at some nodes of a graph only."""

from collections.abc import Collection
from typing import Final

from rdflib import RDF, RDFS, SH, Graph
from rdflib.term import Node

_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def focused(shapes: Graph, data: Graph, nodes: Collection[Node]) -> Graph:
    """Return a copy of `shapes` that targets, of what it targets in `data`, only `nodes`.

    Each target (SHACL section 2.1.3) becomes a `sh:targetNode` for each of `nodes` that it selects.
    So the report has the results of the full one whose focus node is one of `nodes`, and no others.
    pySHACL's own `focus_nodes` does not: it takes values that are not among them for valid when a
    shape refers to another shape by `sh:node`. Implicit class targets are not rewritten.
    """
    graph = Graph("SimpleMemory", bind_namespaces="none")
    for triple in shapes:
        if triple[1] not in _TARGETS:
            graph.add(triple)
    selected: dict[tuple[Node, Node], set[Node]] = {}
    for kind in _TARGETS:
        for shape, target in shapes.subject_objects(kind):
            if (kind, target) not in selected:
                selected[kind, target] = _select(data, kind, target, nodes)
            for node in selected[kind, target]:
                graph.add((shape, SH.targetNode, node))
    return graph


def _select(data: Graph, kind: Node, target: Node, nodes: Collection[Node]) -> set[Node]:
    match kind:
        case SH.targetNode:
            return {target} & set(nodes)
        case SH.targetSubjectsOf:
            return {node for node in nodes if (node, target, None) in data}
        case SH.targetObjectsOf:
            return {node for node in nodes if (None, target, node) in data}
    classes = set(data.transitive_subjects(RDFS.subClassOf, target))
    return {node for node in nodes if not classes.isdisjoint(data.objects(node, RDF.type))}
