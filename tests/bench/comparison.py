"""The comparison over HTTP: all servers over one dataset, in turns, round after round."""

import contextlib
import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

import click

from tests.bench.dataset import Dataset
from tests.bench.equality import Comparison, compare
from tests.bench.load import Load, RefusedError, measure
from tests.bench.processes import NotInstalledError
from tests.bench.target import ConstantTarget, Target
from tests.bench.targets import (
    CEBU,
    CEBU_KEPT,
    OXIGRAPH_MEMORY,
    RDFLIB,
    RDFLIB_OXIGRAPH,
    cebu,
    constant,
    oxigraph,
    rdflib_endpoint,
)
from tests.bench.virtuoso import VIRTUOSO, virtuoso

CONNECTIONS: Final = (1, 8)
# Every so manieth query of a long library: enough for a mean, and the run ends in time.
_STRIDES: Final = {CEBU_KEPT: 8, "a constant answer, same server program": 8, VIRTUOSO: 4}
_LIBRARY: Final = 50
# As many answers as a slow query has time for, and the longest that it gets.
_ANSWERS: Final = 4
_LONGEST: Final = 3.0
CORES: Final = os.cpu_count() or 1

Key = tuple[str, str, int]
"""Server, query, connections."""


@dataclass
class Run:
    """What one dataset's comparison found."""

    dataset: str
    triples: int
    queries: int
    loads: dict[Key, list[Load]] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=Comparison)
    left_out: list[str] = field(default_factory=list)
    refused: set[Key] = field(default_factory=set)

    def add(self, key: Key, measurement: Callable[[], Load]) -> None:
        """Measure, unless the server refused that before; keep that it refuses."""
        if key in self.refused:
            return
        try:
            self.loads.setdefault(key, []).append(measurement())
        except RefusedError:
            self.refused.add(key)
            self.loads.pop(key)

    def servers(self) -> list[str]:
        """Return the servers that were measured, in the order of the measurement."""
        return list(dict.fromkeys(server for server, _, _ in self.loads))

    def ratios(self, server: str, other: str, connections: int) -> dict[str, float]:
        """Return for each query that both were asked the median ratio of their rates.

        A server that was never asked by many at once is taken with its one connection.
        """
        found = {}
        for (name, query, number), loads in self.loads.items():
            if name != server or number != connections:
                continue
            others = self.loads.get((other, query, connections))
            if others is not None:
                found[query] = statistics.median(
                    one.rate / two.rate for one, two in zip(loads, others, strict=True)
                )
        return found

    def tails(self, server: str, connections: int, queries: Sequence[str]) -> dict[str, float]:
        """Return for each query the median over rounds of the 99th percentile over the median."""
        return {
            query: statistics.median(load.p99 / load.p50 for load in loads)
            for (name, query, number), loads in self.loads.items()
            if name == server and number == connections and query in queries
        }


def run(dataset: Dataset, workers: int, rounds: int, seconds: float, all_of_it: bool) -> Run:
    """Start every server over the dataset, compare their answers, and measure them in turns.

    Raises `NotInstalledError` without what all is relative to, and `RuntimeError` if our answers
    are not the same as others'.
    """
    with contextlib.ExitStack() as stack:
        targets, left_out = _start(stack, dataset, workers)
        said(f"{dataset.name}: comparing the answers to {len(dataset.queries)} queries")
        asked = {target.name: _asked(target.name, dataset, all_of_it) for target in targets}
        comparison = _compare(targets, dataset.queries, asked)
        ours = {key: v for key, v in comparison.differences.items() if key[0] in {CEBU, CEBU_KEPT}}
        if ours:
            raise RuntimeError(f"Cebu answers differently: {ours}")
        found = Run(dataset.name, dataset.triples, len(dataset.queries), {}, comparison, left_out)
        for target in targets:
            if isinstance(target, ConstantTarget):
                for name, text in dataset.queries.items():
                    target.sizes[text] = comparison.sizes[name]
        turns = list(_turns(dataset.queries, rounds))
        for number, (query, connections) in enumerate(turns):
            if number % 50 == 0:
                said(f"{dataset.name}: {number} of {len(turns)} turns")
            for target in targets:
                slow = target.slow and connections > 1
                if query in asked[target.name] and comparison.same(target.name, query) and not slow:
                    _measure(found, target, query, dataset.queries[query], connections, seconds)
    return found


def _measure(
    found: Run, target: Target, name: str, query: str, connections: int, seconds: float
) -> None:
    took = found.comparison.seconds.get((target.name, name), 0.0)
    long = max(seconds, min(took * _ANSWERS * max(1, connections // CORES), _LONGEST))
    found.add((target.name, name, connections), lambda: measure(target, query, connections, long))


def said(text: str) -> None:
    """Tell on standard error how far we are."""
    click.echo(text, err=True)


def _start(
    stack: contextlib.ExitStack, dataset: Dataset, workers: int
) -> tuple[list[Target], list[str]]:
    """Start what is installed; return it, and why the rest is left out."""
    starts: list[Callable[[], AbstractContextManager[Target]]] = [
        lambda: oxigraph(dataset),
        lambda: oxigraph(dataset, OXIGRAPH_MEMORY),
        lambda: cebu(dataset, CEBU, workers),
        lambda: cebu(dataset, CEBU_KEPT, workers),
        lambda: constant(dataset, workers + 80),
        lambda: virtuoso(dataset),
    ]
    # It takes minutes for some questions of the library.
    if len(dataset.queries) <= _LIBRARY:
        starts += [
            lambda: rdflib_endpoint(dataset, RDFLIB),
            lambda: rdflib_endpoint(dataset, RDFLIB_OXIGRAPH),
        ]
    targets: list[Target] = []
    left_out: list[str] = []
    for start in starts:
        try:
            targets.append(stack.enter_context(start()))
        except NotInstalledError as error:
            if not targets:
                raise
            left_out.append(str(error))
            continue
        said(f"{dataset.name}: started {targets[-1].name}")
    return targets, left_out


def _asked(server: str, dataset: Dataset, all_of_it: bool) -> list[str]:
    """Return the names of the queries that the server is asked."""
    names = list(dataset.queries)
    stride = 1 if all_of_it or len(names) <= _LIBRARY else _STRIDES.get(server, 1)
    return names[::stride]


def _compare(
    targets: Sequence[Target], queries: Mapping[str, str], asked: Mapping[str, list[str]]
) -> Comparison:
    """Compare the answers of all but the constant one."""
    real = [target for target in targets if not isinstance(target, ConstantTarget)]
    found = Comparison()
    for query, text in queries.items():
        some = [target for target in real if query in asked[target.name]]
        # Asked once more, it answers from its cache.
        some += [target for target in some if target.name == CEBU_KEPT]
        one = compare(some, {query: text})
        found.differences |= one.differences
        found.seconds |= one.seconds
        found.sizes |= one.sizes
    return found


def _turns(queries: Mapping[str, str], rounds: int) -> Iterator[tuple[str, int]]:
    """Yield query and connections in the order in which they are measured."""
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for query in queries:
                yield query, connections
