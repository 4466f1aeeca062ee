"""W3C's tests, read from a copy of github.com/w3c/rdf-tests that RDF_TESTS names.

No copy is kept here. Without one the tests are skipped, and say how to get it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")

# What each address of the suite begins with; relative addresses in queries are resolved by it.
BASE: Final = "https://w3c.github.io/rdf-tests/"
VARIABLE: Final = "RDF_TESTS"


def folder() -> Path | None:
    """Return the folder of the suite's copy, None if there is none."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    path = Path(named)
    return path if (path / "sparql" / "sparql11").is_dir() else None


needed: Final = pytest.mark.skipif(
    folder() is None,
    reason=f"set {VARIABLE} to a copy of github.com/w3c/rdf-tests (tests/w3c/README.md)",
)


def path_of(iri: Node | str) -> Path:
    """Return the file at an address of the suite, or at a path in it."""
    root = folder()
    assert root is not None
    return root / str(iri).removeprefix(BASE)


def manifest(group: str, name: str = "manifest.ttl") -> Graph:
    """Return the manifest of a group such as `aggregates`, with absolute addresses."""
    relative = f"sparql/sparql11/{group}/{name}"
    return Graph().parse(
        path_of(URIRef(BASE + relative)), format="turtle", publicID=BASE + relative
    )


def entries(graph: Graph) -> Iterator[Node]:
    """Yield the tests of a manifest in their order."""
    for head in graph.objects(None, MF.entries):
        yield from Collection(graph, head)


@dataclass(frozen=True)
class QueryTest:
    """One test of a query: of its syntax if `result` is None, else of its answer."""

    group: str
    name: str
    kind: str
    query: Path
    base: str
    data: tuple[URIRef, ...]
    graphs: tuple[URIRef, ...]
    result: Path | None

    @property
    def id(self) -> str:
        return f"{self.group}/{self.name}"


def query_tests(groups: tuple[str, ...]) -> list[QueryTest]:
    """Return the query tests of `groups`; none without a copy of the suite."""
    if folder() is None:
        return []
    return [test for group in groups for test in _query_tests(group)]


def _query_tests(group: str) -> Iterator[QueryTest]:
    graph = manifest(group)
    for entry in entries(graph):
        kind = str(graph.value(entry, RDF.type)).partition("#")[2]
        action = graph.value(entry, MF.action)
        assert action is not None
        query = graph.value(action, QT.query) or action
        result = graph.value(entry, MF.result)
        yield QueryTest(
            group,
            str(entry).rpartition("#")[2],
            kind,
            path_of(query),
            str(query),
            tuple(URIRef(str(item)) for item in graph.objects(action, QT.data)),
            tuple(URIRef(str(item)) for item in graph.objects(action, QT.graphData)),
            path_of(result) if result is not None else None,
        )
