"""The question library and the built graph, loaded once for all tests of queries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from server.engine.embedded import EmbeddedEngine
from server.library.library import Library, Question
from server.settings import Settings
from server.store.loader import graph_files
from server.store.store import GraphStore

SETTINGS: Final = Settings.from_environment({})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each `question` of the library, or each `asking` with parameters."""
    questions = list(Library.load(SETTINGS.queries))
    asking = [question for question in questions if question.parameters]
    for name, values in (("question", questions), ("asking", asking)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, ids=[question.name for question in values])


@pytest.fixture(scope="session")
def folder() -> Path:
    return SETTINGS.queries


@pytest.fixture(scope="session")
def library() -> list[Question]:
    return list(Library.load(SETTINGS.queries))


@pytest.fixture(scope="session")
def data() -> GraphStore:
    """Return the graph as the server serves it: the default graph is the union, as a set."""
    return GraphStore.in_memory(SETTINGS)


@pytest.fixture(scope="session")
def engine(data: GraphStore) -> Iterator[EmbeddedEngine]:
    """Return the engine that answers behind the server's door, refusals included."""
    embedded = EmbeddedEngine(data)
    yield embedded
    embedded.close()


@pytest.fixture(scope="session")
def other_way_round() -> ox.Store:
    """Return the union alone, its statements put in the other way round."""
    found = {
        ox.Triple(quad.subject, quad.predicate, quad.object): None
        for file in graph_files(SETTINGS.graph_folder)
        for quad in file.quads()
    }
    store = ox.Store()
    store.bulk_extend(ox.Quad(*triple) for triple in reversed(found))
    return store
