"""What is served: the real graph, or a generated one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from server.library.library import Library
from server.settings import ROOT
from tests.bench.generator import generate
from tests.bench.mix import MIX


@dataclass(frozen=True)
class Dataset:
    """A data folder, the queries that are asked of it, and a folder for what servers make of it."""

    name: str
    data: Path
    place: Path
    queries: dict[str, str]

    @property
    def files(self) -> list[Path]:
        """Return the Turtle files of the graph."""
        return sorted((self.data / "graph").glob("*.ttl"))

    @cached_property
    def dump(self) -> Path:
        """Return one file of N-Triples with each statement once, written when first asked for."""
        path = self.place / "dump" / "all.nt"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            store = memory_store(self)
            store.dump(file, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
        return path

    @cached_property
    def triples(self) -> int:
        """Return the number of statements, each counted once."""
        with self.dump.open("rb") as file:
            return sum(1 for _ in file)


def memory_store(dataset: Dataset) -> ox.Store:
    """Return an in-memory store with every statement in the default graph."""
    store = ox.Store()
    for path in dataset.files:
        store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=ox.DefaultGraph())
    return store


def real(place: Path, every: int = 1) -> Dataset:
    """Return the committed graph with the questions of the library, or every so manieth of them.

    Their parameters have the default values.
    """
    place.mkdir(parents=True, exist_ok=True)
    questions = list(Library.load(ROOT / "queries"))[::every]
    queries = {item.name: item.query(item.values({})) for item in questions}
    return Dataset("real graph", ROOT / "data", place, queries)


def generated(place: Path, triples: int) -> Dataset:
    """Return a generated graph with the mix."""
    generate(place / "data", triples)
    return Dataset(f"generated graph {triples:,}", place / "data", place, dict(MIX))
