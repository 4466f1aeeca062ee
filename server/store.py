"""The embedded store: built once for each state of the graph, opened by one process at a time.

Layout below `CEBU_STORE`: one folder named by the digest of what was loaded, with `db/` (RocksDB)
and `meta.json`; and `lock`, held by the process that serves. A folder appears by one rename when
it is whole, so a process killed at any moment leaves the old store or none.

A change is made to a copy of the store (hard links of files that are never written again), which
gets a folder of its own and then the place of the old one, by one rename of the file `current`.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import Graph
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from ontology.namespaces import PREFIXES
from server.loader import GraphFile, StoreError, StoreInUseError, digest, graph_files
from server.settings import Settings

if TYPE_CHECKING:
    from rdflib.graph import _TripleSelectorType, _TripleType

# Part of the digest: another layout, or another engine's files, is another store.
LAYOUT: Final = f"cebu-store 1, pyoxigraph {ox.__version__}"

_OURS: Final = re.compile(r"[0-9a-f]{32}|\.(?:building|draft|current)-\d+")
_CURRENT: Final = "current"


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """Where a copy of the store is that may be changed: in `folder`, or in memory in `store`."""

    union: bool
    folder: Path | None = None
    store: ox.Store | None = None

    @property
    def database(self) -> Path:
        """Return the folder of the database itself."""
        if self.folder is None:
            raise ValueError("this draft is in memory")
        return self.folder / "db"


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
        self,
        store: ox.Store,
        *,
        version: str,
        union: bool,
        lock: IO[str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.union = union
        # Whoever changes the store holds it.
        self.writing = threading.Lock()
        self._folder = folder
        self._lock = lock
        self._serve(store, version)

    def _serve(self, store: ox.Store, version: str) -> None:
        """Be the graph that `store` has, from now on."""
        self.store = store
        view = Graph if self.union else _AllGraphs
        self.graph = view(OxigraphStore(store=store), DATASET_DEFAULT_GRAPH_ID)
        self.graphs = frozenset(
            name.value for name in store.named_graphs() if isinstance(name, ox.NamedNode)
        )
        # Only the copy in the default graph makes the plain, cheap count a count of the set.
        count = "COUNT(*)" if self.union else "COUNT(DISTINCT TRIPLE(?s, ?p, ?o))"
        self.triples = int(self.select(f"SELECT ({count} AS ?n) {{ ?s ?p ?o }}")[0]["n"])
        # Last, for what is kept by version: it is never older than the version says.
        self.version = version

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

        Raises `StoreError` if another process holds it, if there is no built graph, if a file of
        it is not Turtle (with file and line), or if the graph has changed and what was written to
        the former one would be lost.
        """
        files, seed = _inputs(settings)
        lock = take_lock(settings.store)
        try:
            version = _written(settings.store, seed) or seed
            folder = settings.store / version
            if not folder.is_dir():
                _build(folder, files, union=_is_union(settings))
            _remove_others(settings.store, keep=version)
            store = ox.Store(str(folder / "db"))
            return cls(
                store,
                version=version,
                union=_is_union(settings),
                lock=lock,
                folder=settings.store,
            )
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

    def backup(self, folder: Path) -> None:
        """Write a copy of the database to `folder`, of hard links where that can be."""
        self.store.backup(str(folder))

    def dump(self, wanted: ox.RdfFormat, name: str | None) -> bytes:
        """Return one graph as a document; None names the default graph."""
        graph = ox.DefaultGraph() if name is None else ox.NamedNode(name)
        return self.store.dump(format=wanted, from_graph=graph, prefixes=PREFIXES) or b""

    def dump_all(self, wanted: ox.RdfFormat) -> bytes:
        """Return all graphs as a document."""
        # The copy that makes the default graph the union is no statement of its own.
        quads = (
            quad
            for quad in self.store.quads_for_pattern(None, None, None, None)
            if not (self.union and isinstance(quad.graph_name, ox.DefaultGraph))
        )
        return ox.serialize(quads, format=wanted, prefixes=PREFIXES) or b""

    @contextlib.contextmanager
    def draft(self) -> Iterator[DraftPlace]:
        """Give a copy of the store to change; it is gone with the block unless it was adopted."""
        if self._folder is None:
            yield DraftPlace(self.union, store=copied(self.store))
            return
        folder = self._folder / f".draft-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            self.store.backup(str(folder / "db"))
            yield DraftPlace(self.union, folder=folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, draft: DraftPlace) -> None:
        """Serve the draft from now on, and after a restart.

        Nobody else may have it open. What is being read goes on with the old store, whose files
        are kept until the next time.
        """
        version = secrets.token_hex(16)
        if self._folder is None or draft.folder is None:
            assert draft.store is not None  # noqa: S101 (one of the two is there)
            self._serve(draft.store, version)
            return
        folder, old = self._folder / version, self.version
        meta = json.loads((self._folder / old / "meta.json").read_text(encoding="utf-8"))
        meta["seed"] = meta.get("seed", old)
        meta["updates"] = meta.get("updates", 0) + 1
        text = json.dumps(meta, indent=2) + "\n"
        for extra in draft.folder.glob("before-*"):
            shutil.rmtree(extra, ignore_errors=True)
        (draft.folder / "meta.json").write_text(text, encoding="utf-8")
        draft.folder.rename(folder)
        store = ox.Store(str(folder / "db"))
        _point(self._folder, version)
        _remove_others(self._folder, keep=version, too=old)
        self._serve(store, version)

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


def copied(store: ox.Store) -> ox.Store:
    """Return a copy of the store in memory."""
    copy = ox.Store()
    copy.extend(store)
    for name in store.named_graphs():
        copy.add_graph(name)
    return copy


def _is_union(settings: Settings) -> bool:
    return settings.default_graph == "union"


def _inputs(settings: Settings) -> tuple[list[GraphFile], str]:
    """Return the files to load and the digest that names the store made of them."""
    files = graph_files(settings.graph_folder) if settings.seed else []
    return files, digest(files, LAYOUT, settings.default_graph)


def _written(folder: Path, seed: str) -> str | None:
    """Return the version that writing has made of the store of `seed`, None if there is none.

    Raises `StoreError` if what was written was written to another graph.
    """
    try:
        version = (folder / _CURRENT).read_text(encoding="ascii").strip()
        meta = json.loads((folder / version / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if meta["seed"] != seed:
        raise StoreError(
            f"{folder}: the built graph, the engine or CEBU_DEFAULT_GRAPH has changed, and the "
            f"store has {meta['updates']} changes that were written to the former one. Put that "
            "back to keep them, or to give them up for the new graph, remove the file "
            f"{folder / _CURRENT}"
        )
    return version


def _point(folder: Path, version: str) -> None:
    """Name the version that is served, on the disk, before anybody is told that it is."""
    path = folder / f".current-{os.getpid()}"
    with path.open("w", encoding="ascii") as file:
        file.write(version + "\n")
        file.flush()
        os.fsync(file.fileno())
    path.rename(folder / _CURRENT)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(folder: Path) -> IO[str]:
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


def _remove_others(folder: Path, *, keep: str, too: str = "") -> None:
    """Remove stores of older graphs and what a killed build left behind."""
    for path in folder.iterdir():
        if path.name not in {keep, too} and _OURS.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
