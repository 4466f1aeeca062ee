"""Quotes are found wherever white space differs, once, and nowhere else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.source_text import QuoteError, SourceText, Span, printed_words

WORD = st.text(alphabet="abcé’(", min_size=1, max_size=4)
SPACE = st.sampled_from([" ", "\n", "\t", "  \n "])


@given(
    before=st.lists(WORD, max_size=5),
    quote=st.lists(WORD, min_size=1, max_size=4),
    after=st.lists(WORD, max_size=5),
    space=SPACE,
    other_space=SPACE,
)
def test_a_quote_is_found_whatever_white_space_lies_between_its_words(
    before: list[str], quote: list[str], after: list[str], space: str, other_space: str
) -> None:
    marked = ["X", *quote, "Y"]
    text = SourceText("t", space.join([*before, *marked, *after]))
    span = text.find(other_space.join(marked))
    assert text.exact(span).split() == marked


@given(st.text(alphabet="ab \n", max_size=40), st.data())
def test_the_line_of_an_offset_holds_it(text: str, data: st.DataObject) -> None:
    source = SourceText("t", text + "\nend")
    offset = data.draw(st.integers(0, len(source.text) - 1))
    start, end = source.line_span(source.line(offset))
    assert start <= offset <= end


def test_a_quote_that_stands_twice_needs_after() -> None:
    text = SourceText("t", "one two\none three")
    with pytest.raises(QuoteError, match=r"more than once in t \(lines 1 and 2\)"):
        text.find("one")
    assert text.find("one", after="two") == Span(8, 11)


def test_a_quote_that_is_not_there_is_refused() -> None:
    with pytest.raises(QuoteError, match="'three' is not in t"):
        SourceText("t", "one two").find("three")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>PLANNED</p> <p>Both</p>", "PLANNED Both"),
        ("re-integration **programs**, including", "re-integration programs, including"),
        ("• 11th AFML • 12th", "11th AFML 12th"),
    ],
)
def test_markup_is_not_printed_words(text: str, words: str) -> None:
    assert printed_words(text) == words


def test_a_span_is_never_empty() -> None:
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span(3, 3)


@given(
    text=st.text(alphabet="ab \n\t\u00a0é(", max_size=40),
    quote=st.text(alphabet="ab \n\u00a0é(", min_size=1, max_size=6).filter(str.strip),
)
def test_a_quote_stands_where_a_pattern_of_its_words_would_match(text: str, quote: str) -> None:
    pattern = r"\s+".join(map(re.escape, quote.split()))
    places = [Span(*match.span()) for match in re.finditer(pattern, text)]
    if len(places) == 1:
        assert SourceText("t", text).find(quote) == places[0]
    else:
        with pytest.raises(QuoteError):
            SourceText("t", text).find(quote)
