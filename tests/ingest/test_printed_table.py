"""Rows torn over pages, cells of several paragraphs, and where their words stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.printed_table import Words, join_words, read_rows
from ingest.source_text import SourceText, Span

HEADING = "Title\tStatus"
STARTS = re.compile(r"\d+\. ")


def rows_of(text: str) -> list[list[str]]:
    source = SourceText("t", text)
    return [
        [cell.words(source.text).text for cell in row.cells]
        for row in read_rows(source, HEADING, STARTS)
    ]


def test_a_row_torn_over_a_page_goes_on_below_the_next_heading() -> None:
    text = f"{HEADING}\n1. Study on the\tPLANNED\n\n{HEADING}\ndemand\tand more\n2. Next\t\n"
    assert rows_of(text) == [["1. Study on the demand", "PLANNED and more"], ["2. Next", ""]]


def test_markup_ends_a_paragraph_and_a_page_does_not() -> None:
    text = f"{HEADING}\n1. A\t<p>One</p> <p>two</p>\n\n{HEADING}\nB\t<p>three</p> <p>four</p>\n"
    source = SourceText("t", text)
    (row,) = read_rows(source, HEADING, STARTS)
    paragraphs = [join_words(source.text, paragraph).text for paragraph in row.cells[1].paragraphs]
    assert paragraphs == ["One", "two three", "four"]


def test_a_line_with_another_number_of_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2 has 3 cells, its heading 2"):
        rows_of(f"{HEADING}\n1. A\tB\tC\n")


def test_a_line_that_goes_on_with_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2 goes on with a row, but none has begun"):
        rows_of(f"{HEADING}\nA\tB\n")


PIECE = st.text(alphabet="ab \n", min_size=1, max_size=12)


@given(st.lists(PIECE, min_size=1, max_size=4), st.data())
def test_the_spans_of_any_part_have_exactly_its_words(
    pieces: list[str], data: st.DataObject
) -> None:
    text, spans = "", []
    for piece in pieces:
        spans.append(Span(len(text), len(text) + len(piece)))
        text += piece + "|"
    words = join_words(text, spans)
    start = data.draw(st.integers(0, len(words.text)))
    end = data.draw(st.integers(start, len(words.text)))
    found = "".join(text[span.start : span.end] for span in words.spans(start, end))
    assert "".join(found.split()) == words.text[start:end].replace(" ", "")
    part = words.part(start, end)
    assert part.text == words.text[start:end].strip()
    assert part.all_spans() == words.spans(start, end)


def test_words_are_found_in_order() -> None:
    words = Words("2020 2020", tuple(range(9)), frozenset({0}))
    first = words.find("2020")
    assert words.find("2020", first[1]) == (5, 9)
    with pytest.raises(ValueError, match="'2021' is not in"):
        words.find("2021")
