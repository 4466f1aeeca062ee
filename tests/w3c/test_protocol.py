"""The SPARQL 1.1 Protocol tests, sent over HTTP as their manifest writes them."""

from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from server.http.formats import GRAPHS, TABLES
from tests.w3c import results, suite
from tests.w3c.endpoint import TOKEN, Endpoint
from tests.w3c.suite import MF

HT: Final = Namespace("http://www.w3.org/2011/http#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")
# The manifest names these graphs; the first one it takes for there, without saying what is in it.
DATA: Final = "http://kasei.us/2009/09/sparql/data/data{}.rdf"

QUERIES: Final = (
    "query_post_form",
    "query_dataset_default_graphs_get",
    "query_dataset_default_graphs_post",
    "query_dataset_named_graphs_post",
    "query_dataset_named_graphs_get",
    "query_dataset_full",
    "query_multiple_dataset",
    "query_get",
    "query_content_type_select",
    "query_content_type_ask",
    "query_content_type_describe",
    "query_content_type_construct",
    "query_post_direct",
    "bad_query_method",
    "bad_multiple_queries",
    "bad_query_wrong_media_type",
    "bad_query_missing_form_type",
    "bad_query_missing_direct_type",
    "bad_query_non_utf8",
    "bad_query_syntax",
)
UPDATES: Final = (
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
    "bad_update_get",
    "bad_multiple_updates",
    "bad_update_wrong_media_type",
    "bad_update_missing_form_type",
    "bad_update_non_utf8",
    "bad_update_syntax",
    "bad_update_dataset_conflict",
)
pytestmark = suite.needed


@pytest.fixture(scope="module")
def manifest() -> Graph:
    return suite.manifest("protocol")


def test_no_test_is_left_out(manifest: Graph) -> None:
    named = {str(entry).rpartition("#")[2] for entry in suite.entries(manifest)}
    assert named == {*QUERIES, *UPDATES}


@pytest.mark.parametrize("name", QUERIES)
def test_query_operation(endpoint: Endpoint, manifest: Graph, name: str) -> None:
    endpoint.load(_data())
    for request in requests(manifest, name):
        run(endpoint, manifest, request)


@pytest.mark.parametrize("name", UPDATES)
def test_update_operation(endpoint: Endpoint, manifest: Graph, name: str) -> None:
    endpoint.load(_data())
    for request in requests(manifest, name):
        # The suite has one address for both; its queries ask what an update did.
        is_query = "sparql-query" in str(_headers(manifest, request))
        run(endpoint, manifest, request, route="/sparql" if is_query else "/update")


def requests(manifest: Graph, name: str) -> list[Node]:
    """Return the requests of a test, in their order."""
    (entry,) = (item for item in suite.entries(manifest) if str(item).endswith(f"#{name}"))
    heads = list(manifest.objects(manifest.value(entry, MF.action), HT.requests))
    assert heads
    return [item for head in heads for item in Collection(manifest, head)]


def run(endpoint: Endpoint, manifest: Graph, request: Node, *, route: str = "/sparql") -> None:
    """Send one request of a test to `route` and check its answer."""
    path = str(manifest.value(request, HT.absolutePath)).replace("/sparql/", route, 1)
    method = str(manifest.value(request, HT.methodName))
    body = None
    content = manifest.value(request, HT.body)
    if content is not None:
        encoding = str(manifest.value(content, CNT.characterEncoding))
        body = str(manifest.value(content, CNT.chars)).encode(encoding)
    headers = {**_headers(manifest, request), "Authorization": f"Bearer {TOKEN}"}
    reply = endpoint.request(method, quote(path, safe="/?=&%"), body, headers)
    response = manifest.value(request, HT.resp)
    classes = {str(item)[-3] for item in manifest.objects(response, MF.expectedStatus)}
    assert str(reply.status)[0] in classes, reply.text
    expected = str(manifest.value(response, MF.expectedFormat))
    if expected in {"tabular", "boolean"}:
        assert reply.type in {item.media_type for item in TABLES}
    if expected == "RDF":
        assert reply.type in {item.media_type for item in GRAPHS}
    truth = manifest.value(response, MF.expectedBoolean)
    if truth is not None:
        format_ = ox.QueryResultsFormat.from_media_type(reply.type)
        assert format_ is not None
        assert results.read_table(reply.body, format_) == (str(truth) == "true")


def _headers(manifest: Graph, message: Node) -> dict[str, str]:
    fields = manifest.value(message, HT.headers)
    return {
        str(manifest.value(field, HT.fieldName)): str(manifest.value(field, HT.fieldValue))
        for field in (Collection(manifest, fields) if fields is not None else ())
    }


def _data() -> list[ox.Quad]:
    empty = ox.NamedNode(DATA.format(0))
    quads = [ox.Quad(empty, empty, empty, empty)]
    for number in (1, 2, 3):
        iri = DATA.format(number)
        file = suite.path_of(f"sparql/sparql11/protocol/data{number}.nt")
        quads += results.quads(file, iri, ox.NamedNode(iri))
    return quads
