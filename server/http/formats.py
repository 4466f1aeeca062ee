"""The formats that answers and documents come in: one table for routes, suffixes and links."""

from dataclasses import dataclass
from typing import Final, Literal

import pyoxigraph as ox


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its key (also the suffix of addresses), media type, name, and the engine's name.

    `aliases` are further media types that clients ask for and get told in the answer.
    """

    key: str
    media_type: str
    label: str
    results: ox.QueryResultsFormat | None = None
    rdf: ox.RdfFormat | None = None
    aliases: tuple[str, ...] = ()

    def content_type(self, media_type: str | None = None) -> str:
        """Return the Content-Type header for the format, asked for as `media_type`."""
        chosen = media_type or self.media_type
        return f"{chosen}; charset=utf-8" if chosen.startswith("text/") else chosen


# Whole datasets, each statement with its graph; only /graphs has and takes them.
DATASETS: Final = (
    Format("trig", "application/trig", "TriG", rdf=ox.RdfFormat.TRIG),
    Format("nq", "application/n-quads", "N-Quads", rdf=ox.RdfFormat.N_QUADS),
)

_ALL: Final = (
    Format(
        "json",
        "application/sparql-results+json",
        "JSON",
        results=ox.QueryResultsFormat.JSON,
        aliases=("application/json",),
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        "XML",
        results=ox.QueryResultsFormat.XML,
        aliases=("application/xml", "text/xml"),
    ),
    Format("csv", "text/csv", "CSV", results=ox.QueryResultsFormat.CSV),
    Format("tsv", "text/tab-separated-values", "TSV", results=ox.QueryResultsFormat.TSV),
    Format("ttl", "text/turtle", "Turtle", rdf=ox.RdfFormat.TURTLE),
    Format("jsonld", "application/ld+json", "JSON-LD", rdf=ox.RdfFormat.JSON_LD),
    Format("nt", "application/n-triples", "N-Triples", rdf=ox.RdfFormat.N_TRIPLES),
    Format("rdf", "application/rdf+xml", "RDF/XML", rdf=ox.RdfFormat.RDF_XML),
    Format("rq", "application/sparql-query", "SPARQL"),
    Format("html", "text/html", "HTML", aliases=("application/xhtml+xml",)),
)

FORMATS: Final = {item.key: item for item in _ALL}
TABLES: Final = tuple(item for item in _ALL if item.results)
GRAPHS: Final = tuple(item for item in _ALL if item.rdf)
HTML: Final = FORMATS["html"]
# What is read, by its media type.
_READ: Final = {item.media_type: item.rdf for item in (*GRAPHS, *DATASETS)}
# Only a document's text and errors come as plain text: no query can ask for it by `format=`.
TEXT: Final = Format("txt", "text/plain", "plain text")


def for_kind(kind: Literal["bindings", "boolean", "graph"]) -> tuple[Format, ...]:
    """Return the formats that an answer of that kind can be serialised in."""
    return GRAPHS if kind == "graph" else TABLES


def media_format(media_type: str) -> ox.RdfFormat | None:
    """Return the RDF format of a media type, None if it is none that is read here."""
    return _READ.get(media_type.lower())
