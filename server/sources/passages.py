"""The passages that the served graph has of a document, and the claims that rest on them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import RDF

from ingest.source_text import Span
from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local
from server.linked_data.entity import Link, Statement, Value
from server.linked_data.labels import label
from server.store.store import GraphStore

CLAIMS_SHOWN: Final = 60
"""Of one passage; its own page lists all."""

_SOURCE: Final = PREFIXES["oa"] + "hasSource"
# Offsets beyond this are no places in a text that anyone stores here.
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a document that are evidence, with the characters that they take."""

    iri: str
    span: Span
    exact: str


@dataclass(frozen=True, slots=True)
class Resting:
    """What rests on a passage: `total` claims, of which some are here, and things it describes."""

    passage: Passage
    page: str | None
    total: int
    statements: list[Statement]
    described: list[Link]


def passages_of(data: GraphStore, document: str) -> list[Passage]:
    """Return the passages of the document with that IRI, in the order of the text.

    Those whose offsets are no span are left out.
    """
    rows = data.select(
        "SELECT DISTINCT ?passage ?start ?end ?exact {"
        f" ?passage <{_SOURCE}> {ox.NamedNode(document)} ; a <{Cebu.Passage}> ;"
        f" <{Cebu.start}> ?start ; <{Cebu.end}> ?end ; <{Cebu.exact}> ?exact }}"
    )
    found = []
    for row in rows:
        start, end = _offset(row["start"]), _offset(row["end"])
        if start is not None and end is not None and start < end:
            found.append(Passage(row["passage"], Span(start, end), row["exact"]))
    return sorted(found, key=lambda item: (item.span.start, -item.span.end, item.iri))


def resting_on(data: GraphStore, passages: Sequence[Passage]) -> list[Resting]:
    """Return what rests on each of the passages: subject, property and value, with labels."""
    if not passages:
        return []
    rows = data.select(
        "SELECT DISTINCT ?passage ?claim ?s ?p ?o (isIRI(?o) AS ?named) (LANG(?o) AS ?lang)"
        f" {{ {_values(passages)} ?claim <{Cebu.evidence}> ?passage ; a <{Cebu.Claim}> ;"
        f" <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o }}"
    )
    described = data.select(
        f"SELECT DISTINCT ?passage ?thing {{ {_values(passages)}"
        f" ?thing <{Cebu.evidence}> ?passage FILTER NOT EXISTS {{ ?thing a <{Cebu.Claim}> }} }}"
    )
    # The same things are named again and again: each label is looked up once.
    names: dict[str, Link] = {}

    def link(iri: str) -> Link:
        if iri not in names:
            names[iri] = Link(iri, label(data.graph, iri), local(iri))
        return names[iri]

    claims: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        claims[row["passage"]].append(row)
    things: dict[str, list[Link]] = defaultdict(list)
    for row in described:
        things[row["passage"]].append(link(row["thing"]))
    return [
        Resting(
            passage,
            local(passage.iri),
            len(claims[passage.iri]),
            _sorted(_statement(row, link(row["s"]), link(row["p"]), link) for row in shown),
            sorted(things[passage.iri], key=lambda item: (item.label, item.iri))[:CLAIMS_SHOWN],
        )
        for passage in passages
        for shown in [sorted(claims[passage.iri], key=lambda row: row["claim"])[:CLAIMS_SHOWN]]
    ]


def _statement(
    row: dict[str, str], subject: Link, property_: Link, link: Callable[[str], Link]
) -> Statement:
    claim = Link(row["claim"], "claim", local(row["claim"]))
    if row["named"] == "true":
        named = link(row["o"])
        return Statement(claim, subject, property_, Value(named.label, named, None, []))
    return Statement(claim, subject, property_, Value(row["o"], None, row.get("lang") or None, []))


def _sorted(statements: Iterable[Statement]) -> list[Statement]:
    return sorted(
        statements, key=lambda item: (item.subject.label, item.property.label, item.value.text)
    )


def _values(passages: Iterable[Passage]) -> str:
    names = " ".join(str(ox.NamedNode(passage.iri)) for passage in passages)
    return f"VALUES ?passage {{ {names} }}"


def _offset(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
