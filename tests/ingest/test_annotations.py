"""Annotations are tied to the document's words, and an error names file, line and entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import DCTERMS, Literal

from ingest.annotations import apply_annotations
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError
from ingest.manifest import SourceDocument
from ingest.source_text import SourceText, Span
from ontology.iris import resource
from ontology.terms import Cebu

TEXT = "The Forum was held\nin Manila, the Philippines. It ended well.\n"
HEAD = """document: paper
entries:
- id: meeting/forum
  class: Meeting
  label: Forum
  facts:
"""


def applied(tmp_path: Path, facts: str) -> DocumentGraph:
    path = tmp_path / "paper.yaml"
    path.write_text(HEAD + facts, encoding="utf-8")
    document = SourceDocument("paper", "Paper", "None", "p.txt", "0", SourceText("paper.txt", TEXT))
    graph = DocumentGraph(document)
    apply_annotations(path, graph)
    return graph


def test_a_fact_states_its_values_with_the_quoted_words(tmp_path: Path) -> None:
    graph = applied(
        tmp_path,
        "  - quote: held in Manila, the Philippines\n"
        "    states: {type: true, host: state/philippines, city: Manila}\n"
        "  - quote: It ended well.\n"
        '    states: {"dcterms:description": "="}\n',
    )
    claims = graph.claims()
    forum, span = resource("meeting/forum"), {Span(14, 45)}
    assert claims[forum, Cebu.host, resource("state/philippines")] == span
    assert claims[forum, Cebu.city, Literal("Manila", lang="en")] == span
    words = Literal("It ended well.", lang="en")
    assert claims[forum, DCTERMS.description, words] == {Span(47, 61)}


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        ("- {quote: in Cebu, states: {city: Cebu}}", "'in Cebu' is not in paper.txt"),
        ("- {quote: Manila, states: {town: Manila}}", "'town' is not a property"),
        ("- {quote: Manila, states: {host: Manila}}", "'Manila' is no address"),
        ("- {quote: Manila, states: {earliest: 2018}}", "2018 is not a date"),
        ("- {quote: Manila}", "'states'"),
    ],
)
def test_a_fact_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, fact: str, problem: str
) -> None:
    with pytest.raises(IngestError) as raised:
        applied(tmp_path, f"  {fact}\n")
    assert f"{tmp_path}/paper.yaml:7: meeting/forum: " in str(raised.value)
    assert problem in str(raised.value)


def test_a_torn_sentence_is_quoted_in_pieces(tmp_path: Path) -> None:
    graph = applied(
        tmp_path,
        "  - quote: [The Forum was held, {quote: in, after: held}]\n    states: {city: '='}\n",
    )
    words = Literal("The Forum was held in", lang="en")
    claim = (resource("meeting/forum"), Cebu.city, words)
    assert graph.claims()[claim] == {Span(0, 18), Span(19, 21)}


def test_a_file_about_another_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "paper.yaml"
    path.write_text("document: other\nentries: []\n", encoding="utf-8")
    document = SourceDocument("paper", "Paper", "None", "p.txt", "0", SourceText("paper.txt", TEXT))
    with pytest.raises(IngestError, match="about 'other', not 'paper'"):
        apply_annotations(path, DocumentGraph(document))


def test_a_statement_without_words_is_refused() -> None:
    document = SourceDocument("paper", "Paper", "None", "p.txt", "0", SourceText("paper.txt", TEXT))
    graph = DocumentGraph(document)
    with pytest.raises(ValueError, match="no statement without its sentence"):
        graph.claim(graph.iri, DCTERMS.title, Literal("Paper", lang="en"), [])
