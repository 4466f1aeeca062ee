"""Tables printed over several pages, as tab-separated lines under a heading line on each page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.source_text import MARKUP, SourceText, Span


@dataclass(frozen=True)
class Words:
    """Running text put together from several spans of a document.

    `text` has the words with single spaces; `spans(start, end)` tells where a part of it stands.
    """

    text: str
    offsets: tuple[int, ...]
    breaks: frozenset[int]

    def spans(self, start: int, end: int) -> list[Span]:
        """Return the document's spans for `text[start:end]`, one for each unbroken run."""
        found: list[Span] = []
        run: list[int] = []
        for index in range(start, end):
            if self.text[index] == " ":
                continue
            if run and index in self.breaks:
                found.append(Span(run[0], run[-1] + 1))
                run = []
            run.append(self.offsets[index])
        if run:
            found.append(Span(run[0], run[-1] + 1))
        return found

    def all_spans(self) -> list[Span]:
        """Return the document's spans for the whole text."""
        return self.spans(0, len(self.text))

    def part(self, start: int, end: int) -> Words:
        """Return `text[start:end]`, without spaces at its ends, as words of their own."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        inside = frozenset(index - start for index in self.breaks if start <= index < end)
        return Words(self.text[start:end], self.offsets[start:end], inside | {0})

    def find(self, quote: str, begin: int = 0) -> tuple[int, int]:
        """Return where `quote` stands in the text at or after `begin`.

        Raises:
            ValueError: it does not.

        """
        words = " ".join(quote.split())
        index = self.text.find(words, begin)
        if index < 0:
            raise ValueError(f"{words!r} is not in {self.text[begin:]!r}")
        return index, index + len(words)


def join_words(text: str, spans: Sequence[Span]) -> Words:
    """Return the words at `spans` as running text; a break is wherever a span begins."""
    characters: list[str] = []
    offsets: list[int] = []
    breaks: set[int] = set()
    for span in spans:
        start_of_span = True
        for match in re.finditer(r"\S+", text[span.start : span.end]):
            if characters:
                characters.append(" ")
                offsets.append(-1)
            if start_of_span:
                breaks.add(len(characters))
                start_of_span = False
            characters.extend(match.group())
            offsets.extend(range(span.start + match.start(), span.start + match.end()))
    return Words("".join(characters), tuple(offsets), frozenset(breaks))


@dataclass
class Cell:
    """One cell: its paragraphs, each a list of spans, more than one where a page break tears it."""

    paragraphs: list[list[Span]] = field(default_factory=list)

    def words(self, text: str) -> Words:
        """Return the whole cell as running text."""
        return join_words(text, [span for paragraph in self.paragraphs for span in paragraph])

    def extend(self, text: SourceText, start: int, end: int) -> None:
        """Add the characters from `start` to `end`; the first words go on with the last paragraph.

        Markup ends a paragraph, the end of the page does not.
        """
        pieces = [piece for piece in _pieces(text, start, end) if piece is not None]
        if self.paragraphs and pieces:
            self.paragraphs[-1].append(pieces.pop(0))
        self.paragraphs.extend([piece] for piece in pieces)


@dataclass
class Row:
    """One row: its cells, the heading lines above its parts, and the line where it begins."""

    line: int
    cells: list[Cell]
    headings: list[Span]


def read_rows(text: SourceText, heading: str, starts_row: re.Pattern[str]) -> Iterator[Row]:
    """Yield the rows of all tables under a line `heading`, joined over page breaks.

    A table line begins a row if its first cell matches `starts_row`; otherwise it goes on with the
    row before it. All lines have as many tab-separated cells as the heading.

    Raises:
        ValueError: a line has another number of cells, or goes on with no row.

    """
    columns = heading.count("\t") + 1
    row: Row | None = None
    current_heading: Span | None = None
    for number in range(1, text.line(len(text.text)) + 1):
        start, end = text.line_span(number)
        line = text.text[start:end]
        if line == heading:
            current_heading = Span(start, end)
            continue
        if "\t" not in line or current_heading is None:
            current_heading = None
            continue
        bounds = _cell_bounds(line, start)
        if len(bounds) != columns:
            raise ValueError(f"line {number} has {len(bounds)} cells, its heading {columns}")
        if starts_row.match(line):
            if row is not None:
                yield row
            row = Row(number, [Cell() for _ in range(columns)], [])
        if row is None:
            raise ValueError(f"line {number} goes on with a row, but none has begun")
        if current_heading not in row.headings:
            row.headings.append(current_heading)
        for cell, (cell_start, cell_end) in zip(row.cells, bounds, strict=True):
            cell.extend(text, cell_start, cell_end)
    if row is not None:
        yield row


def _cell_bounds(line: str, start: int) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    for cell in line.split("\t"):
        bounds.append((start, start + len(cell)))
        start += len(cell) + 1
    return bounds


def _pieces(text: SourceText, start: int, end: int) -> Iterator[Span | None]:
    for match in MARKUP.finditer(text.text, start, end):
        yield text.trimmed(start, match.start())
        start = match.end()
    yield text.trimmed(start, end)
