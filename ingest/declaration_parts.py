"""The printed structure of a declaration: preamble, chapeaus, numbered provisions, signatures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.source_text import SourceText, Span

_PREAMBLE = re.compile(r"WE, |[A-Z]+ING\b")
_ITEM = re.compile(r"(?:- )?(?P<number>\d+)\. ")
_TASKING = re.compile(r"we task ", re.IGNORECASE)
_CLOSING = re.compile(r"(?:done|adopted) (?:at|in) ", re.IGNORECASE)
_DATELINE = re.compile(r"[\w ]+, \d{1,2} \w+ \d{4}")
_SIGNED_FOR = re.compile(r"\bFor (?P<state>[^:\n]+):")
# A signatory's name is in capitals throughout, the office behind it is not.
_NAME = re.compile(r"(?:[^\sa-z]+(?:\s+|$))+")


class StructureError(ValueError):
    """A paragraph that has no place in the structure; `offset` is where it begins."""

    def __init__(self, offset: int, problem: str) -> None:
        super().__init__(problem)
        self.offset = offset


@dataclass(frozen=True)
class Part:
    """One part that can be cited: its slug, the words of its text, its number, its heading."""

    slug: str
    text: tuple[Span, ...]
    number: Span | None = None
    heading: Span | None = None


@dataclass(frozen=True)
class Signature:
    """One signature: the state's printed name, all its lines, and who signed in which office.

    `name` and `office` are None where nothing is printed under the state.
    """

    state: Span
    lines: tuple[Span, ...]
    name: Span | None
    office: Span | None


def read_parts(
    text: SourceText, bounds: Span, headings: Sequence[str], silent: Collection[Span]
) -> list[Part]:
    """Return the parts of the declaration within `bounds`, in printed order.

    A preamble paragraph opens with "WE" or a participle in capitals; a chapeau ends with a colon
    and may be of several paragraphs; the rest is numbered, tasks a body, or closes with date and
    place. One of the `headings` stands alone or at the end of the item before those it governs.
    Paragraphs in `silent`, and a line of place and date before the preamble, are no part.

    Raises:
        StructureError: a paragraph is none of these, or a number does not follow the one before.

    """
    parts: list[Part] = []
    heading: Span | None = None
    numbered = 0
    for paragraph in _paragraphs(text, bounds):
        words = text.exact(paragraph)
        if paragraph in silent:
            continue
        if words in headings:
            heading = paragraph
        elif item := _ITEM.match(words):
            numbered += 1
            if int(item["number"]) != numbered:
                raise StructureError(
                    paragraph.start, f"number {item['number']} stands where {numbered} is due"
                )
            start = paragraph.start + item.end()
            body, next_heading = _without_heading(text, Span(start, paragraph.end), headings)
            number = Span(paragraph.start + item.start("number"), start - len(". "))
            parts.append(Part(item["number"], (body,), number, heading))
            heading = next_heading or heading
        elif _CLOSING.match(words):
            return [*parts, Part("closing", (paragraph,))]
        elif _TASKING.match(words):
            parts.append(Part("tasking", (paragraph,)))
        elif _PREAMBLE.match(words) and not _count(parts, "chapeau"):
            parts.append(Part(f"preamble-{_count(parts, 'preamble') + 1}", (paragraph,)))
        elif words.endswith(":"):
            _add_chapeau(parts, paragraph, heading)
        elif parts or not _DATELINE.fullmatch(words):
            raise StructureError(
                paragraph.start,
                f"{words[:60]!r} is neither preamble, heading, chapeau, number, task nor closing",
            )
    raise StructureError(bounds.start, "no words like 'Done at' or 'Adopted in' close it")


def read_signatures(
    text: SourceText, bounds: Span, silent: Collection[Span]
) -> Iterator[Signature]:
    """Yield the signatures within `bounds`, each begun by "For" and the name of a state.

    Raises:
        StructureError: a name stands without an office or an office without a name, or other words
            come first.

    """
    openings = list(_SIGNED_FOR.finditer(text.text, bounds.start, bounds.end))
    starts = [*(match.start() for match in openings), bounds.end]
    for line in _lines(text, bounds.start, starts[0]):
        if line not in silent:
            raise StructureError(line.start, f"{text.exact(line)!r} follows the closing")
    for opening, end in zip(openings, starts[1:], strict=True):
        name: Span | None = None
        office: Span | None = None
        for line in _lines(text, opening.end(), end):
            if line in silent:
                continue
            capitals = _NAME.match(text.exact(line)) if name is None else None
            split = line.start + capitals.end() if capitals else line.start
            name = text.trimmed(line.start, split) or name
            office = text.trimmed(split, line.end) or office
        if (name is None) != (office is None):
            raise StructureError(opening.start(), f"{opening.group()!r} has half a signature")
        signed_for = Span(opening.start(), opening.end())
        lines = tuple(span for span in (signed_for, name, office) if span is not None)
        state = Span(opening.start("state"), opening.end("state"))
        yield Signature(state, lines, name, office)


def _paragraphs(text: SourceText, bounds: Span) -> Iterator[Span]:
    """Yield the paragraphs: ended by an empty line, or by a line that begins a numbered item."""
    paragraph: Span | None = None
    for line in _lines(text, bounds.start, bounds.end):
        between = text.text[paragraph.end : line.start] if paragraph else ""
        if paragraph and between.count("\n") == 1 and not _ITEM.match(text.exact(line)):
            paragraph = Span(paragraph.start, line.end)
            continue
        if paragraph:
            yield paragraph
        paragraph = line
    if paragraph:
        yield paragraph


def _lines(text: SourceText, start: int, end: int) -> Iterator[Span]:
    for match in re.compile(r"[^\n]+").finditer(text.text, start, end):
        line = text.trimmed(match.start(), match.end())
        if line is not None:
            yield line


def _without_heading(
    text: SourceText, item: Span, headings: Sequence[str]
) -> tuple[Span, Span | None]:
    """Return the item's own words, and the next items' heading where it is glued to their end."""
    words = text.exact(item)
    for heading in headings:
        if words.endswith(f" {heading}"):
            glued = Span(item.end - len(heading), item.end)
            body = text.trimmed(item.start, glued.start)
            if body is not None:
                return body, glued
    return item, None


def _add_chapeau(parts: list[Part], paragraph: Span, heading: Span | None) -> None:
    before = parts[-1] if parts else None
    if before and before.slug.startswith("chapeau-") and before.heading == heading:
        parts[-1] = replace(before, text=(*before.text, paragraph))
    else:
        slug = f"chapeau-{_count(parts, 'chapeau') + 1}"
        parts.append(Part(slug, (paragraph,), heading=heading))


def _count(parts: Sequence[Part], kind: str) -> int:
    return sum(part.slug.startswith(f"{kind}-") for part in parts)
