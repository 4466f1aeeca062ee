"""Validation of a graph against the shapes, over pySHACL."""

import functools
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, RDFS, SH, XSD, Dataset, Graph, Literal
from rdflib.term import Node

import ontology
from shapes.data_graph import DataGraph
from shapes.direct_targets import direct_targets
from shapes.focus import focused
from shapes.locate import locate
from shapes.report import ValidationReport, read_report
from shapes.root_shapes import forget_blank_nodes

FOLDER: Final = Path(__file__).resolve().parent


def load_shapes() -> Graph:
    """Return a new graph of all shapes (`shapes/*.ttl`).

    Raises rdflib's `BadSyntax`, with file and line, if one is not Turtle.
    """
    graph = Graph("SimpleMemory", bind_namespaces="none")
    for path in sorted(FOLDER.glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def validate(
    data: Graph,
    shapes: Graph | None = None,
    files: Iterable[Path] = (),
    nodes: Collection[Node] | None = None,
) -> ValidationReport:
    """Return the report on `data`, validated with the ontology and without inference.

    The union of all graphs is validated if `data` is a dataset; `data` is not changed. A graph that
    `merged_graph` returned is validated as it stands, without a further copy. `shapes`
    are those of `load_shapes` if not given. `files` are the Turtle files that the data came from,
    so that the report can say where an entity is described. With `nodes`, only these are focus
    nodes. Raises `ValueError` if the shapes are no sound SHACL, and `OSError` if a file cannot be
    read.
    """
    # pySHACL takes half a second to import: only who validates pays for it.
    import pyshacl
    import pyshacl.errors

    merged = data if isinstance(data, DataGraph) else merged_graph(data)
    forget_blank_nodes()
    applied = _default_shapes() if shapes is None else direct_targets(shapes)
    if nodes is not None:
        applied = focused(applied, merged, nodes)
    try:
        conforms, graph, text = pyshacl.validate(
            merged,
            shacl_graph=applied,
            inference="none",
            allow_warnings=True,
            inplace=True,
        )
    except pyshacl.errors.ReportableRuntimeError as error:
        raise ValueError(f"the shapes cannot be used, correct them: {error}") from error
    # A query that cannot be evaluated is handed back in place of a report.
    if not isinstance(graph, Graph):
        raise ValueError(f"the shapes cannot be used, correct them: {text}")
    locations = locate(files) if (None, SH.result, None) in graph else {}
    return read_report(bool(conforms), graph, labels(merged), locations)


# Both caches are read only, so that one parse can serve every validation of a process.
@functools.cache
def _default_shapes() -> Graph:
    return direct_targets(load_shapes())


@functools.cache
def ontology_graph() -> Graph:
    """Return what the data leans on: the class tree, the labels and the concepts.

    The terms lose their OWL types, so that the shapes apply to them only where they are data.
    """
    graph = ontology.load()
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty):
        graph.remove((None, RDF.type, kind))
    return graph


def merged_graph(*data: Graph) -> DataGraph:
    """Copy graphs, and the ontology, into one graph in memory.

    pySHACL walks paths wrongly on other stores, and it copies from an ontology graph of its own
    only the axioms, not the concepts that the data points to.
    """
    merged = DataGraph()
    for graph in (*data, ontology_graph()):
        merge(merged, graph)
    return merged


def merge(merged: DataGraph, data: Graph) -> None:
    """Add the triples of `data` to a graph that `merged_graph` returned."""
    triples = (quad[:3] for quad in data.quads()) if isinstance(data, Dataset) else data
    merged.addN((s, p, _typed(o), merged) for s, p, o in triples)


def _typed(value: Node) -> Node:
    """Give a string its datatype: rdflib takes "x" and "x"^^xsd:string for two terms.

    They are one (RDF 1.1 Concepts, section 3.3).
    """
    if isinstance(value, Literal) and value.datatype is None and value.language is None:
        return Literal(value, datatype=XSD.string)
    return value


def labels(graph: Graph) -> Callable[[Node], str | None]:
    """Return the function that names a node: by the first of its labels in the alphabet, if any."""

    def label(node: Node) -> str | None:
        found = (value for value in graph.objects(node, RDFS.label) if isinstance(value, Literal))
        return min(map(str, found), default=None)

    return label
