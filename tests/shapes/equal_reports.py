"""Compares incremental with full validation, over a row of states of a graph."""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from rdflib import SH, BNode, Graph
from rdflib.compare import isomorphic
from rdflib.term import Node

from shapes import ValidationReport, validate
from shapes.data_graph import DataGraph
from shapes.incremental import IncrementalValidator, Validated
from shapes.root_results import Former

Triple = tuple[Node, Node, Node]

# `CEBU_EXAMPLES` times as many random changes are tried: the default suite takes seconds.
EXAMPLES: Final = int(os.environ.get("CEBU_EXAMPLES", "1"))
PROFILE: Final = settings(
    max_examples=12 * EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == 1,
    database=None,
    suppress_health_check=list(HealthCheck),
    # The graphs are small as they are, and shrinking them takes minutes.
    phases=[Phase.explicit, Phase.generate],
)


def graph_of(triples: Iterable[Triple]) -> Graph:
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def assert_same(found: ValidationReport, full: ValidationReport) -> None:
    """The verdict, the results and the SHACL report graph are the same."""
    assert found.conforms == full.conforms
    for one, other in zip(found.results, full.results, strict=True):
        assert one == other, f"{one}\n{other}"
    assert rows(found.graph) == rows(full.graph)
    if any(isinstance(term, BNode) for term in values(full.graph)):
        assert isomorphic(found.graph, full.graph)


def values(report: Graph) -> Iterable[Node]:
    for predicate in (SH.focusNode, SH.value, SH.resultPath, SH.sourceShape, SH.detail):
        yield from report.objects(None, predicate)


def rows(report: Graph) -> list[list[tuple[str, str]]]:
    """The results of a report, without the names of its blank nodes."""
    return sorted(
        sorted(
            (str(predicate), "" if isinstance(value, BNode) else value.n3())
            for predicate, value in report.predicate_objects(result)
        )
        for result in report.subjects(SH.sourceShape)
    )


def follow(
    states: Sequence[set[Triple]], shapes: Graph | None, incremental: IncrementalValidator
) -> list[Validated]:
    """Validate each state from the one before, and compare it with full validation."""
    former: Former | None = None
    before: set[Triple] = set()
    done: list[Validated] = []
    for state in states:
        # The small worlds are all there is: the project's ontology is not beside them.
        graph = graph_of(state) if shapes is None else DataGraph()
        graph += graph_of(state)
        change = state - before, before - state
        try:
            full = validate(graph, shapes)
        except ValueError as error:  # values that a constraint cannot compare
            with pytest.raises(ValueError, match=re.escape(str(error))):
                incremental.validate_change(graph, *change, former)
            continue
        found = incremental.validate_change(graph, *change, former)
        assert found.conforms == full.conforms
        assert_same(found.report, full)
        assert set(found.touched.results) <= set(full.results)
        former, before = Former.from_json(found.former.to_json()), state
        done.append(found)
    return done
