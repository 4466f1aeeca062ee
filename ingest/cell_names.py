"""The bodies and states named in a table cell, each with the part it plays and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import URIRef

from ingest.names import NameRegistry
from ingest.printed_table import Words
from ingest.source_text import Span

_CONNECTOR = re.compile(r"\band\b|\bTBC\b|[\s,/()&.–-]")


@dataclass(frozen=True)
class NamedPart:
    """A thing that a cell names, the printed label before it (`Lead`), and the words."""

    thing: URIRef
    label: str | None
    spans: tuple[Span, ...]


def read_named_parts(
    words: Words, names: NameRegistry, labels: Mapping[str, object], asides: Mapping[str, object]
) -> list[NamedPart]:
    """Return what the cell names, in order.

    `labels` are words that give the names behind them a part when a colon follows; `asides` are
    words that name nobody. Connecting words, brackets, a dash alone and `TBC` name nobody either.

    Raises:
        ValueError: some words are none of these; says which, and which known names are like them.

    """
    found: list[NamedPart] = []
    position, label, label_start = 0, None, None
    special = _special(labels, asides)
    mentions = list(names.mentions(words.text))
    while position < len(words.text):
        match = special.match(words.text, position)
        if match and match["label"]:
            label, label_start, position = match["label"], position, match.end()
            continue
        if match:
            position = match.end()
            continue
        mention = next((m for m in mentions if m.start == position), None)
        if mention is not None:
            start = position if label_start is None else label_start
            spans = tuple(words.spans(start, mention.end))
            if len(spans) > 1:
                # Half a name says nothing; the torn cell's own passages have it whole.
                spans = tuple(words.all_spans())
            found.append(NamedPart(mention.thing.iri, label, spans))
            position, label_start = mention.end, None
            continue
        connector = _CONNECTOR.match(words.text, position)
        if connector is None:
            raise ValueError(_unknown(words.text[position:], names))
        position = connector.end()
    return found


def _special(labels: Mapping[str, object], asides: Mapping[str, object]) -> re.Pattern[str]:
    label = "|".join(re.escape(name) for name in sorted(labels, key=len, reverse=True)) or r"(?!)"
    aside = "|".join(re.escape(name) for name in sorted(asides, key=len, reverse=True)) or r"(?!)"
    return re.compile(rf"(?P<label>{label}):|(?:{aside})(?!\w)")


def _unknown(rest: str, names: NameRegistry) -> str:
    like = "; ".join(names.candidates(rest[:40])) or "none"
    return f"{rest!r} begins with no known name (most like it: {like})"
