"""The sections of a document: where each begins, as `data/annotations/sections.yaml` says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ingest.errors import IngestError, Place
from ingest.manifest import SourceDocument
from ingest.source_text import QuoteError, Span
from ingest.yaml_files import line_of, read_yaml


@dataclass(frozen=True)
class Section:
    """A part of a document, with the characters that it takes."""

    name: str
    span: Span


def read_sections(path: Path, document: SourceDocument) -> list[Section]:
    """Return the sections of the document in order; together they are the whole text.

    Raises:
        IngestError: the file is missing, lists no section of the document, a section's first
            words are not there or not once, or the sections are not in the document's order.

    """
    entries = read_yaml(path).get(document.slug)
    if not entries:
        raise IngestError(
            Place(str(path)), f"It has no section of {document.slug}.", "List its sections."
        )
    starts: list[int] = []
    for entry in entries:
        place = Place(str(path), line_of(entry), str(entry.get("section")))
        try:
            found = document.source.find(str(entry["begins"]), after=entry.get("after"))
        except (QuoteError, KeyError) as error:
            raise IngestError(
                place, f"{error}", "Quote the section's first words, once."
            ) from error
        if starts and found.start <= starts[-1]:
            raise IngestError(place, "It begins before the one above it.", "Sort the sections.")
        starts.append(found.start)
    bounds = [0, *starts[1:], len(document.source.text)]
    return [
        Section(str(entry["section"]), Span(start, end))
        for entry, (start, end) in zip(entries, pairwise(bounds), strict=True)
    ]
