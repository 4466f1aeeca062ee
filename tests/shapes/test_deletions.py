"""What is lost from a good graph is noticed, and the project that lost it is named."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from ontology import CEBU, ID
from shapes import ValidationReport, ValidationResult, validate

Triple = tuple[Node | None, Node | None, Node | None]

TORN: Final = Path(__file__).parent / "cases" / "evidence" / "valid.torn-cell.ttl"
WHOLE: Final = URIRef(ID + "project/base/1")
IN_PIECES: Final = URIRef(ID + "project/base/2")
VIET_NAM: Final = URIRef(ID + "state/viet-nam")


@pytest.fixture(scope="module")
def good(base: Graph, documented: Callable[..., Graph]) -> Graph:
    """A graph with a project whose cells are whole and one whose title is torn over passages."""
    graph = documented(base).parse(TORN)
    assert validate(graph).text() == "No problems found.\n"
    return graph


def without(graph: Graph, *patterns: Triple) -> ValidationReport:
    """Validate a copy of the graph without the triples that match."""
    copy = Graph(bind_namespaces="none")
    copy += graph
    for pattern in patterns:
        assert pattern in copy
        copy.remove(pattern)
    return validate(copy)


def violations_naming(
    report: ValidationReport, graph: Graph, project: URIRef
) -> list[ValidationResult]:
    """The violations at the project, or that have its label in the heading or the message."""
    label = str(graph.value(project, RDFS.label))
    return [
        result
        for result in report.results
        if result.severity == "Violation"
        and (
            project in (result.focus_node, result.entity) or label in result.label + result.message
        )
    ]


def passages(graph: Graph) -> Iterable[tuple[URIRef, Node]]:
    for project in (WHOLE, IN_PIECES):
        for passage in sorted(graph.objects(project, CEBU.evidence), key=str):
            yield project, passage


def test_a_lost_coordinator_is_named_with_its_project(good: Graph) -> None:
    report = without(good, (WHOLE, CEBU.coordinator, VIET_NAM))
    (result,) = report.results
    assert not report.conforms
    assert result.entity == WHOLE
    assert result.path == f"<{CEBU.coordinator}>"
    assert "Project 1 of the base plan - coordinator - Viet Nam" in result.message


def test_every_lost_value_is_named_with_its_project(good: Graph) -> None:
    for project in (WHOLE, IN_PIECES):
        for predicate, value in good.predicate_objects(project):
            report = without(good, (project, predicate, value))
            assert violations_naming(report, good, project), f"nobody misses {predicate} {value}"


def test_a_coordinator_without_description_is_missed_by_the_project(good: Graph) -> None:
    report = without(good, (VIET_NAM, None, None))
    missed = [result for result in report.results if result.focus_node == WHOLE]
    assert {(result.path, result.value) for result in missed} == {
        (f"<{CEBU.coordinator}>", VIET_NAM)
    }


def test_every_lost_passage_is_missed_by_its_project(good: Graph) -> None:
    for project, passage in passages(good):
        report = without(good, (passage, None, None))
        assert any(result.focus_node == project for result in report.results), passage


def test_every_lost_passage_is_missed_even_if_the_links_to_it_are_gone(good: Graph) -> None:
    for project, passage in passages(good):
        report = without(good, (passage, None, None), (None, CEBU.evidence, passage))
        assert violations_naming(report, good, project), passage


def test_a_lost_claim_is_missed_by_its_project(good: Graph) -> None:
    for project in (WHOLE, IN_PIECES):
        for claim in list(good.subjects(RDF.subject, project)):
            report = without(good, (claim, None, None))
            assert violations_naming(report, good, project), claim
