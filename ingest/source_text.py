"""A source document's text: spans of characters, lines, and quotes found in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

MARKUP = re.compile(r"</?(?:p|ul|li|br)\b[^<>]*>|\*+|•")
"""What the conversion from PDF added to the printed words: tags, emphasis marks and bullets."""


@dataclass(frozen=True, order=True)
class Span:
    """Characters from `start` up to, not including, `end`, counted in code points from 0."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start} and {self.end}")


class QuoteError(ValueError):
    """A quote that the text has not, or has more than once."""


def printed_words(text: str) -> str:
    """Return the text as printed: markup removed, each run of white space made one space."""
    return " ".join(MARKUP.sub(_in_place_of_markup, text).split())


def _in_place_of_markup(match: re.Match[str]) -> str:
    # Emphasis marks stand inside words' own spacing; tags and bullets stand instead of it.
    return "" if match.group().startswith("*") else " "


@dataclass(frozen=True)
class SourceText:
    """The text of one stored file, exactly as it is on disk."""

    name: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line(self, offset: int) -> int:
        """Return the 1-based number of the line that holds the character at `offset`."""
        return bisect_right(self._line_starts, offset)

    def line_span(self, number: int) -> tuple[int, int]:
        """Return where the 1-based line starts and ends, without its line feed."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return start, len(self.text) if end < 0 else end

    def exact(self, span: Span) -> str:
        """Return the characters of the span."""
        return self.text[span.start : span.end]

    def trimmed(self, start: int, end: int) -> Span | None:
        """Return the span without white space at its ends, or None when nothing else is in it."""
        words = self.text[start:end]
        if not words.strip():
            return None
        return Span(start + len(words) - len(words.lstrip()), start + len(words.rstrip()))

    def find(self, quote: str, *, after: str | None = None) -> Span:
        """Return where the quote stands.

        White space in the quote matches any white space of the text, ends of lines included;
        every other character must be the same. Without `after` the quote must stand in the text
        exactly once; with it, the first place behind the (unique) text `after` is taken.

        Raises:
            QuoteError: the quote, or `after`, is not there, or is there more than once.

        """
        words = " ".join(quote.split())
        if not words:
            raise QuoteError("a quote needs at least one word.")
        text, places = self._single_spaced
        begin = 0 if after is None else bisect_left(places, self.find(after).end)
        first = text.find(words, begin)
        if first < 0:
            where = "" if after is None else f" behind {after!r}"
            raise QuoteError(f"the text {quote!r} is not in {self.name}{where}.")
        second = text.find(words, first + len(words)) if after is None else -1
        if second >= 0:
            lines = f"{self.line(places[first])} and {self.line(places[second])}"
            raise QuoteError(
                f"the text {quote!r} stands more than once in {self.name} (lines {lines})."
            )
        return Span(places[first], places[first + len(words) - 1] + 1)

    @cached_property
    def _single_spaced(self) -> tuple[str, list[int]]:
        """The text with each run of white space made one space, and where each character stood."""
        pieces: list[str] = []
        places: list[int] = []
        for match in re.finditer(r"\S+|\s+", self.text):
            is_space = match.group().isspace()
            pieces.append(" " if is_space else match.group())
            places.extend([match.start()] if is_space else range(*match.span()))
        return "".join(pieces), places
