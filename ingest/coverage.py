"""How much of each document is evidence of some statement, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, Graph, Namespace

from ingest.annotations import find_spans
from ingest.errors import IngestError, Place
from ingest.manifest import SourceDocument
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
class Coverage:
    """What share of a document's letters and digits is evidence; those of markup do not count."""

    slug: str
    characters: int
    covered: int
    gaps: tuple[Gap, ...]

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


def measure(graph: Graph, document: SourceDocument, silences: Path | None = None) -> Coverage:
    """Return the coverage of the document by the passages in `graph`.

    `silences` is the annotation file whose `silent` entries say why words are evidence of nothing.

    Raises:
        IngestError: the words of a `silent` entry are not in the document.

    """
    text = document.source
    counted = bytearray(character.isalnum() for character in text.text)
    for match in MARKUP.finditer(text.text):
        counted[match.start() : match.end()] = bytes(match.end() - match.start())
    total = sum(counted)
    for span in passage_spans(graph, document):
        counted[span.start : span.end] = bytes(span.end - span.start)
    reasons = _reasons(silences, text) if silences else {}
    gaps = tuple(_gap(text, span, reasons) for span in _runs(text, counted))
    return Coverage(document.slug, total, total - sum(counted), gaps)


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


def _gap(text: SourceText, span: Span, reasons: dict[Span, str]) -> Gap:
    reason = next(
        (why for said, why in reasons.items() if said.start <= span.start and span.end <= said.end),
        None,
    )
    return Gap(span, text.line(span.start), text.exact(span), reason)


def _reasons(path: Path, text: SourceText) -> dict[Span, str]:
    reasons: dict[Span, str] = {}
    for entry in read_yaml(path).get("silent", []):
        try:
            for span in find_spans(text, entry):
                reasons[span] = str(entry["why"])
        except (QuoteError, KeyError) as error:
            raise IngestError(
                Place(str(path), line_of(entry), "silent"), f"{error}", "Quote the words, once."
            ) from error
    return reasons
