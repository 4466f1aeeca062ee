"""Statements of the graph with their values' labels and the words that are their evidence.

A few queries read all that a page shows, however many things it is of. They ask of the graph as a
set, so a triple that two documents give comes once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from rdflib import RDF, RDFS, XSD, URIRef

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local, source_link
from server.linked_data.labels import label
from server.store.store import GraphStore, Past

Data = GraphStore | Past
"""The served graph, or a past state of it."""

Term = tuple[str, str]
"""A value: its text, and "" for an IRI, "@en" for a language, else the datatype."""

SOURCE: Final = PREFIXES["oa"] + "hasSource"
# What says nothing of a literal in a query's answer: it is how strings are written.
_STRING: Final = str(XSD.string)


@dataclass(frozen=True, slots=True)
class Link:
    """A resource to point at: its IRI, its English label, and where the link leads, if anywhere."""

    iri: str
    label: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document that are evidence: the passage, the words, the document, the line.

    `source` leads to the words, highlighted in the document's text.
    """

    passage: Link
    exact: str
    document: Link | None
    line: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property with its evidence; `link` is None for a literal.

    `stated` are the named graphs that state it, looked up only where no words do.
    """

    text: str
    link: Link | None
    language: str | None
    quotes: list[Quote]
    type: str = ""
    stated: Sequence[Link] = ()

    @property
    def iri(self) -> str:
        """Return the IRI that it is, nothing for a literal."""
        return self.link.iri if self.link else ""


Statements = dict[str, dict[str, list[Value]]]
"""The values of each property of each thing."""


@dataclass(slots=True)
class Names:
    """The names of the things of one page, each looked up once."""

    data: Data
    known: dict[str, Link] = field(default_factory=dict)

    def link(self, iri: str, name: str | None = None) -> Link:
        """Return a link to a resource; `name` is its label if that is known."""
        if iri not in self.known:
            named = label(self.data.graph, iri) if name is None else name
            self.known[iri] = Link(iri, named, local(iri))
        return self.known[iri]


def iris(found: Iterable[str]) -> str:
    """Return IRIs as SPARQL writes them, those left out that are none."""
    return " ".join(f"<{iri}>" for iri in found if _is_iri(iri))


def statements(
    names: Names, subjects: Collection[str], properties: Collection[str | URIRef] = ()
) -> Statements:
    """Return what the graph says of the subjects by those properties (by all, if none are given).

    Each value has its quotes. The values of a property are in the order of their text.
    """
    found: Statements = {subject: {} for subject in subjects}
    if not subjects:
        return found
    wanted = _wanted(subjects, properties)
    rows = names.data.select(
        "SELECT DISTINCT ?s ?p ?o (isIRI(?o) AS ?named) (LANG(?o) AS ?lang)"
        f" (STR(DATATYPE(?o)) AS ?type) ?label {{ {wanted[0]} ?s ?p ?o {wanted[1]}"
        f' OPTIONAL {{ ?o <{RDFS.label}> ?label FILTER(LANG(?label) = "en") }} }}'
    )
    said = quotes(names, subjects, properties)
    seen: set[tuple[str, str, Term]] = set()
    for row in rows:
        subject, property_, value = row["s"], row["p"], _term(row)
        if (subject, property_, value) in seen:
            continue
        seen.add((subject, property_, value))
        link = names.link(row["o"], row.get("label")) if not value[1] else None
        values = found[subject].setdefault(property_, [])
        values.append(
            Value(
                link.label if link else row["o"],
                link,
                row.get("lang") or None,
                said.get((subject, property_, value), []),
                value[1] if not value[1].startswith("@") else "",
            )
        )
    for by_property in found.values():
        for values in by_property.values():
            values.sort(key=lambda value: (value.text.casefold(), value.text, value.iri))
    return found


def quotes(
    names: Names, subjects: Collection[str], properties: Collection[str | URIRef] = ()
) -> dict[tuple[str, str, Term], list[Quote]]:
    """Return the words that claims about the subjects rest on: by subject, property and value."""
    wanted = _wanted(subjects, properties)
    return _quotes(
        names,
        f"{wanted[0]} ?claim <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o ;"
        f" <{Cebu.evidence}> ?passage {wanted[1]}",
    )


def quotes_of_value(
    names: Names, subjects: Collection[str], property_: str, value: str
) -> dict[str, list[Quote]]:
    """Return the words of the claims that the subjects have that resource as a value."""
    found = _quotes(
        names,
        f"VALUES ?s {{ {iris(subjects)} }} VALUES (?p ?o) {{ (<{property_}> <{value}>) }}"
        f" ?claim <{RDF.object}> ?o ; <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ;"
        f" <{Cebu.evidence}> ?passage",
    )
    return {subject: said for (subject, _, _), said in found.items()}


def quotes_of_claims(names: Names, claims: Collection[str]) -> dict[str, list[Quote]]:
    """Return the words that each of the claims rests on."""
    found = _quotes(
        names,
        f"VALUES ?s {{ {iris(claims)} }} ?s <{RDF.predicate}> ?p ; <{RDF.subject}> ?o ;"
        f" <{Cebu.evidence}> ?passage",
    )
    return {claim: said for (claim, _, _), said in found.items()}


def _quotes(names: Names, pattern: str) -> dict[tuple[str, str, Term], list[Quote]]:
    rows = names.data.select(
        "SELECT DISTINCT ?s ?p ?o (isIRI(?o) AS ?named) (LANG(?o) AS ?lang)"
        f" (STR(DATATYPE(?o)) AS ?type) ?passage ?exact ?line ?source {{ {pattern} ."
        f" ?passage <{Cebu.exact}> ?exact ; <{Cebu.line}> ?line ; <{SOURCE}> ?source }}"
    )
    found: dict[tuple[str, str, Term], dict[str, Quote]] = defaultdict(dict)
    made: dict[str, Quote] = {}
    for row in rows:
        passage = row["passage"]
        if passage not in made:
            made[passage] = Quote(
                Link(passage, "passage", local(passage)),
                row["exact"],
                names.link(row["source"]),
                row["line"],
                source_link(passage, row["line"]),
            )
        found[row["s"], row["p"], _term(row)][passage] = made[passage]
    return {
        key: sorted(said.values(), key=lambda quote: (_number(quote.line), quote.passage.iri))
        for key, said in found.items()
    }


def _wanted(subjects: Collection[str], properties: Collection[str | URIRef]) -> tuple[str, str]:
    """Return the patterns that bind ?s, and that say which ?p are wanted."""
    if not properties:
        return f"VALUES ?s {{ {iris(subjects)} }}", ""
    listed = ", ".join(f"<{property_}>" for property_ in properties)
    return f"VALUES ?s {{ {iris(subjects)} }}", f"FILTER(?p IN ({listed}))"


def _term(row: dict[str, str]) -> Term:
    if row.get("named") == "true":
        return row["o"], ""
    return row["o"], f"@{row['lang']}" if row.get("lang") else row.get("type") or _STRING


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return not any(sign in text for sign in '<>"{}|^`\\ ')


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
