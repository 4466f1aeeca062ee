"""What the engine made in one thread ends in that thread."""

import gc
import sys
from types import SimpleNamespace
from typing import cast

import pyoxigraph as ox
import pytest

from server.engine.embedded import EmbeddedEngine, QueryRequest
from server.http.problems import Problem
from server.store.store import GraphStore


@pytest.mark.parametrize("text", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_a_failed_query_leaves_nothing_of_the_engine_to_another_thread(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unraisable: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unraisable.append(args.exc_value))
    data = SimpleNamespace(store=ox.Store(), graphs=frozenset[str](), version="1")
    engine = EmbeddedEngine(cast(GraphStore, data))
    try:
        with pytest.raises(Problem, match="takes no format"):
            engine.query(QueryRequest(text, None, None, None))
        gc.collect()
    finally:
        engine.close()
    assert unraisable == []
