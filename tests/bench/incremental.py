"""What validating a change costs beside validating the whole, on graphs of several sizes.

The sizes are how many times two documents of the graph and what they name are held, each time under
other IRIs, in an Oxigraph store on disk.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pyoxigraph as ox
from rdflib import DCTERMS, RDF, Graph

from ontology import CEBU, ID
from server.settings import ROOT
from shapes import validate
from shapes.incremental import IncrementalValidator
from shapes.root_results import Former, RootResult
from shapes.validator import merged_graph
from shapes.views import Triple, view
from tests.bench.build import validate_by_pyshacl

GRAPHS: Final = ROOT / "data" / "graph"
# Whole documents, with the bodies and states that they name.
FILES: Final = ("priorities-paper-2017", "afml-13-workers-recommendations", "links", "schemes")
ROUNDS: Final = 15
ALONE: Final = "full validation, pySHACL alone"
FULL: Final = "full validation, pySHACL with Oxigraph for its queries"
CHANGE: Final = "validation of a change"
_ENTITY: Final = re.compile(rf"({re.escape(ID)}(?!concept/)[a-z-]+/)")

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """The seconds that a step takes, the median of some rounds, on a graph of so many triples."""

    step: str
    size: int
    triples: int
    seconds: float
    checked: int


@dataclass
class _Held:
    """A store of some size, and what was found in it."""

    size: int
    store: ox.Store
    former: Former
    changes: list[Triple]


def figures(
    sizes: Sequence[int] = (1, 10, 100), full: Sequence[int] = (1, 10), rounds: int = ROUNDS
) -> list[Figure]:
    """Return the figures of full validation and, for each size, of a change of one project.

    The whole is validated in the sizes `full`, as the project does it and by pySHACL alone: thrice
    if it is held once, else in one run.
    The rounds of all sizes take turns, so that a busy machine is busy for all of them. Each round
    takes the title of a project away and puts it back: two changes, both validated.
    """
    data = Graph(bind_namespaces="none")
    for name in FILES:
        data.parse(GRAPHS / f"{name}.ttl")
    found = [figure for size in full for figure in _whole(data, size)]
    validator = IncrementalValidator()
    once = validator.validate_whole(data).former
    with tempfile.TemporaryDirectory() as folder:
        held = [_hold(data, once, size, Path(folder) / str(size)) for size in sizes]
        times: dict[int, list[float]] = {size: [] for size in sizes}
        checked: dict[int, int] = {}
        for number in range(rounds):
            for each in held:
                for seconds, count in _round(validator, each, number):
                    times[each.size].append(seconds)
                    checked[each.size] = count
        for each in held:
            median = statistics.median(times[each.size])
            count = checked[each.size]
            found.append(Figure(CHANGE, each.size, len(each.store), median, count))
    return found


def _whole(data: Graph, size: int) -> Iterator[Figure]:
    """Validate the graph, held so many times, from its beginnings."""
    text = data.serialize(format="nt")
    graph = Graph(bind_namespaces="none")
    for number in range(size):
        graph.parse(data=_copy(text, number), format="nt")
    ways: dict[str, Callable[[], object]] = {
        ALONE: lambda: validate_by_pyshacl(graph),
        FULL: lambda: validate(merged_graph(graph)),
    }
    for name, way in ways.items():
        runs = [_timed(way)[0] for _ in range(3 if size == 1 else 1)]
        yield Figure(name, size, len(graph), statistics.median(runs), 0)


def _hold(data: Graph, once: Former, size: int, path: Path) -> _Held:
    """Put the graph so many times into a store; the results of each copy are those of the first."""
    text = data.serialize(format="nt")
    store = ox.Store(str(path))
    rows: list[RootResult] = []
    for number in range(size):
        copy = _copy(text, number).encode()
        store.bulk_load(input=copy, format=ox.RdfFormat.N_TRIPLES)
        rows += Former.from_json(_copy(once.to_json(), number)).results
    store.flush()
    stored = view(store)
    projects = sorted(stored.subjects(RDF.type, CEBU.Project), key=str)
    titles: list[Triple] = [
        triple
        for project in projects[:: max(1, len(projects) // 40)]
        for triple in stored.triples((project, DCTERMS.title, None))
    ]
    return _Held(size, store, Former.of(once.basis, rows), titles)


def _copy(text: str, number: int) -> str:
    """Return a text with the IRIs of a copy, which the shapes take as well as the first's.

    Concepts are the same for all: their schemes are part of what the shapes demand.
    """
    return text if number == 0 else _ENTITY.sub(rf"\1copy{number}-", text)


def _round(
    validator: IncrementalValidator, held: _Held, number: int
) -> Iterator[tuple[float, int]]:
    title = held.changes[number % len(held.changes)]
    quad = _quad(title)
    held.store.remove(quad)
    seconds, done = _timed(lambda: validator.validate_change(held.store, (), [title], held.former))
    yield seconds, done.checked
    held.store.add(quad)
    seconds, done = _timed(lambda: validator.validate_change(held.store, [title], (), done.former))
    yield seconds, done.checked
    assert done.former.unsound == held.former.unsound


def _quad(triple: Triple) -> ox.Quad:
    text = " ".join(term.n3() for term in triple) + " ."
    quad: ox.Quad
    (quad,) = ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
    return quad


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def table(found: Sequence[Figure]) -> list[str]:
    """Return the figures as a table, with the ratio of the largest graph to the smallest."""
    changes = [each.seconds for each in found if each.step == CHANGE]
    return [
        "| step | graph | triples | shapes and nodes checked | median |",
        "|---|---|---|---|---|",
        *(
            f"| {each.step} | {each.size}x | {each.triples:,} | {each.checked or 'all'} "
            f"| {each.seconds * 1000:,.0f} ms |"
            for each in found
        ),
        "",
        f"A change takes {changes[-1] / changes[0]:.2f} times as long on the largest graph as on "
        "the smallest.",
    ]
