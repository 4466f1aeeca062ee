"""Statements of the sources that do not agree, kept as they are and marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.source_text import Span
from ingest.values import property_iri
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource
from ontology.namespaces import new_graph
from ontology.terms import Cebu


def build_discrepancies(path: Path, documents: Mapping[str, DocumentGraph]) -> Graph:
    """Return the discrepancies that the file lists, each with its claims and their passages.

    A claim is named by its document, subject and property, and by a part of its value if the
    document gives the property more than one.

    Raises:
        IngestError: an entry has fewer than two claims, or one is not exactly one claim of its
            document.

    """
    graph = new_graph()
    for entry in read_yaml(path):
        place = Place(str(path), line_of(entry), str(entry.get("id")))
        if len(entry["claims"]) < 2:
            raise IngestError(place, "It has fewer than two claims.", "Name what disagrees.")
        node = resource(str(entry["id"]))
        graph.add((node, RDF.type, Cebu.Discrepancy))
        graph.add((node, RDFS.label, Literal(str(entry["label"]), lang="en")))
        graph.add((node, RDFS.comment, Literal(" ".join(entry["comment"].split()), lang="en")))
        for named in entry["claims"]:
            document = documents[str(named["document"])]
            triple, spans = _find(place, document, named)
            graph.add((node, Cebu.claim, document.claim_iri(*triple)))
            for span in spans:
                graph.add((node, Cebu.evidence, document.passage(span)))
    return graph


def _find(
    place: Place, document: DocumentGraph, named: Mapping[str, Any]
) -> tuple[tuple[URIRef, URIRef, Node], set[Span]]:
    subject, predicate = resource(str(named["subject"])), property_iri(str(named["property"]))
    part = str(named.get("value", ""))
    claims = document.claims()
    found = [
        ((subject, predicate, value), claims[subject, predicate, value])
        for value in document.graph.objects(subject, predicate)
        if (subject, predicate, value) in claims and part in str(value)
    ]
    if len(found) != 1:
        raise IngestError(
            place,
            f"{document.document.slug} claims {len(found)} values of {named['property']} "
            f"for {named['subject']}, not one.",
            "Name the claim, with a part of its value if there are several.",
        )
    return found[0]
