"""The SPARQL 1.1 Service Description tests: three sentences of the manifest, made requests."""

from typing import Final

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from server.http.formats import GRAPHS
from tests.w3c import suite
from tests.w3c.endpoint import Endpoint

SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")

# Service Description, section 3: what the subjects and objects of its properties are.
DOMAINS: Final = {
    SD.endpoint: SD.Service,
    SD.feature: SD.Service,
    SD.defaultEntailmentRegime: SD.Service,
    SD.supportedEntailmentProfile: SD.Service,
    SD.extensionFunction: SD.Service,
    SD.extensionAggregate: SD.Service,
    SD.languageExtension: SD.Service,
    SD.supportedLanguage: SD.Service,
    SD.propertyFeature: SD.Service,
    SD.defaultDataset: SD.Service,
    SD.availableGraphs: SD.Service,
    SD.resultFormat: SD.Service,
    SD.inputFormat: SD.Service,
    SD.defaultGraph: SD.Dataset,
    SD.namedGraph: SD.Dataset,
    SD.name: SD.NamedGraph,
    SD.graph: SD.NamedGraph,
}
RANGES: Final = {
    SD.defaultDataset: SD.Dataset,
    SD.availableGraphs: SD.GraphCollection,
    SD.defaultGraph: SD.Graph,
    SD.namedGraph: SD.NamedGraph,
    SD.graph: SD.Graph,
}
FEATURES: Final = {
    SD.DereferencesURIs,
    SD.UnionDefaultGraph,
    SD.RequiresDataset,
    SD.EmptyGraphs,
    SD.BasicFederatedQuery,
}
LANGUAGES: Final = {SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update}


@pytest.fixture(scope="module")
def description(endpoint: Endpoint) -> Graph:
    graph = ox.NamedNode("http://example.org/graph")
    endpoint.load([ox.Quad(graph, graph, graph, graph)])
    reply = endpoint.request("GET", "/sparql", None, {})
    return Graph().parse(reply.body, format="turtle")


@suite.needed
def test_the_suite_has_these_three() -> None:
    named = {str(entry).rpartition("#")[2] for entry in suite.entries(suite.manifest(
        "service-description"))}  # fmt: skip
    assert named == {"has-endpoint-triple", "returns-rdf", "conforms-to-schema"}


def test_returns_rdf(endpoint: Endpoint) -> None:
    for accept in (None, *(item.media_type for item in GRAPHS)):
        reply = endpoint.request("GET", "/sparql", None, {"Accept": accept} if accept else {})
        assert (reply.status, reply.type) == (200, accept or "text/turtle")
        parsed = ox.parse(reply.body, format=ox.RdfFormat.from_media_type(reply.type))
        assert len(list(parsed)) > 10


def test_has_endpoint_triple(endpoint: Endpoint, description: Graph) -> None:
    address = URIRef(f"http://127.0.0.1:{endpoint.port}/sparql")
    assert list(description.objects(None, SD.endpoint)) == [address]


def test_conforms_to_schema(description: Graph) -> None:
    known = {*DOMAINS, SD.entailmentRegime, SD.supportedEntailmentProfile}
    for subject, property_, value in description:
        if str(property_).startswith(str(SD)):
            assert property_ in known
        assert isinstance(property_, URIRef)
        if property_ in DOMAINS:
            assert (subject, RDF.type, DOMAINS[property_]) in description
        if property_ in RANGES:
            assert (value, RDF.type, RANGES[property_]) in description
    assert set(description.objects(None, SD.feature)) <= FEATURES
    assert set(description.objects(None, SD.supportedLanguage)) <= LANGUAGES
    for service in description.subjects(RDF.type, SD.Service):
        assert len(list(description.objects(service, SD.endpoint))) == 1
        assert len(list(description.objects(service, SD.defaultDataset))) == 1


def test_claims_no_union_in_the_strict_setting(description: Graph) -> None:
    assert (None, SD.feature, SD.UnionDefaultGraph) not in description
