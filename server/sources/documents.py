"""The source documents: what the graph says of each, its stored text, sections, coverage, pages."""

import hashlib
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from cachetools import LRUCache

from ingest.annotations import annotation_files
from ingest.coverage import Coverage, SectionCoverage, measure_spans, read_reasons
from ingest.errors import IngestError
from ingest.manifest import SourceDocument
from ingest.sections import Section, read_sections
from ingest.source_text import SourceText, Span
from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.linked_data.labels import label
from server.settings import Settings
from server.sources.marked_text import MarkedText, Silence
from server.sources.passages import Passage, passages_of
from server.store.store import GraphStore

PAGE_BYTES: Final = 140_000
"""About how much HTML the text of one page may take."""

Stamps = tuple[tuple[str, int, int], ...]
"""Path, time of the last change in nanoseconds, and size in bytes, of files."""

_DOCUMENTS_KEPT: Final = 64
_DOCUMENT: Final = ID + "document/"
_FACTS: Final = {
    "sha256": PREFIXES["schema"] + "sha256",
    "rights": PREFIXES["dcterms"] + "rights",
    "original": PREFIXES["dcterms"] + "identifier",
    "publisher": PREFIXES["dcterms"] + "publisher",
    "date": PREFIXES["dcterms"] + "issued",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Lines `first` to `last` of one section; `number` counts sections, `is_start` its first part.

    `share` is how much of the whole section is evidence, from 0 to 1; None if nobody knows.
    """

    number: int
    name: str
    first: int
    last: int
    is_start: bool
    share: float | None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A source document as the graph names it, with its text if that is here and unchanged.

    `fault` says why there are no marks, or nothing. `passages` are those of the graph whose words
    are the text's own at their place, `strays` how many others there are.
    """

    slug: str
    iri: str
    title: str
    facts: dict[str, list[str]]
    text: str | None
    fault: str
    notes: tuple[str, ...]
    passages: Sequence[Passage]
    strays: int
    marked: MarkedText
    coverage: Coverage | None
    pages: tuple[tuple[Part, ...], ...]
    curated: Stamps

    @property
    def address(self) -> str:
        """Return the path of its page."""
        return f"/sources/{self.slug}"

    def page_of(self, line: int) -> int:
        """Return the number, from 1, of the page that has the line."""
        return next(number for number, parts in enumerate(self.pages, 1) if line <= parts[-1].last)


@dataclass(slots=True)
class _Shelf:
    """The documents of one state of the graph, and those of the former one, read or not."""

    version: str
    former: Mapping[str, StoredDocument] = field(default_factory=dict)
    documents: dict[str, StoredDocument] = field(default_factory=dict)
    # Who asks for one need not wait until another is read.
    locks: dict[str, threading.Lock] = field(default_factory=dict)


_shelves: weakref.WeakKeyDictionary[GraphStore, _Shelf] = weakref.WeakKeyDictionary()
_shelving = threading.Lock()
_known_reasons: LRUCache[tuple[object, ...], Mapping[Span, str]] = LRUCache(_DOCUMENTS_KEPT)
_reading = threading.Lock()


def slugs(data: GraphStore) -> list[str]:
    """Return the slugs of the source documents that the graph describes."""
    rows = data.select(f"SELECT DISTINCT ?document {{ ?document a <{Cebu.SourceDocument}> }}")
    iris = sorted(row["document"] for row in rows)
    found = [iri.removeprefix(_DOCUMENT) for iri in iris if iri.startswith(_DOCUMENT)]
    return [slug for slug in found if "/" not in slug and slug.isascii()]


def stored_document(data: GraphStore, settings: Settings, slug: str) -> StoredDocument | None:
    """Return the document, read once for each state of the graph; None if the graph has none."""
    with _shelving:
        shelf = _shelves.get(data)
        if shelf is None or shelf.version != data.version:
            # A state that nobody read all of leaves what was read before.
            former = {**shelf.former, **shelf.documents} if shelf else {}
            shelf = _shelves[data] = _Shelf(data.version, former)
    found = shelf.documents.get(slug)
    if found is not None:
        return found
    if slug not in slugs(data):
        return None
    with _shelving:
        lock = shelf.locks.setdefault(slug, threading.Lock())
    with lock:
        if slug not in shelf.documents:
            shelf.documents[slug] = _read(data, settings.data, slug, shelf.former.get(slug))
        return shelf.documents[slug]


def _read(
    data: GraphStore, folder: Path, slug: str, former: StoredDocument | None
) -> StoredDocument:
    """Read the document, or return the one of the former state if it would be the same."""
    iri = _DOCUMENT + slug
    title, facts = label(data.graph, iri), _facts(data, iri)
    said = passages_of(data, iri)
    text, fault = _text(folder / "sources" / f"{slug}.txt", facts["sha256"])
    body = text or ""
    fitting = [] if fault else [item for item in said if _fits(item, body)]
    shown, strays = (said, 0) if fault else (fitting, len(said) - len(fitting))
    curated = _stamps(folder / "annotations", slug)
    if former is not None and (title, facts, text, fault, shown, strays, curated) == (
        former.title,
        former.facts,
        former.text,
        former.fault,
        former.passages,
        former.strays,
        former.curated,
    ):
        return former
    coverage: Coverage | None = None
    sections: list[Section] = []
    notes: list[str] = []
    if text and not fault:
        document = SourceDocument(slug, title, "", "", "", SourceText(slug, text))
        coverage, sections, notes = _measured(folder / "annotations", document, fitting)
    silences = [Silence(gap.span, gap.reason) for gap in coverage.gaps] if coverage else []
    spans = [item.span for item in fitting]
    marked = MarkedText(body, spans, silences)
    return StoredDocument(
        slug,
        iri,
        title,
        facts,
        text,
        fault,
        tuple(notes),
        shown,
        strays,
        marked,
        coverage,
        _pages(marked, sections, coverage) if text else (),
        curated,
    )


def _stamps(folder: Path, slug: str) -> Stamps:
    """Return path, time and size of the curated files of a document; those that are there."""
    files = (folder / "sections.yaml", *annotation_files(folder, slug))
    found = ((path, path.stat()) for path in files if path.is_file())
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)


