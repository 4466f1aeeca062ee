"""Lists of abbreviations: one a line, a tab between the short form and the full name."""

from __future__ import annotations

import re

from rdflib import RDF, RDFS, SKOS, XSD, Literal

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.names import NameRegistry
from ingest.source_text import Span
from ontology.terms import Cebu

_ENTRY = re.compile(r"^(?P<short>[^\t\n]+)\t(?P<full>[^\t\n]+)$", re.MULTILINE)


def read_abbreviations(graph: DocumentGraph, names: NameRegistry, heading: str) -> None:
    """State short form and full name of each thing in the list under the unique line `heading`.

    Raises:
        IngestError: a short form is no known name.

    """
    source = graph.document.source
    for match in _ENTRY.finditer(source.text, source.find(heading).end):
        thing = names.whole(match["short"])
        if thing is None:
            raise IngestError(
                Place(source.name, source.line(match.start()), match["short"]),
                "The abbreviation is no known name.",
                "Add it to data/annotations/names.yaml.",
            )
        short, full = Span(*match.span("short")), Span(*match.span("full"))
        abbreviation = Literal(match["short"], datatype=XSD.string)
        full_name = Literal(match["full"], lang="en")
        as_label = RDFS.label if match["full"] == thing.label else SKOS.altLabel
        if not thing.is_concept:
            graph.declare(thing.iri, thing.kind_of_thing, thing.label)
        graph.claim(thing.iri, RDF.type, thing.kind_of_thing, [full])
        graph.claim(thing.iri, Cebu.abbreviation, abbreviation, [short])
        graph.claim(thing.iri, as_label, full_name, [full])
