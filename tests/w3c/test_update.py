"""The SPARQL 1.1 Update tests: each request sent over HTTP, and the dataset fetched after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
import pytest
from rdflib import RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from tests.server.door import Reply
from tests.w3c import results, suite
from tests.w3c.endpoint import TOKEN, Endpoint
from tests.w3c.suite import MF, UT

GROUPS: Final = (
    "add",
    "basic-update",
    "clear",
    "copy",
    "delete",
    "delete-data",
    "delete-insert",
    "delete-where",
    "drop",
    "move",
    "syntax-update-1",
    "syntax-update-2",
    "update-silent",
)
# What pyoxigraph 0.5.13 cannot pass. A test that passes after all fails here: take it off the list.
BEYOND: Final[dict[str, str]] = {}

pytestmark = suite.needed


@dataclass(frozen=True)
class UpdateTest:
    """One test: of syntax, or of what becomes of a dataset."""

    id: str
    kind: str
    request: URIRef
    before: tuple[ox.Quad, ...]
    after: tuple[ox.Quad, ...]


def _tests() -> Iterator[UpdateTest]:
    for group in GROUPS if suite.folder() else ():
        graph = suite.manifest(group)
        for entry in suite.entries(graph):
            action = graph.value(entry, MF.action)
            kind = str(graph.value(entry, RDF.type)).partition("#")[2]
            request = graph.value(action, UT.request) or action
            assert isinstance(request, URIRef)
            yield UpdateTest(
                f"{group}/{str(entry).rpartition('#')[2]}",
                kind,
                request,
                tuple(_dataset(graph, action)) if "Syntax" not in kind else (),
                tuple(_dataset(graph, graph.value(entry, MF.result))),
            )


def _dataset(graph: Graph, node: Node | None) -> Iterator[ox.Quad]:
    for file in graph.objects(node, UT.data):
        yield from results.quads(suite.path_of(file), str(file), ox.DefaultGraph())
    for named in graph.objects(node, UT.graphData):
        source = graph.value(named, UT.graph)
        assert source is not None
        name = ox.NamedNode(str(graph.value(named, RDFS.label)))
        yield from results.quads(suite.path_of(source), str(source), name)


def _parameter(test: UpdateTest) -> object:
    reason = BEYOND.get(test.id)
    marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
    return pytest.param(test, id=test.id, marks=marks)


TESTS: Final = list(_tests())


def test_none_is_left_out() -> None:
    assert len(TESTS) == 157


@pytest.mark.parametrize("test", [_parameter(test) for test in TESTS])
def test_update(endpoint: Endpoint, test: UpdateTest) -> None:
    endpoint.load(test.before)
    reply = _send(endpoint, test)
    if test.kind.startswith("Negative"):
        assert (reply.status, _slug(reply)) == (400, "update-syntax")
    elif test.kind.startswith("Positive"):
        # It parses; what it then names need not be there, or is refused.
        assert reply.status == 204 or _slug(reply) in {
            "graph-unknown",
            "load-refused",
            "update-failed",
        }, reply.text
    else:
        assert reply.status == 204, reply.text
        dump = endpoint.request("GET", "/graphs", None, {"Accept": "application/n-quads"})
        found = list(ox.parse(dump.body, format=ox.RdfFormat.N_QUADS))
        assert results.canonical(found) == results.canonical(list(test.after))


def _send(endpoint: Endpoint, test: UpdateTest) -> Reply:
    text = suite.path_of(test.request).read_text(encoding="utf-8")
    headers = {
        "Content-Type": "application/sparql-update",
        "Authorization": f"Bearer {TOKEN}",
    }
    body = f"BASE <{test.request}>\n{text}"
    return endpoint.request("POST", "/update", body.encode(), headers)


def _slug(reply: Reply) -> str:
    return str(reply.json()["type"]).rpartition("#")[2]
