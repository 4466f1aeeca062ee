"""The ratification annexes against `declarations-by-eye.json`, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCTERMS, RDF, XSD, Literal

from ingest import DATA
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError
from ingest.manifest import SourceDocument
from ingest.names import read_names
from ingest.ratification_tables import read_ratification_tables
from ingest.source_text import SourceText
from ontology.iris import resource
from ontology.terms import Cebu

SLUG = "alm-work-programme-2016-2020"
NAMES = DATA / "annotations" / "names.yaml"
READ: dict[str, Any] = json.loads(
    (Path(__file__).parent / "declarations-by-eye.json").read_text(encoding="utf-8")
)
ANNEXES: dict[str, dict[str, Any]] = READ["annexes"]
STATUSES = {"Yes": "ratified", "Denounced": "denounced"}
CELLS = [
    (number, state, convention, word)
    for number, annex in ANNEXES.items()
    for state, row in annex["rows"].items()
    for convention, word in zip(annex["columns"], row, strict=True)
]


@pytest.fixture(scope="module")
def graph(documents: Mapping[str, SourceDocument]) -> DocumentGraph:
    graph = DocumentGraph(documents[SLUG])
    read_ratification_tables(graph, read_names(NAMES))
    return graph


def test_the_annexes_have_the_cells_that_the_eye_counts(graph: DocumentGraph) -> None:
    stated = [s for s, p, o in graph.claims() if p == RDF.type and o == Cebu.TreatyStatus]
    assert len(stated) == sum(word != "" for *_, word in CELLS) == 71
    assert len(CELLS) == 120


def test_every_cell_is_stated_as_printed_and_an_empty_one_is_silence(graph: DocumentGraph) -> None:
    source, claims = graph.document.source, graph.claims()
    for annex, state, convention, word in CELLS:
        instrument = resource(f"instrument/ilo-c{convention}")
        subject = resource(f"treaty-status/{SLUG}/ilo-c{convention}/{state}")
        stated = {(p, o) for s, p, o in claims if s == subject}
        if not word:
            assert stated == set(), subject
            continue
        status = resource(f"concept/treaty-status/{STATUSES[word]}")
        assert stated == {
            (RDF.type, Cebu.TreatyStatus),
            (Cebu.state, resource(f"state/{state}")),
            (Cebu.instrument, instrument),
            (Cebu.treatyStatus, status),
            (Cebu.asOf, Literal(READ["as_of"], datatype=XSD.date)),
        }
        words = {source.exact(span) for span in claims[subject, Cebu.treatyStatus, status]}
        assert words == {word, ANNEXES[annex]["heading"]}
        numbers = {source.exact(span) for span in claims[subject, Cebu.instrument, instrument]}
        assert numbers == {convention}


def test_the_words_of_a_cell_stand_in_the_row_of_its_state(graph: DocumentGraph) -> None:
    source, claims = graph.document.source, graph.claims()
    for (subject, predicate, value), spans in claims.items():
        if predicate == Cebu.treatyStatus:
            (name,) = (
                span
                for s, p, _ in claims
                for span in claims[s, p, _]
                if s == subject and p == Cebu.state
            )
            lines = {source.line(span.start) for span in spans}
            assert source.line(name.start) in lines, (subject, value)


@pytest.mark.parametrize("annex", ANNEXES.values(), ids=ANNEXES)
def test_every_convention_has_title_and_code_as_printed(
    graph: DocumentGraph, annex: dict[str, Any]
) -> None:
    claims = graph.claims()
    for number, (code, title) in annex["titles"].items():
        subject = resource(f"instrument/ilo-c{number}")
        assert (subject, DCTERMS.title, Literal(title, lang="en")) in claims
        assert (subject, Cebu.identifier, Literal(code, datatype=XSD.string)) in claims
        group = annex["heading"].partition(" OF ")[2]
        assert (subject, DCTERMS.description, Literal(group, lang="en")) in claims


def test_the_source_note_of_each_annex_is_a_provision(graph: DocumentGraph) -> None:
    claims = graph.claims()
    spans = set()
    for annex in ANNEXES:
        subject = resource(f"provision/{SLUG}/annex-{annex}-source")
        spans |= claims[subject, Cebu.text, Literal(READ["source_note"], lang="en")]
    assert len(spans) == len(ANNEXES)


def test_every_row_is_evidence_that_its_state_is_a_member(graph: DocumentGraph) -> None:
    source, claims = graph.document.source, graph.claims()
    for state in ANNEXES["1"]["rows"]:
        spans = claims[resource(f"state/{state}"), RDF.type, Cebu.MemberState]
        assert len(spans) == 2 * len(ANNEXES)
        assert sum(source.exact(span) == "Member States" for span in spans) == len(ANNEXES)


def test_the_whole_of_both_annexes_is_evidence(graph: DocumentGraph) -> None:
    source = graph.document.source
    start, end = source.text.index("ANNEX 1\n"), source.text.index("@ASEAN")
    evidence = [span for spans in graph.claims().values() for span in spans]
    covered = {index for span in evidence for index in range(span.start, span.end)}
    left = [n for n in range(start, end) if source.text[n].isalnum() and n not in covered]
    assert [source.line(index) for index in left] == []


ANNEX = (
    "ANNEX 1\n\nASEAN MEMBER STATES' RATIFICATION OF ILO FUNDAMENTAL CONVENTIONS\n\n"
    "ILO Convention\t29\t87\nMember States\t\t\nThailand\tYes\t\nMalaysia\t\tDenounced\n\n"
    "Source: ILO, accessed on 1 May 2017 and verified by ILO on 2 May 2017\n\n"
    "C 029 : Forced Labour Convention, 1930 (No. 29) C 087 : Freedom Convention, 1948 (No.87)\n"
)


def read_annex(printed: str) -> DocumentGraph:
    source = SourceText("paper.txt", printed)
    graph = DocumentGraph(SourceDocument("paper", "Paper", "None", "p.txt", "0", source))
    read_ratification_tables(graph, read_names(NAMES))
    return graph


def test_a_small_annex_is_read_whole() -> None:
    labels = read_annex(ANNEX).labels()
    assert labels[resource("treaty-status/paper/ilo-c87/malaysia")] == (
        "Malaysia and the Freedom Convention, 1948 (No. 87): denounced, as of 2017-05-02"
    )
    assert sum("treaty-status" in subject for subject in labels) == 2


@pytest.mark.parametrize(
    ("printed", "instead", "problem"),
    [
        ("Denounced", "Signed", "paper.txt:8: Malaysia, Freedom .* has 'Signed', not Yes or Deno"),
        ("Thailand", "Siam", "paper.txt:7: Annex 1: 'Siam' is the known name of no member state"),
        (
            "verified by ILO",
            "seen by ILO",
            "paper.txt:1: Annex 1: It has no source note with a day",
        ),
        ("ILO Convention\t", "Convention\t", "paper.txt:1: .* no line of convention numbers"),
        ("(No.87)", "(No.98)", "Its columns are 29, 87, but titles follow for 29, 98"),
        ("C 029", "C 030", "paper.txt:12: C 030: The title says No. 29"),
        ("RATIFICATION OF", "ACCESSION TO", "no annex on the ratification of ILO conventions"),
    ],
)
def test_an_annex_that_cannot_be_read_is_named_with_its_line(
    printed: str, instead: str, problem: str
) -> None:
    assert printed in ANNEX
    with pytest.raises(IngestError, match=problem):
        read_annex(ANNEX.replace(printed, instead, 1))
