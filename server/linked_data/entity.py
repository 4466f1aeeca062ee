"""What the graph says of one entity: its statements, their evidence, and who points at it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from rdflib import RDF, RDFS, Literal, URIRef
from rdflib import Graph as RdfGraph
from rdflib.term import Node

from ontology.namespaces import BASE, CEBU, ID, PREFIXES, new_graph
from ontology.terms import Cebu
from server.linked_data.addresses import local, source_link
from server.linked_data.labels import definition, short
from server.linked_data.statements import (
    SOURCE,
    Data,
    Link,
    Names,
    Quote,
    Value,
    as_value,
    quotes_of_value,
    statements,
)

__all__ = ["Entity", "Group", "Link", "Pointer", "Quote", "Row", "Statement", "Value"]

_CLAIM: Final = ID + "claim/"
_TOPIC: Final = URIRef(PREFIXES["foaf"] + "primaryTopic")
_DOCUMENT: Final = URIRef(PREFIXES["foaf"] + "Document")
_IN_DATASET: Final = URIRef(PREFIXES["void"] + "inDataset")
# Shown elsewhere on the page: as its heading, and beside the values that they are evidence of.
_NOT_ROWS: Final = {str(RDFS.label), str(CEBU.evidence)}
# What claims point with: they are shown as the evidence of what they claim.
_OF_CLAIMS: Final = (RDF.subject, RDF.predicate, RDF.object, CEBU.statedIn)
# More links than this are not sorted by label, which would take longer than reading them.
_MOST_SORTED: Final = 2000
# What a reader looks for first; the other properties follow by label.
_FIRST: Final = (
    RDF.type,
    URIRef(PREFIXES["dcterms"] + "title"),
    CEBU.exact,
    URIRef(SOURCE),
    CEBU.number,
    CEBU.text,
    CEBU.partOfPlan,
    CEBU.partOfProject,
    CEBU.status,
    CEBU.statusNote,
    CEBU.timelineAsPrinted,
    CEBU.earliest,
    CEBU.latest,
    CEBU.coordinator,
    CEBU.lead,
    CEBU.coLead,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A property with its definition and its values."""

    property: Link
    definition: str
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim in words: a subject, a property and a value."""

    claim: Link
    subject: Link
    property: Link
    value: Value


@dataclass(frozen=True, slots=True)
class Pointer:
    """A thing that points at an entity, with the words that say so."""

    link: Link
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class Group:
    """The things that point at an entity by one property: how many in all, and those shown.

    `key` is the property as addresses name it.
    """

    property: Link
    key: str
    total: int
    pointers: list[Pointer]


class Entity:
    """One entity of the graph, read from the union of all named graphs."""

    def __init__(self, data: Data, iri: URIRef) -> None:
        self.data = data
        self.iri = iri
        self.path = local(str(iri)) or ""
        self.names = Names(data)

    @property
    def exists(self) -> bool:
        """Say whether the graph has a statement about it."""
        return next(iter(self.data.graph.triples((self.iri, None, None))), None) is not None

    @property
    def label(self) -> str:
        """Return its English label."""
        return self.names.link(str(self.iri)).label

    @cached_property
    def types(self) -> frozenset[str]:
        """Return its classes."""
        return frozenset(str(kind) for kind in self.data.graph.objects(self.iri, RDF.type))

    @property
    def source(self) -> str | None:
        """Return where its text is read, if it is a document or a passage of one."""
        if Cebu.SourceDocument in map(URIRef, self.types):
            return "/sources/" + quote(str(self.iri).rpartition("/")[2])
        if Cebu.Passage in map(URIRef, self.types):
            line = self.data.graph.value(self.iri, CEBU.line)
            return source_link(str(self.iri), str(line or ""))
        return None

    @cached_property
    def own(self) -> dict[str, list[Value]]:
        """Return its values by property, each with its quotes or the graphs that state it."""
        found = statements(self.names, [str(self.iri)])[str(self.iri)]
        rows = self.data.select(
            "SELECT DISTINCT ?p ?o (LANG(?o) AS ?lang) ?g"
            f" {{ GRAPH ?g {{ <{self.iri}> ?p ?o }} }} ORDER BY ?g"
        )
        graphs: dict[tuple[str, str, str], list[Link]] = {}
        for row in rows:
            key = row["p"], row["o"], row.get("lang", "")
            graphs.setdefault(key, []).append(self.names.link(row["g"]))
        return {
            property_: [
                value
                if value.quotes
                else replace(
                    value,
                    stated=graphs.get(
                        (property_, value.iri or value.text, value.language or ""), []
                    ),
                )
                for value in values
            ]
            for property_, values in found.items()
        }

    @property
    def stated(self) -> list[Link]:
        """Return the graphs that state all of it, if the same state all and nothing has words."""
        values = [value for found in self.own.values() for value in found]
        if len(values) < 2 or any(value.quotes for value in values):
            return []
        first = values[0].stated
        return list(first) if all(value.stated == first for value in values) else []

    def rows(self) -> list[Row]:
        """Return its properties in the order for a reader, each value with its evidence."""
        rows = [
            Row(self.names.link(property_), definition(self.data.graph, property_), values)
            for property_, values in self.own.items()
            if property_ not in _NOT_ROWS
        ]
        order = {str(iri): index for index, iri in enumerate(_FIRST)}
        return sorted(
            rows,
            key=lambda row: (
                order.get(row.property.iri, len(order)),
                row.property.label.casefold(),
            ),
        )

    @cached_property
    def links(self) -> list[Group]:
        """Return by which properties things point at it, and how many by each; none is read.

        Claims are left out: they are shown as the evidence of what they claim.
        """
        left_out = ", ".join(f"<{property_}>" for property_ in _OF_CLAIMS)
        rows = self.data.select(
            f"SELECT ?p (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p <{self.iri}>"
            f" FILTER(?p NOT IN ({left_out})) }} GROUP BY ?p"
        )
        found = []
        for row in rows:
            total = int(row["n"])
            if row["p"] == str(CEBU.evidence):
                total -= self.claims_resting
            if total:
                found.append(Group(self.names.link(row["p"]), short(row["p"]), total, []))
        return sorted(found, key=lambda group: (group.property.label.casefold(), group.key))

    @cached_property
    def claims_resting(self) -> int:
        """Return how many claims rest on it: none, if it is no passage."""
        (row,) = self.data.select(
            f"SELECT (COUNT(DISTINCT ?c) AS ?n) {{ ?c <{CEBU.evidence}> <{self.iri}>"
            f' FILTER(STRSTARTS(STR(?c), "{_CLAIM}")) }}'
        )
        return int(row["n"])

    def pointing(self, groups: Sequence[Group], offset: int, size: int) -> list[Group]:
        """Return the groups with `size` of their things each from `offset` on, and their quotes."""
        found = {group.key: self._subjects(group, offset, size) for group in groups}
        pairs = [(iri, group.property.iri) for group in groups for iri in found[group.key]]
        said = quotes_of_value(self.names, pairs, str(self.iri))
        return [
            replace(
                group,
                pointers=[
                    Pointer(self.names.link(iri), said.get((iri, group.property.iri), []))
                    for iri in found[group.key]
                ],
            )
            for group in groups
        ]

    def said_by(self, offset: int, size: int) -> list[Statement]:
        """Return `size` of the claims that rest on it, if it is a passage."""
        rows = self.data.rows(
            f"SELECT DISTINCT ?claim ?s ?p ?o {{ ?claim <{CEBU.evidence}> <{self.iri}> ;"
            f" <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o }}"
            f" ORDER BY ?s ?p ?o ?claim LIMIT {size} OFFSET {offset}"
        )
        return [
            Statement(
                Link(row["claim"].value, "claim", local(row["claim"].value)),
                self.names.link(row["s"].value),
                self.names.link(row["p"].value),
                as_value(self.names, row["o"], []),
            )
            for row in rows
        ]

    def outgoing_graph(self) -> RdfGraph:
        """Return the statements about the entity alone."""
        graph = new_graph()
        for _, property_, value in self.data.graph.triples((self.iri, None, None)):
            graph.add((self.iri, property_, value))
        return graph

    def described(self) -> RdfGraph:
        """Return the statements about the entity, and what its document is (VoID, section 6.2)."""
        graph = self.outgoing_graph()
        document = URIRef(BASE + self.path.lstrip("/"))
        graph.add((document, RDF.type, _DOCUMENT))
        graph.add((document, RDFS.label, Literal(f"Document about {self.label}", "en")))
        graph.add((document, _TOPIC, self.iri))
        graph.add((document, _IN_DATASET, URIRef(BASE + "dataset")))
        return graph

    def graph(self, page: int, size: int) -> tuple[RdfGraph, int]:
        """Return the document about the entity, and the number of links that point at it.

        It holds its statements, the claims with their passages, page `page` of the links that
        point at it, and the labels of everything named.
        """
        graph = self.described()
        for claim in set(self.data.graph.subjects(RDF.subject, self.iri)):
            self._copy(claim, graph)
            for passage in set(self.data.graph.objects(claim, CEBU.evidence)):
                self._copy(passage, graph)
        for property_, subject in self._pairs((page - 1) * size, size):
            graph.add((URIRef(subject), URIRef(property_), self.iri))
        named = {node for triple in graph for node in (triple[0], triple[2])}
        for node in named:
            if isinstance(node, URIRef):
                for value in self.data.graph.objects(node, RDFS.label):
                    graph.add((node, RDFS.label, value))
        return graph, sum(group.total for group in self.links)

    def _pairs(self, offset: int, size: int) -> Iterable[tuple[str, str]]:
        """Yield `size` of all links that point at it, from `offset` on."""
        for group in self.links:
            if size > 0 and offset < group.total:
                found = self._subjects(group, offset, size)
                size -= len(found)
                for subject in found:
                    yield group.property.iri, subject
            offset = max(0, offset - group.total)

    def _subjects(self, group: Group, offset: int, size: int) -> Sequence[str]:
        property_ = group.property.iri
        pattern, order, key = f"?s <{property_}> <{self.iri}>", "", ""
        if property_ == SOURCE:
            # Passages in the order of the text.
            pattern, key = f"{pattern} OPTIONAL {{ ?s <{CEBU.start}> ?key }}", " ?key"
            order = "ORDER BY ?key ?s" if group.total <= _MOST_SORTED else "ORDER BY ?key"
        elif group.total <= _MOST_SORTED:
            pattern, key = f"{pattern} OPTIONAL {{ ?s <{RDFS.label}> ?key }}", " ?key"
            order = "ORDER BY LCASE(STR(?key)) ?s"
        if property_ == str(CEBU.evidence):
            pattern += f' FILTER(!STRSTARTS(STR(?s), "{_CLAIM}"))'
        rows = self.data.rows(
            f"SELECT DISTINCT ?s{key} {{ {pattern} }} {order} LIMIT {size} OFFSET {offset}"
        )
        subjects = (row["s"] for row in rows)
        found = list(
            dict.fromkeys(term.value for term in subjects if isinstance(term, ox.NamedNode))
        )
        self.names.learn(found)
        return found

    def _copy(self, subject: Node, graph: RdfGraph) -> None:
        for _, property_, value in self.data.graph.triples((subject, None, None)):
            graph.add((subject, property_, value))
