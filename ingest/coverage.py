"""How much of each document is evidence of some statement, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, Namespace

from ingest.errors import IngestError, Place
from ingest.manifest import SourceDocument
from ingest.quotes import quoted_spans
from ingest.sections import Section
from ingest.source_text import MARKUP, QuoteError, SourceText, Span
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource
from ontology.namespaces import PREFIXES
from ontology.terms import Cebu

_OA = Namespace(PREFIXES["oa"])


@dataclass(frozen=True)
class Gap:
    """Words that are evidence of nothing, and why, where a curated file says so."""

    span: Span
    line: int
    words: str
    reason: str | None


@dataclass(frozen=True)
class SectionCoverage:
    """What share of a section's letters and digits is evidence."""

    name: str
    characters: int
    covered: int

    @property
    def share(self) -> float:
        """The share that is evidence, from 0 to 1."""
        return self.covered / self.characters if self.characters else 1.0


@dataclass(frozen=True)
class Coverage:
    """What share of a document's letters and digits is evidence; those of markup do not count."""

    slug: str
    characters: int
    covered: int
    gaps: tuple[Gap, ...]
    sections: tuple[SectionCoverage, ...] = ()

    @property
    def share(self) -> float:
        """The share that is evidence, from 0 to 1."""
        return self.covered / self.characters if self.characters else 1.0


def passage_spans(graph: Graph, document: SourceDocument) -> set[Span]:
    """Return the spans of all passages that the graph has of the document."""
    iri = resource(f"document/{document.slug}")
    spans: set[Span] = set()
    for passage in graph.subjects(RDF.type, Cebu.Passage):
        if (passage, _OA.hasSource, iri) in graph:
            start, end = graph.value(passage, Cebu.start), graph.value(passage, Cebu.end)
            if start is not None and end is not None:
                spans.add(Span(int(str(start)), int(str(end))))
    return spans


def measure(
    graph: Graph,
    document: SourceDocument,
    files: Iterable[Path] = (),
    sections: Iterable[Section] = (),
) -> Coverage:
    """Return the coverage of the document, and of its sections, by the passages in `graph`.

    `files` are the annotation files whose `silent` entries say why words are evidence of nothing.

    Raises:
        IngestError: the words of a `silent` entry are not in the document.

    """
    return measure_spans(passage_spans(graph, document), document, files, sections)


def measure_spans(
    spans: Iterable[Span],
    document: SourceDocument,
    files: Iterable[Path] = (),
    sections: Iterable[Section] = (),
    reasons: Mapping[Span, str] | None = None,
) -> Coverage:
    """Return the same as `measure`, of passages whose spans are known.

    With `reasons`, which `read_reasons` returns, no files are read.
    """
    text = document.source
    counted = bytearray(character.isalnum() for character in text.text)
    for match in MARKUP.finditer(text.text):
        counted[match.start() : match.end()] = bytes(match.end() - match.start())
    letters = bytes(counted)
    for span in spans:
        counted[span.start : span.end] = bytes(span.end - span.start)
    reasons = read_reasons(files, text) if reasons is None else reasons
    gaps = tuple(_gap(text, span, reasons) for span in _runs(text, counted))
    parts = [(part.name, slice(part.span.start, part.span.end)) for part in sections]
    return Coverage(
        document.slug,
        sum(letters),
        sum(letters) - sum(counted),
        gaps,
        tuple(
            SectionCoverage(name, sum(letters[part]), sum(letters[part]) - sum(counted[part]))
            for name, part in parts
        ),
    )


def _runs(text: SourceText, counted: bytearray) -> Iterator[Span]:
    """Yield the uncovered runs, each within one line and up to the next covered character."""
    start: int | None = None
    last = 0
    for index, character in enumerate(text.text):
        if counted[index]:
            start = index if start is None else start
            last = index
        elif start is not None and (character == "\n" or character.isalnum()):
            yield Span(start, last + 1)
            start = None
    if start is not None:
        yield Span(start, last + 1)


def _gap(text: SourceText, span: Span, reasons: Mapping[Span, str]) -> Gap:
    reason = next(
        (why for said, why in reasons.items() if said.start <= span.start and span.end <= said.end),
        None,
    )
    return Gap(span, text.line(span.start), text.exact(span), reason)


def read_reasons(files: Iterable[Path], text: SourceText) -> dict[Span, str]:
    """Return what the `silent` and `unread` entries of the files say, by the words they speak of.

    A `silent` entry quotes words that state nothing; an `unread` one gives the first (`from`) and
    the last words (`to`) of a part that nobody has read yet.

    Raises:
        IngestError: a file cannot be read, or the words of an entry are not in the document.

    """
    reasons: dict[Span, str] = {}
    for path in files:
        content = read_yaml(path)
        for entry in [*content.get("silent", []), *content.get("unread", [])]:
            try:
                for span in _spans(entry, text):
                    reasons[span] = str(entry["why"])
            except (QuoteError, KeyError) as error:
                raise IngestError(
                    Place(str(path), line_of(entry), "silent"), f"{error}", "Quote the words, once."
                ) from error
    return reasons


def _spans(entry: Mapping[str, Any], text: SourceText) -> list[Span]:
    if "from" in entry:
        first = str(entry["from"])
        return [Span(text.find(first).start, text.find(str(entry["to"]), after=first).end)]
    return quoted_spans(text, entry["quote"], entry.get("after"))
