"""The declarations against `declarations-by-eye.json`, which was read before the reader was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCTERMS, RDF, Literal, Namespace, URIRef
from rdflib.term import Node

from ingest import DATA
from ingest.annotations import apply_annotations
from ingest.declarations import read_declarations
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError
from ingest.manifest import SourceDocument
from ingest.names import read_names
from ingest.source_text import SourceText
from ontology.iris import resource
from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu

SLUG = "alm-work-programme-2016-2020"
ANNOTATIONS = DATA / "annotations" / f"{SLUG}-declarations.yaml"
NAMES = DATA / "annotations" / "names.yaml"
BY_EYE: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "declarations-by-eye.json").read_text(encoding="utf-8")
)["declarations"]
IS_PART_OF = Namespace(PREFIXES["eli"]).is_part_of
each_declaration = pytest.mark.parametrize("slug", BY_EYE)


@pytest.fixture(scope="module")
def graph(documents: Mapping[str, SourceDocument]) -> DocumentGraph:
    graph = DocumentGraph(documents[SLUG])
    read_declarations(graph, read_names(NAMES), ANNOTATIONS)
    apply_annotations(ANNOTATIONS, graph)
    return graph


def values(graph: DocumentGraph, subject: URIRef, predicate: URIRef) -> list[Node]:
    return [o for s, p, o in graph.claims() if s == subject and p == predicate]


def text(graph: DocumentGraph, slug: str, part: str) -> str:
    (wording,) = values(graph, resource(f"provision/{slug}/{part}"), Cebu.text)
    return str(wording)


def parts(graph: DocumentGraph, slug: str) -> list[str]:
    """Return the slugs of all provisions of the declaration, in no order."""
    prefix = f"{ID}provision/{slug}/"
    return [
        str(subject).removeprefix(prefix)
        for subject, predicate, value in graph.claims()
        if predicate == IS_PART_OF and value == resource(f"instrument/{slug}")
    ]


def opens_and_ends(wording: str, read: list[str]) -> bool:
    first, last = read
    return wording.startswith(first) and wording.endswith(last)


@each_declaration
def test_the_parts_are_those_that_the_eye_counts(graph: DocumentGraph, slug: str) -> None:
    read = BY_EYE[slug]
    expected = {
        *(f"preamble-{n + 1}" for n in range(len(read["preamble"]))),
        *(f"chapeau-{n + 1}" for n in range(len(read["chapeaus"]))),
        *(str(n + 1) for n in range(len(read["provisions"]))),
        *(f"signature-{state}" for state in read["signatures"]),
        *(part for part in ("tasking", "closing") if read[part]),
    }
    found = parts(graph, slug)
    assert set(found) == expected
    assert len(found) == len(expected)


@each_declaration
def test_every_part_begins_and_ends_as_the_eye_reads_it(graph: DocumentGraph, slug: str) -> None:
    read = BY_EYE[slug]
    named = {
        **{f"preamble-{n}": words for n, words in enumerate(read["preamble"], 1)},
        **{f"chapeau-{n}": words for n, words in enumerate(read["chapeaus"], 1)},
        **{str(n): words for n, words in enumerate(read["provisions"], 1)},
        **{part: read[part] for part in ("tasking", "closing") if read[part]},
    }
    wrong = {
        part: text(graph, slug, part)
        for part, words in named.items()
        if not opens_and_ends(text(graph, slug, part), words)
    }
    assert wrong == {}


@each_declaration
def test_every_provision_has_its_number_and_its_heading(graph: DocumentGraph, slug: str) -> None:
    for heading, first, last in BY_EYE[slug]["headings"]:
        for number in range(first, last + 1):
            subject = resource(f"provision/{slug}/{number}")
            assert [str(value) for value in values(graph, subject, Cebu.number)] == [str(number)]
            above = [] if heading is None else [Literal(heading, lang="en")]
            assert values(graph, subject, Cebu.heading) == above, number


@each_declaration
def test_every_signature_has_state_name_and_office(graph: DocumentGraph, slug: str) -> None:
    adopters = values(graph, resource(f"instrument/{slug}"), Cebu.adoptedBy)
    for state, lines in BY_EYE[slug]["signatures"].items():
        assert text(graph, slug, f"signature-{state}") == "\n".join(lines)
        assert resource(f"state/{state}") in adopters


@each_declaration
def test_every_declaration_is_adopted_by_ten_states_and_their_body(
    graph: DocumentGraph, slug: str
) -> None:
    adopters = values(graph, resource(f"instrument/{slug}"), Cebu.adoptedBy)
    states = [node for node in adopters if str(node).startswith(f"{ID}state/")]
    assert len(states) == 10
    ministers = slug == "osh-statement-2017"
    body = resource("body/almm" if ministers else "body/asean-leaders")
    assert set(adopters) - set(states) == {body}


@pytest.mark.parametrize(
    ("slug", "day", "meetings"),
    [
        ("osh-statement-2017", "2017-09-03", []),
        ("vientiane-declaration-2016", "2016-09-06", []),
        ("hrd-statement-2010", "2010-10-28", []),
        ("cebu-declaration-2007", "2007-01-13", ["asean-summit-12"]),
    ],
)
def test_the_adoption_has_its_day_and_the_meeting_that_is_printed(
    graph: DocumentGraph, slug: str, day: str, meetings: list[str]
) -> None:
    """What is declared "on the occasion of" a meeting is not said to be adopted at it."""
    subject = resource(f"instrument/{slug}")
    for bound in (Cebu.earliest, Cebu.latest):
        assert [str(value) for value in values(graph, subject, bound)] == [day]
    at = [resource(f"meeting/{meeting}") for meeting in meetings]
    assert values(graph, subject, Cebu.adoptedAt) == at


@pytest.mark.parametrize(
    ("part", "bodies"),
    [
        ("osh-statement-2017/tasking", ["slom", "asean-oshnet"]),
        (
            "vientiane-declaration-2016/tasking",
            ["almm", "slom", "asean-sectoral-ministerial-bodies"],
        ),
        (
            "hrd-statement-2010/tasking",
            ["asean-sectoral-ministerial-bodies", "asean-senior-official-bodies"],
        ),
        (
            "cebu-declaration-2007/22",
            ["ams", "relevant-asean-bodies", "secretary-general-of-asean"],
        ),
        ("cebu-declaration-2007/2", ["receiving-states", "sending-states"]),
        ("cebu-declaration-2007/4", []),
        ("cebu-declaration-2007/chapeau-2", ["receiving-states"]),
        ("cebu-declaration-2007/10", ["receiving-states"]),
        ("cebu-declaration-2007/14", ["sending-states"]),
        ("cebu-declaration-2007/15", ["ams"]),
    ],
)
def test_a_task_is_addressed_to_the_bodies_that_it_names(
    graph: DocumentGraph, part: str, bodies: list[str]
) -> None:
    addressed = values(graph, resource(f"provision/{part}"), Cebu.addressee)
    assert addressed == [resource(f"body/{body}") for body in bodies]


def test_the_whole_of_each_declaration_is_evidence(graph: DocumentGraph) -> None:
    source = graph.document.source
    start = source.text.index("ASEAN LABOUR MINISTERS' STATEMENT")
    end = source.text.index("ANNEX 1\n")
    evidence = [span for spans in graph.claims().values() for span in spans]
    covered = {index for span in evidence for index in range(span.start, span.end)}
    garbled = source.find("-Ahu7+G04")
    covered.update(range(garbled.start, garbled.end))
    left = [n for n in range(start, end) if source.text[n].isalnum() and n not in covered]
    assert [source.line(index) for index in left] == []


ACCORD = """THE ACCORD

