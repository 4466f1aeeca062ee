"""Where the graph comes from: the dataset, its named graphs and the documents behind them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from rdflib import DCAT, DCTERMS, PROV, RDF, RDFS, Graph, Literal, URIRef

from ingest.manifest import SourceDocument
from ontology.iris import graph as graph_iri
from ontology.iris import resource
from ontology.namespaces import BASE, new_graph

DATASET = URIRef(BASE + "dataset")
LICENCE = URIRef("https://creativecommons.org/licenses/by/4.0/")


def build_provenance(documents: Mapping[str, SourceDocument]) -> Graph:
    """Return the provenance graph (PROV-O, DCAT 3); it has no times, so that builds are alike."""
    graph = new_graph()
    release = version("cebu")
    graph.add((DATASET, RDF.type, DCAT.Dataset))
    graph.add((DATASET, RDFS.label, Literal("Cebu", lang="en")))
    title = "Cebu: the knowledge graph of ASEAN labour-migration governance"
    graph.add((DATASET, DCTERMS.title, Literal(title, lang="en")))
    graph.add((DATASET, DCTERMS.license, LICENCE))
    graph.add((DATASET, URIRef(f"{DCAT}version"), Literal(release)))
    for slug, document in documents.items():
        named, source = graph_iri(slug), resource(f"document/{slug}")
        graph.add((named, RDF.type, PROV.Entity))
        graph.add((named, RDFS.label, Literal(f"Graph of: {document.title}", lang="en")))
        graph.add((named, DCTERMS.isPartOf, DATASET))
        graph.add((named, PROV.wasDerivedFrom, source))
        graph.add((DATASET, PROV.wasDerivedFrom, source))
    return graph
