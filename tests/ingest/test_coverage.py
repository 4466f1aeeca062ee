"""What counts as evidence, and what a curated file says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDFS, Graph, Literal

from ingest.coverage import measure
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError
from ingest.manifest import SourceDocument
from ingest.sections import read_sections
from ingest.source_text import SourceText, Span
from ontology.iris import resource
from ontology.terms import Cebu

TEXT = "<p>One two</p>, three.\nPage 4\nFive six seven\neight.\n"


@pytest.fixture
def document() -> SourceDocument:
    return SourceDocument("paper", "Paper", "None", "p.txt", "0", SourceText("paper.txt", TEXT))


def graph_of(document: SourceDocument, *spans: Span) -> Graph:
    graph = DocumentGraph(document)
    thing = resource("body/ilo")
    graph.declare(thing, Cebu.Body, "ILO")
    graph.claim(thing, RDFS.label, Literal("ILO", lang="en"), spans)
    return graph.finish({thing: "ILO", RDFS.label: "label", graph.iri: "Paper"})


def test_letters_and_digits_count_and_markup_does_not(document: SourceDocument) -> None:
    coverage = measure(graph_of(document, Span(3, 10)), document)
    assert (coverage.characters, coverage.covered) == (33, 6)
    assert [gap.words for gap in coverage.gaps] == ["three", "Page 4", "Five six seven", "eight"]
    assert [gap.line for gap in coverage.gaps] == [1, 2, 3, 4]


def test_a_curated_file_says_what_is_silent_and_what_is_unread(
    document: SourceDocument, tmp_path: Path
) -> None:
    path = tmp_path / "paper.yaml"
    path.write_text(
        "document: paper\n"
        "silent:\n- {quote: Page 4, why: A page number.}\n"
        "unread:\n- {from: Five six, to: eight., why: Not yet read.}\n",
        encoding="utf-8",
    )
    coverage = measure(graph_of(document, Span(3, 10)), document, [path])
    assert [gap.reason for gap in coverage.gaps] == [
        None,
        "A page number.",
        "Not yet read.",
        "Not yet read.",
    ]


def test_silent_words_that_are_not_there_are_refused(
    document: SourceDocument, tmp_path: Path
) -> None:
    path = tmp_path / "paper.yaml"
    path.write_text("silent:\n- {quote: Page 5, why: A page number.}\n", encoding="utf-8")
    with pytest.raises(IngestError, match=r"paper.yaml:2: silent: .*'Page 5' is not in"):
        measure(Graph(), document, [path])


SECTIONS = """\
paper:
- {section: First, begins: One two}
- {section: Second, begins: Five six}
"""


def test_each_section_is_measured_from_its_first_words_to_the_next(
    document: SourceDocument, tmp_path: Path
) -> None:
    path = tmp_path / "sections.yaml"
    path.write_text(SECTIONS, encoding="utf-8")
    coverage = measure(graph_of(document, Span(3, 10)), document, (), read_sections(path, document))
    assert [(part.name, part.characters, part.covered) for part in coverage.sections] == [
        ("First", 16, 6),
        ("Second", 17, 0),
    ]
    assert sum(part.characters for part in coverage.sections) == coverage.characters


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("other: []\n", "It has no section of paper."),
        (SECTIONS.replace("Five six", "Nine"), "the text 'Nine' is not in"),
        (SECTIONS.replace("Five six", "One"), "It begins before the one above it."),
    ],
)
def test_sections_that_the_document_has_not_are_refused(
    written: str, complaint: str, document: SourceDocument, tmp_path: Path
) -> None:
    path = tmp_path / "sections.yaml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(IngestError, match=complaint):
        read_sections(path, document)
