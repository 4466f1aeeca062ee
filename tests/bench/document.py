"""A generated source document: its text, and the graph of what it says."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TextIO

BASE: Final = "https://w3id.org/cebu/id/"
PREFIXES: Final = """@prefix cebu: <https://w3id.org/cebu/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix eli: <http://data.europa.eu/eli/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
# An odd factor below 2 to the 64th: numbers in a row become digits that look like a digest's.
_SPREAD: Final = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Statement:
    """A predicate and an object as Turtle terms, and the printed words if they are the object."""

    predicate: str
    object: str
    words: str = ""


def thing(path: str) -> str:
    """Return the Turtle term of the resource with that id path."""
    return f"<{BASE}{path}>"


def english(predicate: str, words: str) -> Statement:
    """Return a statement of English words that the document prints."""
    return Statement(predicate, f'"{words}"@en', words)


def printed(predicate: str, words: str) -> Statement:
    """Return a statement of a plain string that the document prints."""
    return Statement(predicate, f'"{words}"', words)


def day(predicate: str, value: str) -> Statement:
    """Return a statement of a day, `YYYY-MM-DD`."""
    return Statement(predicate, f'"{value}"^^xsd:date')


class Document:
    """A document that is being written: the text to `sources/`, the graph to `graph/`.

    Words are ASCII without quotation marks, so that no escapes are needed.
    """

    def __init__(self, slug: str, graph: TextIO, text: TextIO) -> None:
        self.slug = slug
        self.iri = thing(f"document/{slug}")
        self.triples = 0
        self._graph = graph
        self._text = text
        self._digest = hashlib.sha256()
        self._offset = 0
        self._line = 1
        self._claims = 0
        # What a discrepancy can name.
        self.last_claims: tuple[str, ...] = ()
        graph.write(PREFIXES)

    @classmethod
    @contextlib.contextmanager
    def open(cls, data: Path, slug: str) -> Iterator[Self]:
        """Open the files of the document in the data folder; write its own description last."""
        with (
            (data / "graph" / f"{slug}.ttl").open("w", encoding="ascii") as graph,
            (data / "sources" / f"{slug}.txt").open("w", encoding="ascii") as text,
        ):
            document = cls(slug, graph, text)
            yield document
            document._describe()

    def entity(
        self, path: str, kind: str, label: str, statements: list[Statement], row: str = ""
    ) -> None:
        """Write an entity, a claim for each of its statements, and the passages of these.

        `row` are the words that speak of it as a whole, the label if not given.
        """
        subject = thing(path)
        whole = self._passage(row or label)
        words = dict.fromkeys(item.words for item in statements if item.words)
        passages = {some: self._passage(some) for some in words}
        said = [("rdf:type", kind, whole)] + [
            (item.predicate, item.object, passages.get(item.words, whole)) for item in statements
        ]
        claims = [self._claim(subject, label, *claim) for claim in said]
        self.last_claims = tuple(claims)
        self.describe(
            subject,
            kind,
            label,
            [
                *((item.predicate, item.object) for item in statements),
                *(("cebu:evidence", passage) for passage in (whole, *passages.values())),
            ],
        )

    def discrepancy(self, path: str, number: int, claims: tuple[str, ...]) -> None:
        """Write that claims do not agree; no claim speaks of a discrepancy."""
        passage = self._passage(f"Discrepancy {number}")
        self.describe(
            thing(path),
            "cebu:Discrepancy",
            f"Discrepancy {number}",
            [
                ("rdfs:comment", f'"Generated discrepancy {number}."@en'),
                ("cebu:evidence", passage),
                *(("cebu:claim", claim) for claim in claims),
            ],
        )

    def describe(self, subject: str, kind: str, label: str, pairs: list[tuple[str, str]]) -> None:
        """Write a resource: type, label and the pairs of predicate and object."""
        rest = "".join(f" ;\n    {predicate} {value}" for predicate, value in pairs)
        self._graph.write(f'{subject} a {kind} ;\n    rdfs:label "{label}"@en{rest} .\n\n')
        self.triples += 2 + len(pairs)

    def _claim(self, subject: str, label: str, predicate: str, value: str, passage: str) -> str:
        self._claims += 1
        digits = self._claims * _SPREAD % 2**64
        claim = thing(f"claim/{self.slug}/{digits:016x}")
        self.describe(
            claim,
            "cebu:Claim",
            f"{label[:80]} - {predicate}",
            [
                ("rdf:subject", subject),
                ("rdf:predicate", predicate),
                ("rdf:object", value),
                ("cebu:evidence", passage),
                ("cebu:statedIn", self.iri),
            ],
        )
        return claim

    def _passage(self, words: str) -> str:
        start, end, line = self._offset, self._offset + len(words), self._line
        self._print(words)
        passage = thing(f"passage/{self.slug}/{start}-{end}")
        self.describe(
            passage,
            "cebu:Passage",
            f"{words[:80]} ({self.slug}, line {line})",
            [
                ("oa:hasSource", self.iri),
                ("cebu:exact", f'"{words}"'),
                ("cebu:start", str(start)),
                ("cebu:end", str(end)),
                ("cebu:line", str(line)),
            ],
        )
        return passage

    def _print(self, words: str) -> None:
        self._text.write(words + "\n")
        self._digest.update(words.encode("ascii") + b"\n")
        self._offset += len(words) + 1
        self._line += 1

    def _describe(self) -> None:
        name = f"Generated document {self.slug}"
        subject, kind = f"document/{self.slug}", "cebu:SourceDocument"
        statements = [english("dcterms:title", name)]
        whole = self._passage(name)
        claims = [("rdf:type", kind), *((s.predicate, s.object) for s in statements)]
        for predicate, value in claims:
            self._claim(thing(subject), name, predicate, value, whole)
        pairs = [
            *((item.predicate, item.object) for item in statements),
            ("cebu:evidence", whole),
            ("dcterms:identifier", f'"{self.slug}.txt"'),
            ("dcterms:rights", '"Generated for the benchmark."@en'),
            ("schema:sha256", f'"{self._digest.hexdigest()}"'),
        ]
        self.describe(thing(subject), kind, name, pairs)
