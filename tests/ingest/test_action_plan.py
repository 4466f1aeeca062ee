"""The Action Plan's table against `action-plan-cells.json`, which two people read by eye."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCTERMS, RDF, Graph, URIRef

from ontology.iris import resource
from ontology.namespaces import ID
from ontology.terms import Cebu

CELLS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "action-plan-cells.json").read_text(encoding="utf-8")
)
TEXTS = {
    "number": Cebu.number,
    "title": DCTERMS.title,
    "timeline": Cebu.timelineAsPrinted,
    "earliest": Cebu.earliest,
    "latest": Cebu.latest,
    "budget": Cebu.budget,
    "coordinator_cell": Cebu.coordinatorAsPrinted,
    "collaborator_cell": Cebu.collaboratorAsPrinted,
    "statusNote": Cebu.statusNote,
}
THINGS = {
    "coordinators": Cebu.coordinator,
    "lead": Cebu.lead,
    "coLead": Cebu.coLead,
    "contributingBody": Cebu.contributingBody,
    "collaborators": Cebu.collaborator,
}


@pytest.fixture(scope="module")
def graph(graphs: Mapping[str, Graph]) -> Graph:
    return graphs["action-plan-2018-2025"]


def project(cell: dict[str, Any]) -> URIRef:
    return resource(f"project/action-plan-2018-2025/{cell['number']}")


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell["number"])
def test_every_cell_is_stated_as_two_people_read_it(cell: dict[str, Any], graph: Graph) -> None:
    subject = project(cell)
    for key, predicate in TEXTS.items():
        stated = [str(value) for value in graph.objects(subject, predicate)]
        assert stated == ([] if cell[key] is None else [cell[key]]), key
    for key, predicate in THINGS.items():
        things = sorted(str(value).removeprefix(ID) for value in graph.objects(subject, predicate))
        assert things == cell[key], key
    status = [str(value).rpartition("/")[2] for value in graph.objects(subject, Cebu.status)]
    assert status == ([] if cell["status"] is None else [cell["status"]])
    themes = [str(value).rpartition("/")[2] for value in graph.objects(subject, Cebu.theme)]
    assert themes == [cell["cluster"]]
    assert sorted(map(str, graph.objects(subject, Cebu.footnote))) == sorted(cell["footnotes"])


def test_the_plan_has_these_projects_and_no_others(graph: Graph) -> None:
    numbered = {subject for subject in graph.subjects(Cebu.number) if "/project/" in str(subject)}
    assert numbered == {project(cell) for cell in CELLS}


def test_an_origin_in_brackets_is_the_plan_or_body_that_it_names(graph: Graph) -> None:
    for cell in CELLS:
        origins = [
            *graph.objects(project(cell), Cebu.originPlan),
            *graph.objects(project(cell), Cebu.originatingBody),
        ]
        assert bool(origins) == (cell["origin"] is not None or cell["number"] == "28")
    plan = resource("plan/acmw-work-plan-2016-2020")
    assert (resource("project/action-plan-2018-2025/4b"), Cebu.originPlan, plan) in graph
    acmw = resource("body/acmw")
    assert (resource("project/action-plan-2018-2025/22a"), Cebu.originatingBody, acmw) in graph


def test_sub_projects_belong_to_their_project(graph: Graph) -> None:
    parent = resource("project/action-plan-2018-2025/22")
    children = {str(child)[-3:] for child in graph.subjects(Cebu.partOfProject, parent)}
    assert children == {"22a", "22b", "22c"}


def test_each_abbreviation_of_the_list_is_stated(
    graph: Graph, documents: Mapping[str, Any]
) -> None:
    text = documents["action-plan-2018-2025"].source.text
    rows = text[text.index("List of Abbreviation") :].splitlines()
    listed = {row.split("\t")[0] for row in rows if "\t" in row}
    stated = {str(value) for value in graph.objects(None, Cebu.abbreviation)}
    assert len(listed) == 33
    assert listed <= stated


def test_terms_of_the_list_are_concepts_and_no_bodies(graph: Graph) -> None:
    for slug in ("csb", "mra", "tip", "tvet"):
        term = resource(f"concept/glossary/{slug}")
        assert (term, Cebu.evidence, None) in graph
        assert (term, RDF.type, Cebu.Body) not in graph
