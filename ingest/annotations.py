"""Curated readings of prose: each entry states facts and quotes the words that say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rdflib import RDF, Literal, URIRef

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.quotes import quoted_spans
from ingest.source_text import QuoteError, printed_words
from ingest.values import class_iri, property_iri, typed_value
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource

SAME_WORDS = "="
"""As a value: the quoted words themselves."""


def annotation_files(folder: Path, slug: str) -> list[Path]:
    """Return the annotation files of a document: `{slug}.yaml`, and `{slug}-{part}.yaml` if any."""
    return [folder / f"{slug}.yaml", *sorted(folder.glob(f"{slug}-*.yaml"))]


def apply_annotations(path: Path, graph: DocumentGraph) -> None:
    """Add what the annotation file reads from the document to its graph.

    Raises:
        IngestError: a quote is not found (or not once), a property or value does not fit the
            vocabulary, or an entry is malformed; names file, line and entry.

    """
    content = read_yaml(path)
    if content.get("document") != graph.document.slug:
        raise IngestError(
            Place(str(path), line_of(content, "document")),
            f"The file is about {content.get('document')!r}, not {graph.document.slug!r}.",
            "Name the document that it reads.",
        )
    for entry in content.get("entries", []):
        _apply_entry(path, entry, graph)


def _apply_entry(path: Path, entry: Mapping[str, Any], graph: DocumentGraph) -> None:
    place = Place(str(path), line_of(entry), str(entry.get("id")))
    try:
        subject = resource(str(entry["id"]))
        if "class" in entry:
            graph.declare(subject, class_iri(str(entry["class"])), str(entry["label"]))
        facts: Sequence[Mapping[str, Any]] = entry["facts"]
    except KeyError as error:
        raise IngestError(place, f"The entry has no {error}.", "Complete it.") from error
    except ValueError as error:
        raise IngestError(place, f"{error}.", "Correct the entry.") from error
    for fact in facts:
        line = line_of(fact)
        try:
            _apply_fact(subject, fact, graph)
        except QuoteError as error:
            raise IngestError(
                Place(str(path), line, str(entry["id"])),
                f"The quote cannot be placed: {error}",
                "Quote the document's own words, once, or give `after`.",
            ) from error
        except (KeyError, ValueError) as error:
            raise IngestError(
                Place(str(path), line, str(entry["id"])), f"{error}.", "Correct the fact."
            ) from error


def _apply_fact(subject: URIRef, fact: Mapping[str, Any], graph: DocumentGraph) -> None:
    text = graph.document.source
    spans = quoted_spans(text, fact["quote"], fact.get("after"))
    for name, value in fact["states"].items():
        predicate = property_iri(name)
        if predicate == RDF.type:
            kinds = graph.kinds(subject)
            if not kinds:
                raise ValueError("`type: true` needs the class of the thing; give `class`")
            for kind in kinds:
                graph.claim(subject, RDF.type, kind, spans)
            continue
        for raw in value if isinstance(value, list) else [value]:
            if raw == SAME_WORDS:
                raw = " ".join(printed_words(text.exact(span)) for span in spans)
            term = typed_value(predicate, raw)
            if isinstance(term, Literal) and not str(term).strip():
                raise ValueError(f"{name} has no value")
            graph.claim(subject, predicate, term, spans)
