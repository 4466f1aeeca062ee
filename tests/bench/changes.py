"""What a change costs: commits on a disk, with and without validation, and a start after many."""

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ontology.namespaces import PREFIXES
from server.engine.embedded import EmbeddedEngine
from server.library.library import Library
from server.services import Services
from server.settings import Settings
from server.store.change_log import ChangeLog
from server.store.changes import SparqlUpdate
from server.store.deltas import Delta
from server.store.rdf_patch import Heading, Note
from server.store.store import GraphStore
from server.validation.gate import Gate, OpenGate, ShapesGate
from server.writing.writes import write
from tests.bench.comparison import said
from tests.bench.dataset import Dataset
from tests.bench.targets import CEBU, cebu

CHANGES: Final = 10_000
COMMITS: Final = 100
# Finding out what is wrong with a whole graph is not what is measured.
_PATIENCE: Final = 3600.0
_PROJECTS: Final = f"SELECT ?project {{ ?project a <{PREFIXES['cebu']}Project> }} ORDER BY ?project"
_RENAME: Final = (
    "DELETE {{ GRAPH ?g {{ <{thing}> <{label}> ?old }} }} "
    'INSERT {{ GRAPH ?g {{ <{thing}> <{label}> "{name}"@en }} }} '
    "WHERE {{ GRAPH ?g {{ <{thing}> <{label}> ?old }} }}"
)

Rows = Iterator[tuple[str, str]]


def rows(dataset: Dataset, commits: int = COMMITS, changes: int = CHANGES) -> Rows:
    """Measure commits and starts over the dataset; stores are made in its place."""
    for name, gate in (("without", OpenGate()), ("with", ShapesGate(_PATIENCE))):
        with tempfile.TemporaryDirectory(dir=dataset.place) as folder:
            yield from _commits(_settings(dataset, Path(folder)), name, gate, commits)
    with tempfile.TemporaryDirectory(dir=dataset.place) as folder:
        yield from _starts(dataset, _settings(dataset, Path(folder)), changes)


def table(found: Rows) -> list[str]:
    """Return the table, telling of each row as it comes."""
    lines = ["| what | measured |", "|---|---|"]
    for name, value in found:
        said(f"{name}: {value}")
        lines.append(f"| {name} | {value} |")
    return lines


def _settings(dataset: Dataset, store: Path) -> Settings:
    return dataclasses.replace(Settings.from_environment({}), store=store, data=dataset.data)


def _commits(settings: Settings, name: str, gate: Gate, number: int) -> Rows:
    """Rename one project after another, each time a change that is on the disk afterwards."""
    data = GraphStore.open(settings)
    here = Services(settings, data, EmbeddedEngine(data), Library.load(settings.queries), {}, gate)
    try:
        began = time.perf_counter()
        gate.prepare(data)
        if isinstance(gate, ShapesGate):
            yield "validation of all at the first start", _seconds(time.perf_counter() - began)
        projects = [row["project"] for row in data.select(_PROJECTS)]
        took = []
        for index in range(number):
            text = _RENAME.format(
                thing=projects[index % len(projects)],
                label=PREFIXES["rdfs"] + "label",
                name=f"Name {index}",
            )
            began = time.perf_counter()
            done = write(here, SparqlUpdate(text), Note(message=f"Name {index}"))
            took.append(time.perf_counter() - began)
            assert done.number == index + 1
        yield f"a commit {name} validation, median", _seconds(statistics.median(took))
        yield f"commits {name} validation", f"{number / sum(took):.1f} per second"
    finally:
        here.close()


def _starts(dataset: Dataset, settings: Settings, number: int) -> Rows:
    data = GraphStore.open(settings)
    seed = data.seed
    data.close()
    began = time.perf_counter()
    _log(settings.store, seed, number)
    yield f"{number:,} records in the log, each on the disk", _seconds(time.perf_counter() - began)
    for how in ("a store that is behind by all of them", "a store that is at its end"):
        began = time.perf_counter()
        data = GraphStore.open(settings)
        took = time.perf_counter() - began
        assert data.number == number
        data.close()
        yield f"opening {how}", _seconds(took)
    began = time.perf_counter()
    with cebu(dataset, CEBU, 2, settings.store):
        yield "start of the server, to the first answer", _seconds(time.perf_counter() - began)


def _log(folder: Path, seed: str, number: int) -> None:
    """Write a log of changes, of which each adds two statements and takes one back."""
    log = ChangeLog.create(folder, seed, 0)
    previous: Heading | None = None
    for index in range(1, number + 1):
        added = tuple(_line(index, value) for value in (1, 2))
        removed = (_line(index - 1, 1),) if index > 1 else ()
        created = ("<urn:bench:graph>",) if index == 1 else ()
        previous = Heading.new(index, previous, Note(message=f"Change {index}"))
        log.append(previous, Delta(added, removed, created))


def _line(thing: int, value: int) -> str:
    return f"<urn:bench:{thing}> <urn:bench:is> <urn:bench:value:{value}> <urn:bench:graph> ."


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"