THE ACCORD

WE, the Heads of State of the States, namely Thailand and the Kingdom of Siam, on the occasion of
the Summit;

DO HEREBY:

- 1. Begin;
- 2. End.

Done at Manila.

For Thailand:

A. B. CEE Minister

THE END
"""
ENTRY = """document: paper
declarations:
- {id: instrument/accord, class: Declaration, label: Accord, short: Accord, title: THE ACCORD,
   ends: THE END}
"""


def read_accord(tmp_path: Path, printed: str) -> DocumentGraph:
    path = tmp_path / "paper.yaml"
    path.write_text(ENTRY, encoding="utf-8")
    source = SourceText("paper.txt", printed)
    graph = DocumentGraph(SourceDocument("paper", "Paper", "None", "p.txt", "0", source))
    read_declarations(graph, read_names(NAMES), path)
    return graph


def test_a_small_declaration_is_read_whole(tmp_path: Path) -> None:
    graph = read_accord(tmp_path, ACCORD)
    accord = resource("instrument/accord")
    assert values(graph, accord, RDF.type) == [Cebu.Declaration]
    assert values(graph, accord, DCTERMS.title) == [Literal("THE ACCORD", lang="en")]
    assert values(graph, accord, Cebu.adoptedBy) == [resource("state/thailand")]
    assert text(graph, "accord", "2") == "End."
    assert text(graph, "accord", "signature-thailand") == "For Thailand:\nA. B. CEE\nMinister"


@pytest.mark.parametrize(
    ("printed", "instead", "problem"),
    [
        ("- 2. End", "- 3. End", "paper.txt:11: instrument/accord: .* number 3 stands where 2 is"),
        ("DO HEREBY:", "We agree.", "paper.txt:8: .* 'We agree.' is neither preamble"),
        (
            ACCORD[ACCORD.index("Done") : ACCORD.index("THE END")],
            "",
            "no words like 'Done at' or 'Adopted in' close it",
        ),
        ("For Thailand", "For Siam", "paper.txt:15: .* 'Siam' is the known name of no member"),
        ("For Thailand:", "Agreed.", "paper.txt:15: .* 'Agreed.' follows the closing"),
        ("A. B. CEE ", "", "paper.txt:15: .* 'For Thailand:' has half a signature"),
        ("THE ACCORD\n\nTHE", "THE ACCORD\n\nan", r"paper.yaml:3: .* is not in paper.txt"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, printed: str, instead: str, problem: str
) -> None:
    assert printed in ACCORD
    with pytest.raises(IngestError, match=problem):
        read_accord(tmp_path, ACCORD.replace(printed, instead, 1))
