"""A document's text with its evidence marked: segments between the passages' bounds, as HTML.

Passages overlap and nest, which elements cannot. So the text is cut wherever a passage, a piece
that is no evidence, or a line begins or ends, and each segment knows the passages that hold it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from ingest.source_text import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters from `start` up to `end`, with the indices of the passages that hold them all."""

    start: int
    end: int
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Words that are evidence of nothing, and why, if anyone has said so."""

    span: Span
    reason: str | None


def segments(length: int, spans: Sequence[Span], cuts: Iterable[int] = ()) -> list[Segment]:
    """Return the text of `length` characters as segments without gap or overlap.

    No bound of a span, and none of `cuts`, lies inside a segment. Spans must lie in the text.
    """
    bounds = {0, length, *(cut for cut in cuts if 0 < cut < length)}
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        begins.setdefault(span.start, []).append(index)
        ends.setdefault(span.end, []).append(index)
    held: set[int] = set()
    found: list[Segment] = []
    places = sorted(bounds | begins.keys() | ends.keys())
    for start, end in pairwise(places):
        held.difference_update(ends.get(start, ()))
        held.update(begins.get(start, ()))
        found.append(Segment(start, end, tuple(sorted(held))))
    return found


class MarkedText:
    """A text, the spans of its passages, and the words that are evidence of nothing."""

    def __init__(
        self, text: str, spans: Sequence[Span] = (), silences: Sequence[Silence] = ()
    ) -> None:
        self.text = text
        self.spans = spans
        self.silences = sorted(silences, key=lambda item: item.span)
        self.lines = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
        if len(self.lines) > 1 and self.lines[-1] == len(text):
            self.lines.pop()
        cuts = {*self.lines, *(place for item in self.silences for place in _ends(item.span))}
        self.segments = segments(len(text), spans, cuts) if text else []
        self._starts = [segment.start for segment in self.segments]
        self._anchors: dict[int, list[Span]] = {}
        for span in sorted(set(spans)):
            self._anchors.setdefault(span.start, []).append(span)

    def line(self, offset: int) -> int:
        """Return the 1-based number of the line that holds the character."""
        return bisect_right(self.lines, offset)

    def line_span(self, number: int) -> tuple[int, int]:
        """Return where the 1-based line begins, and where it ends, its line feed included."""
        after = self.lines[number] if number < len(self.lines) else len(self.text)
        return self.lines[number - 1], after

    def holding(self, offset: int) -> tuple[int, ...]:
        """Return the indices of the passages that hold the character, the shortest first."""
        if not 0 <= offset < len(self.text):
            return ()
        found = self.segments[bisect_right(self._starts, offset) - 1].passages
        return tuple(sorted(found, key=lambda index: self._size(index)))

    def between(self, start: int, end: int) -> Sequence[Segment]:
        """Return the segments of these characters; both must be where a line begins, or the end."""
        first = bisect_right(self._starts, start) - 1
        return self.segments[max(first, 0) : bisect_right(self._starts, end - 1)]

    def weight(self, number: int) -> int:
        """Return about how many bytes the 1-based line takes as HTML."""
        start, end = self.line_span(number)
        anchors = sum(len(self._anchors.get(part.start, ())) for part in self.between(start, end))
        return end - start + 40 + 50 * len(self.between(start, end)) + 35 * anchors

    def is_inside(self, offset: int) -> bool:
        """Say whether a passage holds the characters on both sides of `offset`."""
        return any(self.spans[index].start < offset for index in self.holding(offset))

    def html(self, first: int, last: int, focus: Span | None = None) -> Markup:
        """Return the lines from `first` to `last` as items of a list; `focus` is highlighted.

        Without tags it is the text, character for character: numbers and reasons of the margin
        are attributes.
        """
        return Markup("".join(self._items(first, last, focus)))  # noqa: S704 (each part is escaped)

    def silences_in(self, first: int, last: int) -> list[tuple[int, Silence]]:
        """Return the words of these lines that are evidence of nothing, each with its line."""
        start, end = self.lines[first - 1], self.line_span(last)[1]
        found = [item for item in self.silences if start <= item.span.start < end]
        return [(self.line(item.span.start), item) for item in found]

    def _items(self, first: int, last: int, focus: Span | None) -> Iterator[str]:
        silent: dict[int, list[Silence]] = {}
        for number, item in self.silences_in(first, last):
            silent.setdefault(number, []).append(item)
        before = ""
        for number in range(first, last + 1):
            here = silent.get(number, [])
            reason = "; ".join(dict.fromkeys(item.reason or "no reason given" for item in here))
            state = self._state(number, here)
            attributes = f' class="{state}"' if state else ""
            if reason and reason != before:
                attributes += f' data-why="{_escape(reason)}" title="{_escape(reason)}"'
            before = reason or before
            yield f'<li id="L{number}"{attributes}>'
            start, end = self.line_span(number)
            for segment in self.between(start, end):
                yield self._segment(segment, number, here, focus)
            yield "</li>"

    def _segment(
        self, segment: Segment, number: int, silent: Sequence[Silence], focus: Span | None
    ) -> str:
        words = _escape(self.text[segment.start : segment.end])
        is_blank = not words.strip()
        anchors = "".join(
            f'<span id="c{span.start}-{span.end}"></span>'
            for span in self._anchors.get(segment.start, ())
        )
        in_focus = focus and focus.start < segment.end and segment.start < focus.end
        if in_focus:
            words = f"<mark>{words}</mark>"
        # A link of white space could be reached and not be seen.
        if segment.passages and not is_blank:
            depth = len(segment.passages)
            layer = "" if depth == 1 else ' class="d2"' if depth == 2 else ' class="d3"'
            # From the highlighted words the way leads on to what rests on them.
            to = "#facts" if in_focus else f"?at={segment.start}#L{number}"
            words = f'<a{layer} href="{to}">{words}</a>'
        elif any(item.span.start <= segment.start < item.span.end for item in silent):
            words = f"<i>{words}</i>"
        return anchors + words

    def _state(self, number: int, silent: Sequence[Silence]) -> str:
        """Return c: all is evidence; m: some is not; s: nothing is; u: the same, unexplained."""
        if any(item.reason is None for item in silent):
            return "u"
        start, end = self.line_span(number)
        parts = self.between(start, end)
        marked = any(part.passages and self.text[part.start : part.end].strip() for part in parts)
        if silent:
            return "m" if marked else "s"
        return "c" if marked else ""

    def _size(self, index: int) -> tuple[int, int]:
        span = self.spans[index]
        return span.end - span.start, index


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _escape(text: str) -> str:
    """Escape text for HTML; a carriage return would become a line feed when it is read."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace('"', "&#34;").replace("\r", "&#13;")
