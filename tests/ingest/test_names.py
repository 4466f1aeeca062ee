"""Names found in texts and cells: the longest, whole words only, and none unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.cell_names import read_named_parts
from ingest.errors import IngestError
from ingest.names import NameRegistry, read_names
from ingest.printed_table import join_words
from ingest.source_text import Span
from ontology.namespaces import ID

REGISTRY = """
- {id: body/ilo, class: Body, label: ILO, names: [ILO]}
- {id: body/readi, class: Body, label: READI, names: [READI]}
- {id: body/e-readi, class: Body, label: E-READI, names: [E-READI]}
- {id: body/slom, class: Body, label: SLOM, names: [SLOM], not_in: [the old SLOM]}
- {id: body/slom-wg, class: Body, label: SLOM-WG, names: [SLOM-WG]}
- {id: state/viet-nam, class: MemberState, label: Viet Nam, names: [Viet Nam]}
"""
LABELS = {"Lead": "lead", "Co-lead": "coLead", "CSB": "contributingBody"}


@pytest.fixture
def names(tmp_path: Path) -> NameRegistry:
    path = tmp_path / "names.yaml"
    path.write_text(REGISTRY, encoding="utf-8")
    return read_names(path)


def parts(names: NameRegistry, text: str) -> list[tuple[str, str | None, list[str]]]:
    words = join_words(text, [Span(0, len(text))])
    found = read_named_parts(words, names, LABELS, {"(hosting)": ""})
    return [
        (part.thing.removeprefix(ID), part.label, [text[s.start : s.end] for s in part.spans])
        for part in found
    ]


def test_the_longest_name_wins_and_is_a_whole_word(names: NameRegistry) -> None:
    found = [mention.spelling for mention in names.mentions("E-READI, SLOM-WG, SLOM and ILOs")]
    assert found == ["E-READI", "SLOM-WG", "SLOM"]


def test_a_phrase_in_which_a_name_means_something_else_names_nothing(names: NameRegistry) -> None:
    found = [
        mention.start for mention in names.mentions("SLOM, not the old\nSLOM nor the older SLOM")
    ]
    assert found == [0, 37]


def test_a_name_may_be_torn_by_a_line_end(names: NameRegistry) -> None:
    assert [mention.spelling for mention in names.mentions("Viet\nNam")] == ["Viet Nam"]


def test_a_cell_gives_each_name_its_part_and_words(names: NameRegistry) -> None:
    assert parts(names, "ILO (E-READI) Lead: SLOM CSB: SLOM-WG, Viet Nam (hosting)") == [
        ("body/ilo", None, ["ILO"]),
        ("body/e-readi", None, ["E-READI"]),
        ("body/slom", "Lead", ["Lead: SLOM"]),
        ("body/slom-wg", "CSB", ["CSB: SLOM-WG"]),
        ("state/viet-nam", "CSB", ["Viet Nam"]),
    ]


@pytest.mark.parametrize("text", ["-", "TBC", "Lead: - CSB: -"])
def test_silence_names_nobody(names: NameRegistry, text: str) -> None:
    assert parts(names, text) == []


def test_an_unknown_name_is_refused_with_the_names_most_like_it(names: NameRegistry) -> None:
    with pytest.raises(ValueError, match=r"'E-REDI' begins with no known name .*E-READI"):
        parts(names, "ILO, E-REDI")


def test_one_name_for_two_things_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.yaml"
    path.write_text(
        REGISTRY + "- {id: body/other, class: Body, label: Other, names: [ILO]}\n",
        encoding="utf-8",
    )
    with pytest.raises(IngestError, match=r"names.yaml:8: body/other: .*'ILO' already means ILO"):
        read_names(path)
