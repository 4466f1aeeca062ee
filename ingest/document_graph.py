"""The named graph of one document: things, what is claimed of them, and the words that say it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from rdflib import DCTERMS, RDF, RDFS, SDO, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from ingest.manifest import SourceDocument
from ingest.source_text import Span, printed_words
from ontology.iris import passage, resource
from ontology.namespaces import ID, PREFIXES, new_graph
from ontology.terms import Cebu

QUOTE_LENGTH = 80
_OA = Namespace(PREFIXES["oa"])
_CONCEPTS = f"{ID}concept/"


class DocumentGraph:
    """Collects what one document says, each statement with its passages.

    A statement is a triple of the graph, a `cebu:Claim` that names it, and one `cebu:Passage` for
    each run of words that says it (DESIGN section 4; Web Annotation Data Model section 4).
    """

    def __init__(self, document: SourceDocument) -> None:
        self.document = document
        self.iri = resource(f"document/{document.slug}")
        self.graph = new_graph()
        self._labels: dict[URIRef, str] = {}
        self._claims: dict[tuple[URIRef, URIRef, Node], set[Span]] = {}
        self.declare(self.iri, Cebu.SourceDocument, document.title)
        self.graph.add((self.iri, DCTERMS.rights, Literal(document.rights, lang="en")))
        self.graph.add((self.iri, DCTERMS.identifier, Literal(document.original)))
        self.graph.add((self.iri, SDO.sha256, Literal(document.sha256)))

    def declare(self, subject: URIRef, kind: URIRef, label: str) -> None:
        """Say what a thing is and how it is called."""
        self.graph.add((subject, RDF.type, kind))
        known = self._labels.setdefault(subject, label)
        if known != label:
            raise ValueError(f"{subject} is called both {known!r} and {label!r}.")

    def kinds(self, subject: URIRef) -> list[URIRef]:
        """Return the classes of the thing; those of concepts and schemes need no declaring."""
        if subject.startswith(_CONCEPTS):
            in_scheme = "/" in subject.removeprefix(_CONCEPTS)
            return [SKOS.Concept if in_scheme else SKOS.ConceptScheme]
        return [URIRef(str(kind)) for kind in self.graph.objects(subject, RDF.type)]

    def claim(self, subject: URIRef, predicate: URIRef, value: Node, spans: Iterable[Span]) -> None:
        """State something that the words at `spans` say; they add to an earlier same claim."""
        found = set(spans)
        if not found:
            raise ValueError(f"{subject} {predicate} {value}: no statement without its sentence.")
        self._claims.setdefault((subject, predicate, value), set()).update(found)

    def claims(self) -> dict[tuple[URIRef, URIRef, Node], set[Span]]:
        """Return the statements so far with the spans that say each."""
        return dict(self._claims)

    def labels(self) -> dict[URIRef, str]:
        """Return the label of each thing declared here."""
        return dict(self._labels)

    def passage(self, span: Span) -> URIRef:
        """Return the IRI of the passage at `span`."""
        return passage(self.document.slug, span.start, span.end)

    def claim_iri(self, subject: URIRef, predicate: URIRef, value: Node) -> URIRef:
        """Return the IRI of the claim of this document that the triple holds."""
        statement = f"{subject.n3()} {predicate.n3()} {value.n3()}"
        digest = hashlib.sha256(statement.encode()).hexdigest()[:16]
        return resource(f"claim/{self.document.slug}/{digest}")

    def finish(self, labels: dict[URIRef, str]) -> Graph:
        """Return the whole named graph.

        `labels` has the English label of every property and thing that a claim speaks of.
        """
        for subject, label in self._labels.items():
            self.graph.add((subject, RDFS.label, Literal(label, lang="en")))
        spans: set[Span] = set()
        for (subject, predicate, value), said_at in self._claims.items():
            self._add_claim(subject, predicate, value, sorted(said_at), labels)
            spans |= said_at
        for span in spans:
            self._add_passage(span)
        return self.graph

    def _add_claim(
        self,
        subject: URIRef,
        predicate: URIRef,
        value: Node,
        spans: Sequence[Span],
        labels: dict[URIRef, str],
    ) -> None:
        passages = [self.passage(span) for span in spans]
        claim = self.claim_iri(subject, predicate, value)
        names = [self._label(node, labels) for node in (subject, predicate, value)]
        add = self.graph.add
        add((subject, predicate, value))
        add((claim, RDF.type, Cebu.Claim))
        add((claim, RDFS.label, Literal(" - ".join(_shortened(name) for name in names), lang="en")))
        add((claim, RDF.subject, subject))
        add((claim, RDF.predicate, predicate))
        add((claim, RDF.object, value))
        add((claim, Cebu.statedIn, self.iri))
        for node in passages:
            add((claim, Cebu.evidence, node))
            add((subject, Cebu.evidence, node))

    def _label(self, node: Node, labels: dict[URIRef, str]) -> str:
        if isinstance(node, Literal):
            return str(node)
        return labels[URIRef(str(node))]

    def _add_passage(self, span: Span) -> None:
        node, text = self.passage(span), self.document.source
        exact, line = text.exact(span), text.line(span.start)
        label = f"“{_shortened(printed_words(exact))}” ({self.document.slug}, line {line})"
        add = self.graph.add
        add((node, RDF.type, Cebu.Passage))
        add((node, RDFS.label, Literal(label, lang="en")))
        add((node, _OA.hasSource, self.iri))
        add((node, Cebu.exact, Literal(exact, datatype=XSD.string)))
        add((node, Cebu.start, Literal(span.start)))
        add((node, Cebu.end, Literal(span.end)))
        add((node, Cebu.line, Literal(line)))


def _shortened(text: str) -> str:
    words = printed_words(text)
    return words if len(words) <= QUOTE_LENGTH else words[: QUOTE_LENGTH - 1].rstrip() + "…"
