"""The embedded store: built once for each state of the graph, opened by one process at a time.

Layout below `CEBU_STORE`: one folder named by the digest of what was loaded, with `db/` (RocksDB)
and `meta.json`; and `lock`, held by the process that serves. A folder appears by one rename when
it is whole, so a process killed at any moment leaves the old store or none.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import Graph
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from server.loader import GraphFile, StoreError, StoreInUseError, digest, graph_files
from server.settings import Settings

if TYPE_CHECKING:
    from rdflib.graph import _TripleSelectorType, _TripleType

# Part of the digest: another layout, or another engine's files, is another store.
LAYOUT: Final = f"cebu-store 1, pyoxigraph {ox.__version__}"

_OURS: Final = re.compile(r"[0-9a-f]{32}|\.building-\d+")


class _AllGraphs(Graph):
    """All graphs of a store as one, each triple once, where the default graph has no copy."""

    def triples(self, triple: "_TripleSelectorType") -> "Iterator[_TripleType]":  # type: ignore[override]
        """Yield the triples of all graphs that match the pattern."""
        yield from {found for found, _ in self.store.triples(triple, context=None)}  # type: ignore[arg-type]


class GraphStore:
    """The served graph: a pyoxigraph store, its view for rdflib, and what is known of it.

    `graph` is what rdflib reads: all named graphs as one. `union` says whether the default graph
    holds a copy of every triple of the named graphs, which makes it their union as a set (a triple
    of two documents counts once).
    """

    def __init__(
        self, store: ox.Store, *, version: str, union: bool, lock: IO[str] | None = None
    ) -> None:
        self.store = store
        self.version = version
        self.union = union
        view = Graph if union else _AllGraphs
        self.graph = view(OxigraphStore(store=store), DATASET_DEFAULT_GRAPH_ID)
        self.graphs = frozenset(
            name.value for name in store.named_graphs() if isinstance(name, ox.NamedNode)
        )
        # Only the copy in the default graph makes the plain, cheap count a count of the set.
        count = "COUNT(*)" if union else "COUNT(DISTINCT TRIPLE(?s, ?p, ?o))"
        self.triples = int(self.select(f"SELECT ({count} AS ?n) {{ ?s ?p ?o }}")[0]["n"])
        self._lock = lock

    @classmethod
    def in_memory(cls, settings: Settings) -> Self:
        """Return the built graph in a store that lives and ends with this process.

        Raises `StoreError` if there is no built graph or a file of it is not Turtle.
        """
        files, version = _inputs(settings)
        store = ox.Store()
        _fill(store, files, union=_is_union(settings))
        return cls(store, version=version, union=_is_union(settings))

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the store on disk, after building it if the graph has changed.

        Raises `StoreError` if another process holds it, if there is no built graph, or if a file
        of it is not Turtle (with file and line).
        """
        files, version = _inputs(settings)
        lock = _lock(settings.store)
        try:
            folder = settings.store / version
            if not folder.is_dir():
                _build(folder, files, union=_is_union(settings))
            _remove_others(settings.store, keep=version)
            store = ox.Store(str(folder / "db"))
            return cls(store, version=version, union=_is_union(settings), lock=lock)
        except (OSError, RuntimeError) as error:
            lock.close()
            raise StoreError(
                f"{settings.store}: the store cannot be opened: {error}. Check the space and the "
                f"rights of that folder; if it is damaged, remove it and start again"
            ) from error
        except StoreError:
            lock.close()
            raise

    def close(self) -> None:
        """Let the store go, so that another process may open it."""
        del self.graph, self.store
        if self._lock is not None:
            self._lock.close()

    def select(self, query: str) -> list[dict[str, str]]:
        """Return the solutions of one of our own SELECT queries over all graphs, as plain text.

        Unbound variables are left out. Never give it a stranger's text: nothing is checked.
        """
        solutions = self.store.query(query, use_default_graph_as_union=not self.union)
        if not isinstance(solutions, ox.QuerySolutions):
            raise TypeError("only SELECT queries have solutions")
        names = [variable.value for variable in solutions.variables]
        return [
            {
                name: term.value
                for name in names
                if isinstance(term := solution[name], ox.NamedNode | ox.BlankNode | ox.Literal)
            }
            for solution in solutions
        ]


def merged(store: ox.Store, defaults: Iterable[str], named: Iterable[str]) -> ox.Store:
    """Return a store in memory whose default graph is the set of triples of `defaults`.

    It has the graphs `named` too. The engine itself gives a triple that stands in two default
    graphs twice.
    """
    result = ox.Store()
    for name in defaults:
        quads = store.quads_for_pattern(None, None, None, ox.NamedNode(name))
        result.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph()) for quad in quads
        )
    for name in named:
        result.add_graph(ox.NamedNode(name))
        result.bulk_extend(store.quads_for_pattern(None, None, None, ox.NamedNode(name)))
    return result


def _is_union(settings: Settings) -> bool:
    return settings.default_graph == "union"


def _inputs(settings: Settings) -> tuple[list[GraphFile], str]:
    """Return the files to load and the digest that names the store made of them."""
    files = graph_files(settings.graph_folder) if settings.seed else []
    return files, digest(files, LAYOUT, settings.default_graph)


def _lock(folder: Path) -> IO[str]:
    """Take the lock of the store in `folder`; it is let go when the file is closed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be made or written: {error}. Set CEBU_STORE to another folder"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StoreInUseError(
            f"{folder}: another process (id {holder}) is using this store. "
            "Stop it, or set CEBU_STORE to another folder"
        ) from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _build(folder: Path, files: list[GraphFile], *, union: bool) -> None:
    """Build the store in a folder beside `folder` and give it its name when it is whole."""
    building = folder.with_name(f".building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir()
        store = ox.Store(str(building / "db"))
        _fill(store, files, union=union)
        store.flush()
        del store
        meta = {"layout": LAYOUT, "union": union, "graphs": [file.iri for file in files]}
        (building / "meta.json").write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _fill(store: ox.Store, files: Iterable[GraphFile], *, union: bool) -> None:
    for file in files:
        store.bulk_extend(_copies(file) if union else file.quads())


def _copies(file: GraphFile) -> Iterator[ox.Quad]:
    """Yield each statement in its named graph and in the default graph."""
    for quad in file.quads():
        yield quad
        yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph())


def _remove_others(folder: Path, *, keep: str) -> None:
    """Remove stores of older graphs and what a killed build left behind."""
    for path in folder.iterdir():
        if path.name != keep and _OURS.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
