"""The built graph: the words are the documents', the bytes are stable, nothing is left over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, BNode, Graph

from ingest import DATA
from ingest.annotations import annotation_files
from ingest.build import write_graphs
from ingest.coverage import measure
from ingest.manifest import SourceDocument
from ontology.iris import resource
from ontology.namespaces import GRAPH
from ontology.terms import Cebu


def test_each_passage_has_exactly_the_characters_of_its_document(
    graphs: Mapping[str, Graph], documents: Mapping[str, SourceDocument]
) -> None:
    checked = 0
    for slug, document in documents.items():
        graph = graphs[slug]
        for passage in graph.subjects(RDF.type, Cebu.Passage):
            start, end = graph.value(passage, Cebu.start), graph.value(passage, Cebu.end)
            exact = graph.value(passage, Cebu.exact)
            assert document.source.text[int(str(start)) : int(str(end))] == str(exact)
            checked += 1
    assert checked > 900


def test_the_files_in_the_repository_are_what_the_build_gives(
    graphs: Mapping[str, Graph], tmp_path: Path
) -> None:
    write_graphs(graphs, tmp_path / "graph")
    built = {path.name: path.read_bytes() for path in (tmp_path / "graph").iterdir()}
    committed = {path.name: path.read_bytes() for path in (DATA / "graph").iterdir()}
    assert built.keys() == committed.keys()
    for name, content in built.items():
        assert content == committed[name], f"{name} differs: run `make build` and commit"


def test_a_build_in_a_process_of_another_hash_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ingest import DATA; "
        "from ingest.build import build_graphs, write_graphs; "
        "write_graphs(build_graphs(DATA), Path(sys.argv[1]))"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "graph")],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        check=True,
    )
    one, two = (sorted(folder.iterdir()) for folder in (tmp_path / "graph", DATA / "graph"))
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_what_is_not_evidence_has_a_reason_and_is_3_percent_at_most(
    graphs: Mapping[str, Graph], documents: Mapping[str, SourceDocument]
) -> None:
    for slug, document in documents.items():
        coverage = measure(graphs[slug], document, annotation_files(DATA / "annotations", slug))
        assert [gap for gap in coverage.gaps if gap.reason in (None, "Not yet read.")] == [], slug
        assert coverage.share >= 0.97, slug


def test_no_graph_has_a_blank_node(graphs: Mapping[str, Graph]) -> None:
    for slug, graph in graphs.items():
        assert not any(isinstance(node, BNode) for triple in graph for node in triple), slug


def test_everything_described_has_one_english_label(graphs: Mapping[str, Graph]) -> None:
    whole = Graph()
    for graph in graphs.values():
        whole += graph
    for subject in set(whole.subjects(RDF.type)):
        labels = list(whole.objects(subject, RDFS.label))
        assert len(labels) == 1, subject
        assert getattr(labels[0], "language", None) == "en", subject


def test_every_thing_that_a_document_names_is_described_in_its_graph(
    graphs: Mapping[str, Graph],
) -> None:
    paper = graphs["priorities-paper-2017"]
    viet_nam = resource("state/viet-nam")
    assert (viet_nam, RDF.type, Cebu.MemberState) in paper
    assert {str(label) for label in paper.objects(viet_nam, RDFS.label)} == {"Viet Nam"}


@pytest.mark.parametrize("slug", ["action-plan-2018-2025", "priorities-paper-2017"])
def test_each_document_graph_is_derived_from_its_document(
    slug: str, graphs: Mapping[str, Graph]
) -> None:
    asked = f"ASK {{ <{GRAPH}{slug}> prov:wasDerivedFrom <{resource(f'document/{slug}')}> }}"
    assert graphs["provenance"].query(asked).askAnswer
