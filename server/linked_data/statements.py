"""Statements of the graph with their values' labels and the words that are their evidence.

A few queries read all that a page shows, however many things it is of. They ask of the graph as a
set, so a triple that two documents give comes once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from rdflib import RDF, RDFS, URIRef

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
    stated: Sequence[Link] = ()

    @property
    def iri(self) -> str:
        """Return the IRI that it is, nothing for a literal."""
        return self.link.iri if self.link else ""


Statements = dict[str, dict[str, list[Value]]]
"""The values of each property of each thing."""


@dataclass(slots=True)
class Names:
    """The names of the things of one page, and the words of its passages, each read once."""

    data: Data
    known: dict[str, Link] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)

    def link(self, iri: str, name: str | None = None) -> Link:
        """Return a link to a resource; `name` is its label if that is known."""
        if iri not in self.known:
            named = label(self.data.graph, iri) if name is None else name
            self.known[iri] = Link(iri, named, local(iri))
        return self.known[iri]

    def learn(self, found: Iterable[str]) -> None:
        """Look up the names of resources that are not known yet, all at once."""
        unknown = sorted({iri for iri in found if iri not in self.known and _is_iri(iri)})
        if len(unknown) < 2:
            return
        rows = self.data.rows(
            f"SELECT ?x ?label {{ VALUES ?x {{ {iris(unknown)} }} ?x <{RDFS.label}> ?label }}"
        )
        for row in rows:
            term = row["label"]
            if isinstance(term, ox.Literal) and term.language == "en":
                self.link(row["x"].value, term.value)

    def read(self, passages: Collection[str]) -> None:
        """Read the words of passages that are not known yet."""
        unread = sorted(iri for iri in passages if iri not in self.quotes)
        if not unread:
            return
        rows = self.data.select(
            f"SELECT ?passage ?exact ?line ?source {{ VALUES ?passage {{ {iris(unread)} }}"
            f" ?passage <{Cebu.exact}> ?exact ; <{Cebu.line}> ?line ; <{SOURCE}> ?source }}"
        )
        for row in rows:
            passage = row["passage"]
            self.quotes[passage] = Quote(
                Link(passage, "passage", local(passage)),
                row["exact"],
                self.link(row["source"]),
                row["line"],
                source_link(passage, row["line"]),
            )


def iris(found: Iterable[str]) -> str:
    """Return IRIs as SPARQL writes them, those left out that are none."""
    return " ".join(f"<{iri}>" for iri in found if _is_iri(iri))


def statements(
    names: Names,
    subjects: Collection[str],
    properties: Collection[str | URIRef] = (),
    *,
    said: Collection[str | URIRef] | None = None,
) -> Statements:
    """Return what the graph says of the subjects by those properties (by all, if none are given).

    Each value has its quotes; with `said` only those of these properties have. The values of a
    property are in the order of their text.
    """
    found: Statements = {subject: {} for subject in subjects}
    if not subjects:
        return found
    bound, wanted = _wanted(subjects, properties)
    rows = names.data.rows(f"SELECT ?s ?p ?o {{ {bound} ?s ?p ?o {wanted} }}")
    wanted_words = properties if said is None else said
    words = quotes(names, subjects, wanted_words) if wanted_words or said is None else {}
    named = (row["o"].value for row in rows if isinstance(row["o"], ox.NamedNode))
    names.learn({*named, *(row["p"].value for row in rows)})
    seen: set[tuple[str, str, Term]] = set()
    for row in rows:
        key = row["s"].value, row["p"].value, _term(row["o"])
        if key in seen:
            continue
        seen.add(key)
        found[key[0]].setdefault(key[1], []).append(as_value(names, row["o"], words.get(key, [])))
    for by_property in found.values():
        for values in by_property.values():
            values.sort(key=lambda value: (value.text.casefold(), value.text, value.iri))
    return found


def as_value(
    names: Names, term: ox.NamedNode | ox.BlankNode | ox.Literal, said: list[Quote]
) -> Value:
    """Return a term with its label, if it is a name, and its quotes."""
    if isinstance(term, ox.Literal):
        return Value(term.value, None, term.language, said)
    link = names.link(term.value)
    return Value(link.label, link, None, said)


def quotes(
    names: Names, subjects: Collection[str], properties: Collection[str | URIRef] = ()
) -> dict[tuple[str, str, Term], list[Quote]]:
    """Return the words that claims about the subjects rest on: by subject, property and value."""
    bound, wanted = _wanted(subjects, properties)
    return _quotes(
        names,
        f"{bound} ?claim <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o ;"
        f" <{Cebu.evidence}> ?passage {wanted}",
    )


def quotes_of_value(
    names: Names, pairs: Iterable[tuple[str, str]], value: str
) -> dict[tuple[str, str], list[Quote]]:
    """Return the words of the claims that subjects have that resource as a value of a property.

    `pairs` are the subjects with the property.
    """
    wanted = set(pairs)
    subjects = {subject for subject, _ in wanted}
    listed = ", ".join(f"<{property_}>" for property_ in sorted({name for _, name in wanted}))
    if not wanted:
        return {}
    found = _quotes(
        names,
        f"VALUES ?s {{ {iris(sorted(subjects))} }} ?claim <{RDF.subject}> ?s ;"
        f" <{RDF.object}> <{value}> ; <{RDF.predicate}> ?p ; <{Cebu.evidence}> ?passage"
        f" FILTER(?p IN ({listed})) BIND(<{value}> AS ?o)",
    )
    return {key[:2]: said for key, said in found.items() if key[:2] in wanted}


def quotes_of_claims(names: Names, claims: Collection[str]) -> dict[str, list[Quote]]:
    """Return the words that each of the claims rests on."""
    if not claims:
        return {}
    found = _quotes(
        names,
        f"VALUES ?s {{ {iris(claims)} }} ?s <{RDF.predicate}> ?p ; <{RDF.subject}> ?o ;"
        f" <{Cebu.evidence}> ?passage",
    )
    return {claim: said for (claim, _, _), said in found.items()}


def _quotes(names: Names, pattern: str) -> dict[tuple[str, str, Term], list[Quote]]:
    found: dict[tuple[str, str, Term], set[str]] = defaultdict(set)
    for row in names.data.rows(f"SELECT ?s ?p ?o ?passage {{ {pattern} }}"):
        found[row["s"].value, row["p"].value, _term(row["o"])].add(row["passage"].value)
    names.read({passage for passages in found.values() for passage in passages})
    said = {}
    for key, passages in found.items():
        here = [names.quotes[passage] for passage in passages if passage in names.quotes]
        said[key] = sorted(here, key=lambda quote: (_number(quote.line), quote.passage.iri))
    return said


def _wanted(subjects: Collection[str], properties: Collection[str | URIRef]) -> tuple[str, str]:
    """Return the patterns that bind ?s, and that say which ?p are wanted."""
    if not properties:
        return f"VALUES ?s {{ {iris(subjects)} }}", ""
    listed = ", ".join(f"<{property_}>" for property_ in properties)
    return f"VALUES ?s {{ {iris(subjects)} }}", f"FILTER(?p IN ({listed}))"


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Term:
    if isinstance(term, ox.Literal):
        return term.value, f"@{term.language}" if term.language else term.datatype.value
    return term.value, ""


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return not any(sign in text for sign in '<>"{}|^`\\ ')


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
