"""What the graph says of one entity: its statements, their evidence, and who points at it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from ontology.namespaces import BASE, CEBU, ID, PREFIXES, new_graph
from server.linked_data.addresses import local, source_link
from server.linked_data.labels import definition, label

_CLAIM: Final = ID + "claim/"
_SOURCE: Final = URIRef(PREFIXES["oa"] + "hasSource")
_TOPIC: Final = URIRef(PREFIXES["foaf"] + "primaryTopic")
_DOCUMENT: Final = URIRef(PREFIXES["foaf"] + "Document")
_IN_DATASET: Final = URIRef(PREFIXES["void"] + "inDataset")
# Shown elsewhere on the page: as its heading, and beside the values that they are evidence of.
_NOT_ROWS: Final = {RDFS.label, CEBU.evidence}
# What a reader looks for first; the other properties follow by label.
_FIRST: Final = (
    RDF.type,
    URIRef(PREFIXES["dcterms"] + "title"),
    CEBU.exact,
    _SOURCE,
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
    """A value of a property with its evidence; `link` is None for a literal."""

    text: str
    link: Link | None
    language: str | None
    quotes: list[Quote]


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
class Incoming:
    """The things that point at an entity by one property: how many in all, and those shown."""

    property: Link
    total: int
    links: list[Link]


class Entity:
    """One entity of the graph, read from the union of all named graphs."""

    def __init__(self, data: Graph, iri: URIRef) -> None:
        self.data = data
        self.iri = iri
        self.path = local(str(iri)) or ""

    @property
    def exists(self) -> bool:
        """Say whether the graph has a statement about it."""
        return next(iter(self.data.triples((self.iri, None, None))), None) is not None

    @property
    def label(self) -> str:
        """Return its English label."""
        return label(self.data, str(self.iri))

    @property
    def source(self) -> str | None:
        """Return where its text is read, if it is a document or a passage of one."""
        if (self.iri, RDF.type, CEBU.SourceDocument) in self.data:
            return "/sources/" + quote(str(self.iri).rpartition("/")[2])
        if (self.iri, RDF.type, CEBU.Passage) in self.data:
            return source_link(str(self.iri), str(self.data.value(self.iri, CEBU.line) or ""))
        return None

    def rows(self) -> list[Row]:
        """Return its properties in the order for a reader, each value with its evidence."""
        quotes = self._quotes()
        values: dict[Node, list[Value]] = defaultdict(list)
        for property_, value in self._statements():
            if property_ not in _NOT_ROWS:
                values[property_].append(self._value(value, quotes.get((property_, value), [])))
        rows = [
            Row(
                self._link(property_),
                definition(self.data, str(property_)),
                sorted(found, key=lambda value: (value.text.casefold(), value.text)),
            )
            for property_, found in values.items()
        ]
        order = {str(iri): index for index, iri in enumerate(_FIRST)}
        return sorted(
            rows,
            key=lambda row: (
                order.get(row.property.iri, len(order)),
                row.property.label.casefold(),
            ),
        )

    def said_by(self) -> list[Statement]:
        """Return the claims that rest on it, if it is a passage."""
        claims = [
            claim
            for claim in set(self.data.subjects(CEBU.evidence, self.iri))
            if str(claim).startswith(_CLAIM)
        ]
        statements = []
        for claim in claims:
            subject, property_, value = (
                self.data.value(claim, part) for part in (RDF.subject, RDF.predicate, RDF.object)
            )
            if subject is not None and property_ is not None and value is not None:
                statements.append(
                    Statement(
                        self._link(claim),
                        self._link(subject),
                        self._link(property_),
                        self._value(value, []),
                    )
                )
        return sorted(
            statements, key=lambda item: (item.subject.label, item.property.label, item.value.text)
        )

    def incoming(self, page: int, size: int) -> tuple[list[Incoming], int]:
        """Return page `page` (from 1) of the links that point at it, and their number in all.

        Claims are left out: they are shown as the evidence of what they claim.
        """
        pairs = self._incoming()
        totals: dict[str, int] = defaultdict(int)
        for property_, _ in pairs:
            totals[property_.iri] += 1
        groups: dict[str, Incoming] = {}
        for property_, subject in pairs[(page - 1) * size : page * size]:
            group = groups.setdefault(property_.iri, Incoming(property_, totals[property_.iri], []))
            group.links.append(subject)
        return list(groups.values()), len(pairs)

    def outgoing_graph(self) -> Graph:
        """Return the statements about the entity alone."""
        graph = new_graph()
        for property_, value in self._statements():
            graph.add((self.iri, property_, value))
        return graph

    def described(self) -> Graph:
        """Return the statements about the entity, and what its document is (VoID, section 6.2)."""
        graph = self.outgoing_graph()
        document = URIRef(BASE + self.path.lstrip("/"))
        graph.add((document, RDF.type, _DOCUMENT))
        graph.add((document, RDFS.label, Literal(f"Document about {self.label}", "en")))
        graph.add((document, _TOPIC, self.iri))
        graph.add((document, _IN_DATASET, URIRef(BASE + "dataset")))
        return graph

    def graph(self, page: int, size: int) -> tuple[Graph, int]:
        """Return the document about the entity, and the number of links that point at it.

        It holds its statements, the claims with their passages, page `page` of the links that
        point at it, and the labels of everything named.
        """
        graph = self.described()
        for claim in self._claims():
            self._copy(claim, graph)
            for passage in set(self.data.objects(claim, CEBU.evidence)):
                self._copy(passage, graph)
        pairs = self._incoming()
        for property_, subject in pairs[(page - 1) * size : page * size]:
            graph.add((URIRef(subject.iri), URIRef(property_.iri), self.iri))
        named = {node for triple in graph for node in (triple[0], triple[2])}
        for node in named:
            if isinstance(node, URIRef):
                for value in self.data.objects(node, RDFS.label):
                    graph.add((node, RDFS.label, value))
        return graph, len(pairs)

    def _statements(self) -> set[tuple[Node, Node]]:
        return {(p, o) for _, p, o in self.data.triples((self.iri, None, None))}

    def _incoming(self) -> list[tuple[Link, Link]]:
        found = {
            (p, s)
            for s, p, _ in self.data.triples((None, None, self.iri))
            if isinstance(s, URIRef) and not str(s).startswith(_CLAIM)
        }
        properties = {p: self._link(p) for p, _ in found}
        pairs = [(properties[p], self._link(s)) for p, s in found]
        return sorted(
            pairs,
            key=lambda pair: (
                pair[0].label.casefold(),
                pair[0].iri,
                pair[1].label.casefold(),
                pair[1].iri,
            ),
        )

    def _claims(self) -> Iterable[Node]:
        return set(self.data.subjects(RDF.subject, self.iri))

    def _quotes(self) -> dict[tuple[Node, Node], list[Quote]]:
        """Return the quotes that say each statement, by property and value."""
        quotes: dict[tuple[Node, Node], list[Quote]] = defaultdict(list)
        for claim in self._claims():
            property_ = self.data.value(claim, RDF.predicate)
            value = self.data.value(claim, RDF.object)
            if property_ is not None and value is not None:
                for passage in set(self.data.objects(claim, CEBU.evidence)):
                    quotes[property_, value].append(self._quote(passage))
        for found in quotes.values():
            found.sort(key=lambda quote: (_number(quote.line), quote.passage.iri))
        return quotes

    def _quote(self, passage: Node) -> Quote:
        source = self.data.value(passage, _SOURCE)
        line = str(self.data.value(passage, CEBU.line) or "")
        return Quote(
            self._link(passage),
            str(self.data.value(passage, CEBU.exact) or ""),
            self._link(source) if source is not None else None,
            line,
            source_link(str(passage), line),
        )

    def _value(self, value: Node, quotes: list[Quote]) -> Value:
        if isinstance(value, Literal):
            return Value(str(value), None, value.language, quotes)
        link = self._link(value)
        return Value(link.label, link, None, quotes)

    def _link(self, node: Node) -> Link:
        iri = str(node)
        return Link(iri, label(self.data, iri), local(iri))

    def _copy(self, subject: Node, graph: Graph) -> None:
        for _, property_, value in self.data.triples((subject, None, None)):
            graph.add((subject, property_, value))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
