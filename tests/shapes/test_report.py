"""The validator's answer: its form, its order, and what it leaves alone."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, RDFS, SH, Dataset, Graph, Literal, URIRef

from ontology import CEBU, ID
from shapes import validate

CASES: Final = Path(__file__).parent / "cases"
PROJECT: Final = URIRef(ID + "project/base/1")
FAULTY: Final = """
<https://w3id.org/cebu/id/project/base/1> <https://w3id.org/cebu/ontology#year> "2018" .

<https://w3id.org/cebu/id/body/a> a <https://w3id.org/cebu/ontology#Body> .

[] a <https://w3id.org/cebu/ontology#Plan> .
"""


@pytest.fixture(scope="module")
def good(base: Graph, documented: Callable[..., Graph]) -> Graph:
    """A graph without fault."""
    return documented(base)


@pytest.fixture
def faulty(good: Graph) -> Graph:
    """A graph with three faulty resources, one of them a blank node."""
    return (good + Graph()).parse(data=FAULTY, format="turtle")


def test_a_sound_graph_conforms(good: Graph) -> None:
    report = validate(good)
    assert report.conforms
    assert report.text() == "No problems found.\n"
    assert report.to_dict() == {"conforms": True, "results": []}


def test_the_report_says_where_the_entity_is_described(faulty: Graph) -> None:
    report = validate(faulty, files=[CASES / "base.ttl"])
    lines = (CASES / "base.ttl").read_text(encoding="utf-8").splitlines()
    (line,) = [n for n, text in enumerate(lines, 1) if text.startswith(f"<{PROJECT}>")]
    heading = f"Project 1 of the base plan\n  <{PROJECT}>\n  {CASES / 'base.ttl'}:{line}\n"
    (block,) = [block for block in report.text().split("\n\n") if block.startswith(heading)]
    assert '  Violation at year: wrong datatype, "2018"\n' in block


def test_the_report_is_the_same_every_time(faulty: Graph) -> None:
    one, two = validate(faulty), validate(faulty)
    assert one.text() == two.text()
    assert "a blank node\n" in one.text()
    assert one.text().splitlines()[-1].endswith("1 warning in 3 resources.")


def test_the_report_is_json(faulty: Graph) -> None:
    report = validate(faulty)
    read = json.loads(report.to_json())
    assert read == report.to_dict()
    assert not read["conforms"]
    (year,) = [result for result in read["results"] if result["pathLabel"] == "year"
               and result["problem"] == "wrong datatype"]  # fmt: skip
    assert year["entity"] == str(PROJECT)
    assert year["label"] == "Project 1 of the base plan"
    assert year["value"] == "2018"
    assert year["sourceShape"] == "https://w3id.org/cebu/shapes#Project-year"


def test_the_report_holds_the_shacl_report(faulty: Graph) -> None:
    report = validate(faulty)
    (node,) = report.graph.subjects(RDF.type, SH.ValidationReport)
    assert report.graph.value(node, SH.conforms) == Literal(False)
    assert len(list(report.graph.objects(node, SH.result))) == len(report.results)


def test_a_warning_alone_conforms(good: Graph, documented: Callable[..., Graph]) -> None:
    body = Graph().parse(CASES / "body" / "invalid.classification-missing.ttl")
    report = validate(good + documented(body, start=5000))
    assert report.conforms
    assert [result.severity for result in report.results] == ["Warning"]


def test_the_data_is_not_changed(good: Graph) -> None:
    before = set(good)
    validate(good)
    assert set(good) == before


def test_a_dataset_is_validated_as_the_union_of_its_graphs(good: Graph) -> None:
    dataset = Dataset()
    for number, triple in enumerate(sorted(good)):
        dataset.graph(URIRef(f"https://w3id.org/cebu/graph/g{number % 2}")).add(triple)
    assert validate(dataset).text() == "No problems found.\n"


def test_shapes_that_are_no_shacl_are_refused(good: Graph) -> None:
    shapes = Graph()
    shape = URIRef("https://example.org/shape")
    shapes.add((shape, RDF.type, SH.NodeShape))
    shapes.add((shape, SH.targetClass, CEBU.Project))
    # SHACL, section 4.2.1: only a property shape counts values.
    shapes.add((shape, SH.minCount, Literal(1)))
    with pytest.raises(ValueError, match="the shapes cannot be used"):
        validate(good, shapes)


def test_pyshacl_is_imported_only_to_validate() -> None:
    code = "import shapes, sys; print('pyshacl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_labels_stand_for_the_iris_in_messages(good: Graph) -> None:
    graph = good + Graph()
    graph.add((PROJECT, CEBU.lead, URIRef(ID + "body/base")))
    (result,) = validate(graph).results
    assert "No claim says that lead of Project 1 of the base plan is" in result.message
    assert graph.value(PROJECT, RDFS.label) == Literal(result.label, lang="en")
