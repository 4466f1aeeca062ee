"""Build, validation and the question library, as ratios from interleaved runs.

Times of one machine mean little, so each row compares two ways of doing the same on the same data,
measured in turns; the table gives the median ratio and its spread.
"""

import functools
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyoxigraph
import pyshacl
from rdflib import Graph

from ingest import DATA
from ingest.build import build_graphs, union
from ingest.turtle import stable_turtle
from ontology.namespaces import new_graph
from server.library.library import Library
from shapes.validator import load_shapes, merged_graph, validate

ROUNDS: Final = 3


def seconds(action: Callable[[], object]) -> float:
    """Return how long one run of the action takes."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratios(slow: Callable[[], object], fast: Callable[[], object]) -> tuple[list[float], float]:
    """Return slow/fast of each interleaved round, and the median seconds of the fast one."""
    found, times = [], []
    for _ in range(ROUNDS):
        one, other = seconds(slow), seconds(fast)
        found.append(one / other)
        times.append(other)
    return found, statistics.median(times)


def row(name: str, slow: Callable[[], object], fast: Callable[[], object]) -> str:
    """Return one line of the table."""
    found, median = ratios(slow, fast)
    return (
        f"| {name} | {statistics.median(found):.2f} "
        f"| {min(found):.2f} | {max(found):.2f} | {median * 1000:.1f} |"
    )


def oxigraph_store(graphs: dict[str, Graph]) -> pyoxigraph.Store:
    """Return an in-memory store with every triple in the default graph."""
    store = pyoxigraph.Store()
    for graph in graphs.values():
        store.load(graph.serialize(format="nt", encoding="utf-8"), pyoxigraph.RdfFormat.N_TRIPLES)
    return store


def table() -> Iterator[str]:
    """Yield the lines of the table."""
    graphs = build_graphs(DATA)
    yield f"{sum(map(len, graphs.values())):,} statements in the files."
    yield ""
    yield "| first / second | ratio | least | most | second, ms |"
    yield "|---|---|---|---|---|"
    whole = union(graphs)
    yield row(
        "build all graphs / serialise them",
        lambda: build_graphs(DATA),
        lambda: [stable_turtle(graph) for graph in graphs.values()],
    )
    yield row("validate with SHACL / parse the graph", lambda: validate(whole), read_files)
    yield row(
        "validate by pySHACL alone / by Cebu",
        lambda: validate_by_pyshacl(whole),
        lambda: validate(whole),
    )
    store = oxigraph_store(graphs)
    for question in Library.load(DATA.parent / "queries"):
        text = question.query(question.values({}))
        yield row(
            f"rdflib / oxigraph: {question.name}",
            functools.partial(rdflib_rows, whole, text),
            functools.partial(oxigraph_bytes, store, text),
        )


def validate_by_pyshacl(graph: Graph) -> None:
    """Validate with the shapes as they are written, on rdflib alone."""
    plain = new_graph()
    plain += merged_graph(graph)
    pyshacl.validate(plain, shacl_graph=load_shapes(), inplace=True, allow_warnings=True)


def rdflib_rows(graph: Graph, text: str) -> list[object]:
    """Answer with rdflib's own engine."""
    return list(graph.query(text))


def oxigraph_bytes(store: pyoxigraph.Store, text: str) -> bytes | None:
    """Answer as the server does, in JSON."""
    results = store.query(text)
    if isinstance(results, pyoxigraph.QueryTriples):
        return results.serialize(format=pyoxigraph.RdfFormat.N_TRIPLES)
    return results.serialize(format=pyoxigraph.QueryResultsFormat.JSON)


def read_files() -> Graph:
    """Parse the committed graph with rdflib."""
    graph = new_graph()
    for path in sorted(Path(DATA / "graph").glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph
