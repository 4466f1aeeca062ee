"""The quick way of validating gives the report of pySHACL alone, on rdflib alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyshacl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, SH, XSD, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from ontology import CEBU, ID
from shapes import load_shapes
from shapes.data_graph import oxigraph_copy
from shapes.direct_targets import direct_targets
from shapes.validator import merged_graph

CASES: Final = sorted((Path(__file__).parent / "cases").glob("*/invalid.*.ttl"))
SHAPES: Final = load_shapes()
DIRECT: Final = direct_targets(SHAPES)
GRAPHS: Final = Path(__file__).parents[2] / "data" / "graph"


def report(data: Graph, shapes: Graph) -> Graph:
    """The validation report as pySHACL writes it."""
    _, graph, text = pyshacl.validate(
        data, shacl_graph=shapes, inference="none", allow_warnings=True, inplace=True
    )
    assert isinstance(graph, Graph), text
    return graph


def reference(data: Graph) -> Graph:
    """The same triples in rdflib's own graph, whose engine answers the SPARQL constraints."""
    plain = Graph(bind_namespaces="none")
    for triple in merged_graph(data):
        plain.add(triple)
    return plain


def assert_same_report(data: Graph) -> None:
    quick = report(merged_graph(data), DIRECT)
    assert isomorphic(quick, report(reference(data), SHAPES))


@pytest.fixture(scope="module")
def foundation(base: Graph, documented: Callable[..., Graph]) -> Graph:
    return documented(base)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_case_has_the_same_report(path: Path, foundation: Graph) -> None:
    assert_same_report(Graph(bind_namespaces="none").parse(path) + foundation)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_a_damaged_graph_has_the_same_report(foundation: Graph, data: st.DataObject) -> None:
    damaged = Graph(bind_namespaces="none")
    triples = sorted(foundation)
    lost = data.draw(st.sets(st.sampled_from(range(len(triples))), max_size=30))
    moved = data.draw(st.dictionaries(st.sampled_from(range(len(triples))), VALUES, max_size=8))
    for number, (subject, predicate, value) in enumerate(triples):
        if number not in lost:
            damaged.add((subject, predicate, moved.get(number, value)))
    assert_same_report(damaged)


VALUES: Final = st.sampled_from(
    [
        *(Literal("01", datatype=XSD.integer), Literal("1.50", datatype=XSD.decimal)),
        *(Literal("x"), Literal("x", datatype=XSD.string), Literal("x", lang="en")),
        *(Literal(""), Literal("2018-02-30", datatype=XSD.date), URIRef(f"{ID}state/none")),
    ]
)


def test_the_project_s_graph_takes_the_quick_way() -> None:
    data = Graph(bind_namespaces="none")
    for path in sorted(GRAPHS.glob("*.ttl")):
        data.parse(path)
    assert oxigraph_copy(merged_graph(data)) is not None


@pytest.mark.parametrize(
    "value",
    [
        Literal("1.50", datatype=XSD.decimal, normalize=False),
        Literal("007", datatype=XSD.integer, normalize=False),
        URIRef("a relative address"),
    ],
)
def test_a_graph_that_oxigraph_would_change_stays_with_rdflib(value: Literal | URIRef) -> None:
    graph = Graph()
    graph.add((URIRef(f"{ID}body/x"), CEBU.number, value))
    assert oxigraph_copy(graph) is None
    if isinstance(value, Literal):
        assert list(merged_graph(graph).query("SELECT ?n { ?s ?p ?n FILTER isNumeric(?n) }"))


def test_named_graphs_are_validated_as_their_union() -> None:
    dataset = Dataset()
    dataset.graph(URIRef("urn:a")).add((URIRef(f"{ID}body/x"), RDF.type, CEBU.Body))
    assert (URIRef(f"{ID}body/x"), RDF.type, CEBU.Body) in merged_graph(dataset)


def test_a_property_shape_of_two_targeted_shapes_stays_where_it_is() -> None:
    shapes = Graph().parse(
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix : <urn:x:> .
        :A a sh:NodeShape ; sh:targetClass :One ; sh:property :P, :Q .
        :B a sh:NodeShape ; sh:targetClass :Two ; sh:property :P .
        :C a sh:NodeShape ; sh:property :Q .
        :D a sh:NodeShape ; sh:targetClass :One ; sh:deactivated true ; sh:property :R .
        :P sh:path :p . :Q sh:path :q . :R sh:path :r .
        """,
        format="turtle",
    )
    kept = set(direct_targets(shapes).subject_objects(SH.property))
    urn = "urn:x:"
    assert kept == {
        (URIRef(urn + node), URIRef(urn + part)) for node, part in ("AP", "BP", "CQ", "DR")
    }
    assert direct_targets(shapes).value(URIRef(urn + "Q"), SH.targetClass) == URIRef(urn + "One")
