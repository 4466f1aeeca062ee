"""Benchmark: build, validation and the question library, as ratios from interleaved runs.

Run with `make bench`. Times of one machine mean little, so each row compares two ways of doing
the same on the same data, measured in turns; the table gives the median ratio and its spread.
"""

from __future__ import annotations

import functools
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pyoxigraph
import pyshacl
from rdflib import Graph

from ingest import DATA
from ingest.build import build_graphs, union
from ingest.turtle import stable_turtle
from ontology.namespaces import new_graph
from server.library import Library
from shapes.validator import load_shapes, merged_graph, validate

ROUNDS = 7


def seconds(action: Callable[[], object]) -> float:
    """Return how long one run of the action takes."""
    gc.collect()
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratios(
    slow: Callable[[], object], fast: Callable[[], object], rounds: int = ROUNDS
) -> tuple[list[float], float]:
    """Return slow/fast of each interleaved round, and the median seconds of the fast one."""
    found, times = [], []
    for _ in range(rounds):
        one, other = seconds(slow), seconds(fast)
        found.append(one / other)
        times.append(other)
    return found, statistics.median(times)


def row(name: str, slow: Callable[[], object], fast: Callable[[], object], rounds: int) -> str:
    """Return one line of the table."""
    found, median = ratios(slow, fast, rounds)
    return (
        f"{name:<58} {statistics.median(found):8.2f} "
        f"{min(found):8.2f} {max(found):8.2f} {median * 1000:10.1f}"
    )


def oxigraph_store(graphs: dict[str, Graph]) -> pyoxigraph.Store:
    """Return an in-memory store with every triple in the default graph."""
    store = pyoxigraph.Store()
    for graph in graphs.values():
        store.load(graph.serialize(format="nt", encoding="utf-8"), pyoxigraph.RdfFormat.N_TRIPLES)
    return store


def table(graphs: dict[str, Graph]) -> Iterator[str]:
    """Yield the rows of the benchmark."""
    whole = union(graphs)
    yield row(
        "build all graphs / serialise them",
        lambda: build_graphs(DATA),
        lambda: [stable_turtle(graph) for graph in graphs.values()],
        3,
    )
    yield row("validate with SHACL / parse the graph", lambda: validate(whole), read_files, 3)
    yield row(
        "validate by pySHACL alone / by Cebu",
        lambda: validate_by_pyshacl(whole),
        lambda: validate(whole),
        3,
    )
    store = oxigraph_store(graphs)
    for question in Library.load(DATA.parent / "queries"):
        text = question.query(question.values({}))
        yield row(
            f"rdflib / oxigraph: {question.name}",
            functools.partial(rdflib_rows, whole, text),
            functools.partial(oxigraph_bytes, store, text),
            3,
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


@click.command()
def main() -> None:
    """Print the table."""
    graphs = build_graphs(DATA)
    click.echo(f"{sum(map(len, graphs.values()))} triples")
    click.echo(f"{'first / second':<58} {'median':>8} {'least':>8} {'most':>8} {'second, ms':>10}")
    for line in table(graphs):
        click.echo(line)


if __name__ == "__main__":
    main()
