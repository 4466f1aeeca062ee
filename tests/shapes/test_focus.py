"""Validating some nodes finds what validating all finds about them."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, BNode, Graph, Literal
from rdflib.term import Node

from ontology import CEBU
from shapes.report import ValidationReport
from shapes.validator import merged_graph, validate

INVALID: Final = sorted((Path(__file__).parent / "cases").glob("*/invalid*.ttl"))


def about(report: ValidationReport, nodes: set[Node]) -> list[tuple[str, ...]]:
    return sorted(
        (str(r.focus_node), r.source_shape, r.constraint, str(r.path), str(r.value), r.severity)
        for r in report.results
        if r.focus_node in nodes
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_report_on_some_nodes_is_their_part_of_the_whole(
    base: Graph, documented: Callable[..., Graph], seed: int
) -> None:
    choice = random.Random(seed)
    graph = documented(base)
    for path in choice.sample(INVALID, 3):
        graph.parse(path)
    for triple in choice.sample(sorted(graph), 5):
        graph.remove(triple)
    graph.add((blank := BNode(), RDF.type, CEBU.Plan))
    data = merged_graph(graph)
    everything = [node for node in graph.all_nodes() if not isinstance(node, Literal)]
    nodes = {blank, *choice.sample(everything, len(everything) // 2)}
    whole, part = validate(data), validate(data, nodes=nodes)
    assert about(part, nodes) == about(whole, nodes) != []
    assert {result.focus_node for result in part.results} <= nodes


def test_no_nodes_have_no_faults(base: Graph) -> None:
    assert validate(base, nodes=()).results == ()
