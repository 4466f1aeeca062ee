"""A change to the project's data is validated exactly, and at a cost that follows the change."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, RDFS, SH, XSD, BNode, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from ontology import CEBU, ID
from shapes import load_shapes, validate
from shapes.incremental import IncrementalValidator, state, validate_change, validate_whole
from shapes.root_results import Former
from shapes.validator import merged_graph
from tests.shapes.equal_reports import EXAMPLES, PROFILE, Triple, assert_same, follow, graph_of

CASES: Final = Path(__file__).parent / "cases"
INVALID: Final = sorted(CASES.glob("*/invalid.*.ttl"))
OTHERS: Final = sorted(CASES.glob("*/valid.*.ttl"))
PROJECT: Final = URIRef(ID + "project/base/1")
VIET_NAM: Final = URIRef(ID + "state/viet-nam")


@pytest.fixture(scope="module")
def incremental() -> IncrementalValidator:
    return IncrementalValidator()


@pytest.fixture(scope="module")
def good(base: Graph, documented: Callable[..., Graph]) -> set[Triple]:
    return set(documented(base))


@given(data=st.data())
@settings(PROFILE, max_examples=3 * EXAMPLES)
def test_random_changes_give_the_report_of_full_validation(
    good: set[Triple], incremental: IncrementalValidator, data: st.DataObject
) -> None:
    state = set(good)
    for path in data.draw(st.lists(st.sampled_from([*INVALID, *OTHERS]), max_size=3)):
        state |= set(Graph(bind_namespaces="none").parse(path))
    states = [state]
    for _ in range(4):
        states.append(data.draw(changed(states[-1])))
    for done in follow(states, None, incremental)[1:]:
        assert done.whole == ""


@st.composite
def changed(draw: st.DrawFn, state: set[Triple]) -> set[Triple]:
    """A state after some triples, or all of a node, were lost, and others came."""
    known = sorted(state, key=lambda triple: [term.n3() for term in triple])
    lost = set(draw(st.lists(st.sampled_from(known), max_size=3)))
    if draw(st.booleans()):
        node = draw(st.sampled_from(known))[draw(st.sampled_from([0, 2]))]
        lost |= {triple for triple in state if node in (triple[0], triple[2])}
    gained = set()
    for _ in range(draw(st.integers(0, 4))):
        subject, predicate, _ = draw(st.sampled_from(known))
        like = draw(st.sampled_from(known))
        kinds: list[Triple] = [
            (subject, predicate, like[2]),
            (subject, RDF.type, draw(st.sampled_from(CLASSES))),
            (draw(st.sampled_from(CLASSES)), RDFS.subClassOf, draw(st.sampled_from(CLASSES))),
            (subject, predicate, draw(st.sampled_from(VALUES))),
            (like[0] if draw(st.booleans()) else BNode("new"), predicate, subject),
        ]
        gained.add(draw(st.sampled_from(kinds)))
    return (state - lost) | {t for t in gained if not isinstance(t[0], Literal)}


CLASSES: Final = [CEBU[name] for name in ("Project", "Body", "Claim", "SourceDocument", "Passage")]
VALUES: Final[list[Node]] = [
    *(Literal("x"), Literal("x", lang="en"), Literal(1), URIRef(f"{ID}body/none"), PROJECT),
    *(Literal("2018-01-01", datatype=XSD.date), Literal("1.50", datatype=XSD.decimal)),
]


def test_a_far_deletion_is_noticed_along_an_inverse_path(
    good: set[Triple], incremental: IncrementalValidator
) -> None:
    (claim,) = [s for s, p, o in good if p == RDF.object and o == VIET_NAM]
    (passage,) = [o for s, p, o in good if s == claim and p == CEBU.evidence]
    _, after = follow([good, good - {(claim, CEBU.evidence, passage)}], None, incremental)
    assert PROJECT in {result.focus_node for result in after.report.results}
    assert after.whole == ""


def test_a_lost_superclass_is_noticed_by_who_points_to_an_instance(
    good: set[Triple], incremental: IncrementalValidator
) -> None:
    kind = URIRef("urn:x:Office")
    typed = (good - {(VIET_NAM, RDF.type, CEBU.MemberState)}) | {(VIET_NAM, RDF.type, kind)}
    whole = typed | {(kind, RDFS.subClassOf, CEBU.MemberState)}
    one, two, three = follow([good, whole, typed], None, incremental)
    assert not one.report.results
    assert PROJECT not in {result.focus_node for result in two.report.results}
    assert PROJECT in {result.focus_node for result in three.report.results}
    assert (two.whole, three.whole) == ("", "")


def test_a_change_of_one_entity_is_a_matter_of_few_focus_nodes(
    good: set[Triple], incremental: IncrementalValidator
) -> None:
    label = next(triple for triple in good if triple[0] == PROJECT and triple[1] == RDFS.label)
    new = (PROJECT, RDFS.label, Literal("Another label", lang="en"))
    one, two = follow([good, (good - {label}) | {new}], None, incremental)
    assert one.whole == "there is no former validation"
    assert two.whole == ""
    assert two.checked < one.checked / 10


def test_no_change_checks_nothing(good: set[Triple], incremental: IncrementalValidator) -> None:
    _, two = follow([good, good], None, incremental)
    assert two.checked == 0


def test_other_shapes_have_everything_validated(good: set[Triple]) -> None:
    former = validate_whole(graph_of(good)).former
    shapes = load_shapes()
    shapes.remove((URIRef("https://w3id.org/cebu/shapes#Resource-label"), SH.uniqueLang, None))
    shapes.add((URIRef("https://w3id.org/cebu/shapes#Project"), SH.nodeKind, SH.Literal))
    graph = graph_of(good)
    found = IncrementalValidator(shapes).validate_change(graph, (), (), former)
    assert found.whole == "the shapes or the ontology have changed"
    assert_same(found.report, validate(graph, shapes))
    assert not found.report.conforms


def test_a_former_validation_survives_its_process(good: set[Triple]) -> None:
    graph = graph_of(good)
    graph.remove((PROJECT, RDFS.label, None))
    graph.add((BNode("odd"), RDF.type, CEBU.Body))
    former = validate_whole(graph).former
    assert list(former.results)
    assert Former.from_json(former.to_json()) == former
    fresh = IncrementalValidator(load_shapes())
    assert fresh.validate_change(graph, (), (), former).checked == 0


@pytest.mark.parametrize("text", ["[]", "{}", "no", '{"basis": 1, "results": [1]}'])
def test_what_is_no_former_validation_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Former.from_json(text)


def test_an_added_triple_that_is_not_there_is_refused(good: set[Triple]) -> None:
    graph = graph_of(good)
    former = validate_whole(graph).former
    with pytest.raises(ValueError, match="is not in the data: give each triple as the data holds"):
        validate_change(graph, [(PROJECT, CEBU.lead, VIET_NAM)], (), former)


@pytest.mark.parametrize("named", [False, True], ids=["default graph", "union of named graphs"])
def test_a_store_on_disk_is_validated_where_it_lies(
    good: set[Triple], tmp_path: Path, named: bool
) -> None:
    store = ox.Store(str(tmp_path / "store"))
    names = [ox.NamedNode("urn:g:1"), ox.NamedNode("urn:g:2")] if named else [ox.DefaultGraph()]
    graph = None if named else ox.DefaultGraph()

    def quads(triples: set[Triple]) -> list[ox.Quad]:
        text = graph_of(triples).serialize(format="nt")
        read = ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
        return [
            ox.Quad(quad.subject, quad.predicate, quad.object, name)
            for quad in read
            for name in names
        ]

    store.extend(quads(good))
    first = validate_whole(store, graph=graph)
    assert not first.report.results
    lost = {(s, p, o) for s, p, o in good if s == VIET_NAM}
    gained: set[Triple] = {
        (PROJECT, CEBU.budget, Literal("a b")),
        (PROJECT, CEBU.year, Literal("2018", datatype=XSD.string)),
        (PROJECT, OWL.sameAs, URIRef("urn:other")),
    }
    for quad in quads(lost):
        store.remove(quad)
    store.extend(quads(gained))
    second = validate_change(store, gained, lost, first.former, graph=graph)
    assert second.whole == ""
    assert_same(second.report, validate(graph_of((good - lost) | gained)))
    assert second.report.results


def test_a_triple_that_another_graph_still_holds_is_not_lost(good: set[Triple]) -> None:
    dataset = Dataset()
    for triple in good:
        dataset.graph(URIRef("urn:g:1")).add(triple)
    former = validate_whole(dataset).former
    label = next(triple for triple in good if triple[0] == PROJECT and triple[1] == RDFS.label)
    assert validate_change(dataset, (), [label], former).checked == 0


def test_shapes_that_say_nothing_of_their_reach_have_all_their_nodes_validated() -> None:
    shapes = Graph().parse(
        data="""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix : <urn:x:> .
        :Far a sh:NodeShape ; sh:targetClass :T ; sh:sparql :Query .
        :Query sh:select "SELECT $this ?value { $this (<urn:x:p>|<urn:x:q>)+ ?value }" .
        :Near a sh:NodeShape ; sh:targetClass :T ; sh:property :P . :P sh:path :p ; sh:maxCount 0 .
        """,
        format="turtle",
    )
    one, two, three = (URIRef(f"urn:x:{n}") for n in "abc")
    first: set[Triple] = {(one, RDF.type, URIRef("urn:x:T")), (one, URIRef("urn:x:r"), two)}
    _, after = follow(
        [first, first | {(two, URIRef("urn:x:q"), three)}], shapes, IncrementalValidator(shapes)
    )
    assert after.whole == "urn:x:Query has a property path"
    assert validate(merged_graph(graph_of(first)), shapes).conforms


def test_a_change_of_very_much_is_validated_as_a_whole(
    good: set[Triple], incremental: IncrementalValidator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shapes.incremental.MOST_PAIRS", 10)
    labels = {triple for triple in good if triple[1] == RDFS.label}
    _, after = follow([good, good - labels], None, incremental)
    assert after.whole == "the change touches more than 10 focus nodes"


def test_a_view_and_a_copy_hold_the_same_terms(good: set[Triple], tmp_path: Path) -> None:
    graph = graph_of({*good, (PROJECT, CEBU.budget, Literal("plain"))})
    store = ox.Store(str(tmp_path / "store"))
    store.load(graph.serialize(format="nt").encode(), format=ox.RdfFormat.N_TRIPLES)
    copied = set(merged_graph(graph))
    assert set(state(graph)) == copied
    assert set(state(store)) == copied
