"""The bodies, states, plans and instruments that a document names, described in its graph."""

from __future__ import annotations

from rdflib import ORG, RDF, RDFS, SKOS, XSD, Literal

from ingest.document_graph import DocumentGraph
from ingest.names import NameRegistry
from ingest.source_text import Span
from ontology.terms import Cebu


def state_named_things(graph: DocumentGraph, names: NameRegistry) -> set[str]:
    """State class, kind and other spellings of every thing the document names; return the latter.

    The evidence of each is the first place that prints the name.
    """
    seen: set[str] = set()
    for mention in names.mentions(graph.document.source.text):
        thing, span = mention.thing, Span(mention.start, mention.end)
        if mention.spelling in seen:
            continue
        if not seen.intersection(thing.spellings):
            if not thing.is_concept:
                graph.declare(thing.iri, thing.kind_of_thing, thing.label)
            graph.claim(thing.iri, RDF.type, thing.kind_of_thing, [span])
            if thing.classification is not None:
                graph.claim(thing.iri, ORG.classification, thing.classification, [span])
        seen.add(mention.spelling)
        if mention.spelling == thing.abbreviation:
            short = Literal(mention.spelling, datatype=XSD.string)
            graph.claim(thing.iri, Cebu.abbreviation, short, [span])
        else:
            as_label = RDFS.label if mention.spelling == thing.label else SKOS.altLabel
            graph.claim(thing.iri, as_label, Literal(mention.spelling, lang="en"), [span])
    return seen