def _facts(data: GraphStore, iri: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, property_ in _FACTS.items():
        rows = data.select(
            f"SELECT DISTINCT ?value (isIRI(?value) AS ?named) {{ <{iri}> <{property_}> ?value }}"
        )
        values = (
            label(data.graph, row["value"]) if row["named"] == "true" else row["value"]
            for row in rows
        )
        found[name] = sorted(values)
    return found


def _text(path: Path, digests: Sequence[str]) -> tuple[str | None, str]:
    """Return the stored text, and why it cannot be trusted to be the one that the graph means."""
    try:
        content = path.read_bytes()
    except OSError:
        return None, "The text of this document is not stored on this server."
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, "The stored text of this document cannot be read: it is not UTF-8."
    digest = hashlib.sha256(content).hexdigest()
    if not digests:
        return text, "The graph has no digest (SHA-256) of the text that it was read from."
    if digest not in digests:
        return text, (
            f"The stored text is not the one that the graph was read from: its SHA-256 is "
            f"{digest}, the graph has {', '.join(digests)}."
        )
    return text, ""


def _fits(passage: Passage, text: str) -> bool:
    return text[passage.span.start : passage.span.end] == passage.exact


def _measured(
    folder: Path, document: SourceDocument, passages: Sequence[Passage]
) -> tuple[Coverage, list[Section], list[str]]:
    """Return coverage and sections; where curated files are missing or amiss, notes say so."""
    notes = []
    sections: list[Section] = []
    try:
        sections = read_sections(folder / "sections.yaml", document)
    except IngestError:
        notes.append("Where its sections begin is not known here.")
    files = [path for path in annotation_files(folder, document.slug) if path.is_file()]
    spans = [passage.span for passage in passages]
    reasons: Mapping[Span, str] = {}
    try:
        reasons = _reasons(files, document.source)
    except IngestError:
        notes.append("Why words are evidence of nothing is not known here.")
    return measure_spans(spans, document, (), sections, reasons), sections, notes


def _reasons(files: Sequence[Path], text: SourceText) -> Mapping[Span, str]:
    """Return why words are evidence of nothing, read again only if a file or the text is another.

    To read the files takes most of the time that a document takes, and a write changes none.
    """
    stamps = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    key = (*stamps, hashlib.sha256(text.text.encode("utf-8", "surrogatepass")).hexdigest())
    with _reading:
        known = _known_reasons.get(key)
    if known is None:
        known = read_reasons(files, text)
        with _reading:
            _known_reasons[key] = known
    return known


def _pages(
    marked: MarkedText, sections: Sequence[Section], coverage: Coverage | None
) -> tuple[tuple[Part, ...], ...]:
    """Divide the lines by section; short sections share a page, long ones take several."""
    measured = coverage.sections if coverage else ()
    pages: list[list[Part]] = []
    room = 0
    for part, weight in _parts(marked, sections, measured):
        if pages and weight <= room:
            pages[-1].append(part)
            room -= weight
        else:
            pages.append([part])
            room = PAGE_BYTES - weight
    return tuple(tuple(parts) for parts in pages)


def _parts(
    marked: MarkedText, sections: Sequence[Section], measured: Sequence[SectionCoverage]
) -> list[tuple[Part, int]]:
    """Return the parts of all sections, in order, each with about how many bytes it takes.

    A section that begins within a line has the whole line.
    """
    total = len(marked.lines)
    starts = [1, *(marked.line(section.span.start) for section in sections[1:])]
    found: list[tuple[Part, int]] = []
    for index, (first, after) in enumerate(pairwise([*starts, total + 1])):
        if first >= after:  # two sections begin in one line
            continue
        name = sections[index].name if sections else ""
        share = measured[index].share if measured else None
        cuts = _cuts(marked, first, after)
        for begin, end in pairwise(cuts):
            part = Part(index + 1, name, begin, end - 1, begin == first, share)
            found.append((part, sum(marked.weight(line) for line in range(begin, end))))
    return found


def _cuts(marked: MarkedText, first: int, after: int) -> list[int]:
    """Return where the lines from `first` up to `after` are cut into parts that fit a page.

    A part ends between two passages, unless they reach into each other for a fifth of a page.
    """
    cuts, used, open_at, open_used = [first], 0, first, 0
    for line in range(first, after):
        weight = marked.weight(line)
        if used + weight > PAGE_BYTES and line > cuts[-1]:
            far_back = open_at == cuts[-1] or open_used < PAGE_BYTES * 4 // 5
            cut = line if far_back else open_at
            used = sum(marked.weight(earlier) for earlier in range(cut, line))
            cuts.append(cut)
            open_at, open_used = cut, 0
        if line > cuts[-1] and not marked.is_inside(marked.lines[line - 1]):
            open_at, open_used = line, used
        used += weight
    return [*cuts, after]
