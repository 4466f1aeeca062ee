"""The SPARQL 1.1 Graph Store HTTP Protocol tests, sent as their manifests write them."""

from email.message import Message
from typing import Final

import pyoxigraph as ox
import pytest
from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from tests.server.door import Reply
from tests.w3c import results, suite
from tests.w3c.endpoint import TOKEN, Endpoint
from tests.w3c.suite import MF

HT: Final = Namespace("http://www.w3.org/2011/http#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")
STATUS: Final = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}
MANIFESTS: Final = ("direct", "indirect")

pytestmark = suite.needed


def _manifest(name: str) -> Graph:
    return suite.manifest("graph-store-protocol", f"manifest-{name}.ttl")


def _tests() -> list[tuple[str, str]]:
    if suite.folder() is None:
        return []
    return [
        (name, str(entry).rpartition("#")[2])
        for name in MANIFESTS
        for entry in suite.entries(_manifest(name))
    ]


def test_none_is_left_out() -> None:
    assert len(_tests()) == 13


@pytest.mark.parametrize(("manifest", "name"), _tests())
def test_graph_store(endpoint: Endpoint, manifest: str, name: str) -> None:
    endpoint.load([])
    graph = _manifest(manifest)
    (entry,) = (item for item in suite.entries(graph) if str(item).endswith(f"#{name}"))
    head = graph.value(graph.value(entry, MF.action), HT.requests)
    assert head is not None
    location = ""
    for request in Collection(graph, head):
        reply = _send(endpoint, graph, request, location)
        location = reply.headers.get("Location", location)


def _send(endpoint: Endpoint, graph: Graph, request: Node, location: str) -> Reply:
    """Send one request and check its answer."""
    path = str(graph.value(request, HT.absolutePath)).replace("$LOCATION$", location)
    path = path.removeprefix(f"http://127.0.0.1:{endpoint.port}").replace("/gsp", "/graphs", 1)
    headers = _headers(graph, request) | {"Authorization": f"Bearer {TOKEN}"}
    text = graph.value(graph.value(request, HT.body), CNT.chars)
    body = None
    if text is not None:
        body = str(text).replace("$LOCATION$", location).encode()
        if "multipart" in headers.get("content-type", ""):
            # What the manifest indents, RFC 2046, section 5.1, puts at the start of a line.
            lines = [line.strip() for line in body.decode().strip().splitlines()]
            body = ("\r\n".join(lines) + "\r\n").encode()
    reply = endpoint.request(str(graph.value(request, HT.methodName)), path, body, headers)
    response = graph.value(request, HT.resp)
    allowed = {
        STATUS[str(item).rpartition("#")[2]] for item in graph.objects(response, MF.expectedStatus)
    }
    assert reply.status in allowed, reply.text
    if (response, MF.expectedLocation, None) in graph:
        assert reply.headers["Location"]
    assert response is not None
    for field, value in _headers(graph, response).items():
        message = Message()
        message[field] = value
        assert reply.type == message.get_content_type()
    expected = graph.value(graph.value(response, HT.body), CNT.chars)
    if expected is not None:
        answered = list(ox.parse(reply.body, format=ox.RdfFormat.TURTLE))
        wanted = list(
            ox.parse(str(expected).replace("$LOCATION$", location), format=ox.RdfFormat.TURTLE)
        )
        assert results.canonical(answered) == results.canonical(wanted)
    return reply


def _headers(graph: Graph, message: Node) -> dict[str, str]:
    fields = graph.value(message, HT.headers)
    return {
        str(graph.value(field, HT.fieldName)).lower(): str(graph.value(field, HT.fieldValue))
        for field in (Collection(graph, fields) if fields is not None else ())
    }
