"""What the endpoint is and does, as RDF (SPARQL 1.1 Service Description)."""

from typing import Final

from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef

from ontology.namespaces import BASE, PREFIXES, new_graph
from server.store.store import GraphStore

SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FORMATS: Final = Namespace("http://www.w3.org/ns/formats/")
_VOID: Final = Namespace(PREFIXES["void"])
_VERSIONS: Final = (
    "Past versions can be queried too: version=N, beside the query, is the state after change N as "
    "/changes lists them, and version=0 what was loaded at first."
)
_RESULTS: Final = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "JSON-LD",
    "N-Triples",
    "RDF_XML",
)


def describe(data: GraphStore, endpoint: str) -> Graph:
    """Return the service description of the endpoint at the address `endpoint`."""
    graph = new_graph()
    graph.bind("sd", SD)
    service = URIRef(endpoint + "#service")
    dataset, default = URIRef(endpoint + "#dataset"), URIRef(endpoint + "#default-graph")
    graph.add((service, RDF.type, SD.Service))
    graph.add((service, SD.endpoint, URIRef(endpoint)))
    graph.add((service, SD.supportedLanguage, SD.SPARQL11Query))
    for name in _RESULTS:
        graph.add((service, SD.resultFormat, _FORMATS[name]))
    if data.log is not None:
        graph.add((service, RDFS.comment, Literal(_VERSIONS, "en")))
    if data.union:
        graph.add((service, SD.feature, SD.UnionDefaultGraph))
    graph.add((service, SD.defaultDataset, dataset))
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    graph.add((default, _VOID.triples, Literal(data.triples if data.union else 0)))
    for name in sorted(data.graphs):
        part = URIRef(f"{endpoint}#graph-{name.removeprefix(BASE).replace('/', '-')}")
        graph.add((dataset, SD.namedGraph, part))
        graph.add((part, RDF.type, SD.NamedGraph))
        graph.add((part, SD.name, URIRef(name)))
    return graph
