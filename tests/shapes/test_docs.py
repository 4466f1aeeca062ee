"""Every shape has its words, and docs/shapes.md has every shape."""

from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from shapes import load_shapes

DOCS: Final = Path(__file__).parents[2] / "docs" / "shapes.md"
SHAPES: Final = Namespace("https://w3id.org/cebu/shapes#")
KINDS: Final = (SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint)


def all_shapes(graph: Graph) -> list[Node]:
    return sorted({shape for kind in KINDS for shape in graph.subjects(RDF.type, kind)}, key=str)


def reported(graph: Graph, shape: Node) -> bool:
    """Say whether results name this shape, and not only the shape that leans on it."""
    return (shape, SH.severity, None) in graph or (shape, SH.select, None) in graph


def demanding(graph: Graph, shape: Node) -> bool:
    """Say whether a shape demands something itself, and not only through its parts."""
    harmless = {RDF.type, RDFS.label, SH.property, SH.sparql, SH.severity, SH.path}
    used = set(graph.predicates(shape)) - harmless - {SH.targetClass, SH.targetSubjectsOf}
    return bool(used)


def test_every_shape_has_an_iri_and_one_english_label() -> None:
    graph = load_shapes()
    for shape in all_shapes(graph):
        assert isinstance(shape, URIRef)
        assert shape.startswith(SHAPES)
        (label,) = graph.objects(shape, RDFS.label)
        assert isinstance(label, Literal)
        assert label.language == "en"


def test_labels_are_unique() -> None:
    graph = load_shapes()
    labels = [str(graph.value(shape, RDFS.label)) for shape in all_shapes(graph)]
    assert len(labels) == len(set(labels))


def test_every_demand_has_one_english_message_that_says_what_to_do() -> None:
    graph = load_shapes()
    for shape in all_shapes(graph):
        if not demanding(graph, shape):
            continue
        (message,) = graph.objects(shape, SH.message)
        assert isinstance(message, Literal)
        assert message.language == "en"
        # What is wrong, and what to do.
        assert not reported(graph, shape) or len(str(message).split(". ")) > 1, shape


def test_every_property_of_a_shape_has_an_iri_and_is_a_property_shape() -> None:
    graph = load_shapes()
    for part in graph.objects(None, SH.property):
        assert not isinstance(part, BNode)
        assert (part, RDF.type, SH.PropertyShape) in graph


def test_every_shape_and_its_message_stand_in_the_documentation() -> None:
    graph = load_shapes()
    text = DOCS.read_text(encoding="utf-8")
    for shape in all_shapes(graph):
        name = str(shape).removeprefix(SHAPES)
        message = graph.value(shape, SH.message)
        if message is not None and reported(graph, shape):
            row = f"| `{name}` | {message} |"
            assert row in text.splitlines(), f"docs/shapes.md lacks the row\n{row}"
        assert f"`{name}`" in text, f"docs/shapes.md lacks {name}"


def test_the_documentation_names_no_shape_that_is_not_there() -> None:
    graph = load_shapes()
    known = {str(shape).removeprefix(SHAPES) for shape in all_shapes(graph)}
    rows = DOCS.read_text(encoding="utf-8").splitlines()
    named = {row.split("`")[1] for row in rows if row.startswith("| `")}
    assert named <= known
    assert (URIRef("https://w3id.org/cebu/shapes"), RDF.type, OWL.Ontology) in graph
