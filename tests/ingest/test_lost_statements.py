"""Whatever a project loses, a value or a passage, validation says which project lost it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from rdflib import RDF, RDFS, Graph, URIRef

from ingest import DATA
from ingest.build import union
from ingest.manifest import SourceDocument
from ingest.verify import check_sources
from ontology.terms import Cebu
from shapes.validator import validate

PLAN = "https://w3id.org/cebu/id/project/action-plan-2018-2025/"


@pytest.fixture
def whole(graphs: Mapping[str, Graph]) -> Graph:
    """Return what the Action Plan says, with the schemes; the others only cost time here."""
    return union({slug: graphs[slug] for slug in ("action-plan-2018-2025", "schemes")})


def projects(graph: Graph) -> list[URIRef]:
    return sorted(
        URIRef(str(node))
        for node in graph.subjects(RDF.type, Cebu.Project)
        if str(node).startswith(PLAN)
    )


def name(graph: Graph, project: URIRef) -> str:
    """Return the label as far as its number: `Action Plan 2018-2025, project 4a:`."""
    return str(graph.value(project, RDFS.label)).partition(":")[0] + ":"


def own_passages(graph: Graph) -> dict[URIRef, list[URIRef]]:
    """Return for each project the passages that are evidence of it alone, in printed order."""
    found: dict[URIRef, list[URIRef]] = {project: [] for project in projects(graph)}
    for passage in set(graph.objects(None, Cebu.evidence)):
        entities = [
            URIRef(str(subject))
            for subject in graph.subjects(Cebu.evidence, passage)
            if (subject, RDF.type, Cebu.Claim) not in graph
        ]
        if len(entities) == 1 and entities[0] in found:
            found[entities[0]].append(URIRef(str(passage)))
    for own in found.values():
        own.sort(key=lambda passage: int(re.findall(r"\d+", passage)[-2]))
    return found


def test_each_project_that_loses_a_coordinator_is_named(whole: Graph) -> None:
    losers = []
    for project in projects(whole):
        for state in sorted(whole.objects(project, Cebu.coordinator), key=str)[:1]:
            whole.remove((project, Cebu.coordinator, state))
            losers.append(project)
    text = validate(whole).text()
    assert len(losers) > 25
    for project in losers:
        assert name(whole, project) in text


@pytest.mark.parametrize("index", [0, 2, -1])
@pytest.mark.parametrize("links_too", [False, True])
def test_each_project_that_loses_a_passage_is_named(
    whole: Graph,
    documents: Mapping[str, SourceDocument],
    index: int,
    links_too: bool,
) -> None:
    lost = {project: own[index % len(own)] for project, own in own_passages(whole).items()}
    for passage in lost.values():
        whole.remove((passage, None, None))
        if links_too:
            whole.remove((None, None, passage))
    plan = {"action-plan-2018-2025": documents["action-plan-2018-2025"]}
    text = "\n".join([validate(whole).text(), *check_sources(whole, plan, DATA / "annotations")])
    for project in lost:
        assert name(whole, project) in text, (project, lost[project])
