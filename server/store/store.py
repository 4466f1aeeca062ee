"""The embedded store: built once for each state of the graph, opened by one process at a time.

Layout below `CEBU_STORE`: folders named by a version, each with `db/` (RocksDB) and `meta.json`;
`current`, which names the served one; `changes.log` (`server.store.change_log`); and `lock`, held
by the process that serves. The first folder is named by the digest of what was loaded. A folder
appears by one rename when it is whole, so a process killed at any moment leaves the old store or
none.

A change is made to a copy of the store (hard links of files that are never written again). Then it
is added to the log, and only then does the copy take the place of the store, by one rename of the
file `current`. The log is the truth: a store that is behind it is brought to its end when it is
opened.
"""

import contextlib
import fcntl
import itertools
import json
import os
import re
import secrets
import shutil
import threading
import weakref
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import Graph
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from server.settings import Settings
from server.store import provenance
from server.store.change_log import NAME as CHANGES
from server.store.change_log import ChangeLog
from server.store.deltas import Delta, Effect, Ledger, net
from server.store.disk import full, require, sync
from server.store.loader import GraphFile, StoreError, StoreInUseError, digest, graph_files
from server.store.rdf_patch import Heading, Note
from server.store.reading import Reading

if TYPE_CHECKING:
    from rdflib.graph import _TripleSelectorType, _TripleType

# Part of the digest: another layout, or another engine's files, is another store.
LAYOUT: Final = f"cebu-store 1, pyoxigraph {ox.__version__}"

_OURS: Final = re.compile(r"[0-9a-f]{32}|\.(?:building|draft|current|changes|layout)-\d+")
_PAST: Final = re.compile(r"\.past-\d+")
_CURRENT: Final = "current"
_MAKE_ROOM: Final = "Make room on that disk and start again; nothing is lost"
# Past states that are kept; who holds one beyond that keeps it alive.
PAST_KEPT: Final = 4
# A write is not begun with less room, and not made if it leaves less than the second: what comes
# after the log, for those who read, must not fail.
_ROOM: Final = 8 * 1024 * 1024
_ROOM_LEFT: Final = 2 * 1024 * 1024
# What this program writes; a folder of a higher number was written by a newer one.
_FORMAT: Final = 3
# From this layout on the changes are recorded in the store too.
_RECORDING: Final = 3
_FORMAT_FILE: Final = "layout"


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """Where a copy of the store is that may be changed: in `folder`, or in memory in `store`.

    `version` is the one that it will be if it is adopted.
    """

    union: bool
    folder: Path | None = None
    store: ox.Store | None = None
    version: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def database(self) -> Path:
        """Return the folder of the database itself."""
        if self.folder is None:
            raise ValueError("this draft is in memory")
        return self.folder / "db"


class Past(Reading):
    """A past state, read only.

    `database` is its folder for other processes; it is there as long as this object is.
    """

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.log = None
        self.version = ""
        self.database = folder / "db"

    def open(self, *, union: bool) -> None:
        """Open the database, which nobody will write to any more."""
        self.union = union
        self.store = ox.Store.read_only(str(self.database))
        self.graph = _view(self.store, union=union)
        self.graphs = _names(self.store)


class _AllGraphs(Graph):
    """All graphs of a store as one, each triple once, where the default graph has no copy."""

    def triples(self, triple: "_TripleSelectorType") -> "Iterator[_TripleType]":  # type: ignore[override]
        """Yield the triples of all graphs that match the pattern."""
        yield from {found for found, _ in self.store.triples(triple, context=None)}  # type: ignore[arg-type]


class GraphStore(Reading):
    """The served graph: a pyoxigraph store, its view for rdflib, and what is known of it."""

    def __init__(
        self,
        store: ox.Store,
        *,
        version: str,
        union: bool,
        lock: IO[str] | None = None,
        folder: Path | None = None,
        log: ChangeLog | None = None,
        number: int = 0,
        seed: str = "",
    ) -> None:
        """Serve `store`, the state after change `number`.

        `folder` is CEBU_STORE, and None for a graph in memory, which has no log of changes either.
        `seed` is the digest of the built graph that is in the store.
        """
        self.union = union
        self.log = log
        self.number = number
        self.seed = seed or version
        # Whoever changes the store holds it.
        self.writing = threading.Lock()
        self._counted = ("", 0)
        self._past: dict[int, Past] = {}
        self._remembering = threading.Lock()
        self._swapping = threading.Lock()
        self._folder = folder
        self._lock = lock
        self._serve(store, version)
        # Later on whoever asks pays: a change need not count the whole graph.
        self._counted = (version, self.triples)

    def _serve(self, store: ox.Store, version: str) -> None:
        """Be the graph that `store` has, from now on."""
        self.store = store
        self.graph = _view(store, union=self.union)
        self.graphs = _names(store)
        # Last, for what is kept by version: it is never older than the version says.
        self.version = version

    @property
    def home(self) -> Path | None:
        """Return the folder of the served version, None for a graph in memory."""
        return None if self._folder is None else self._folder / self.version

    @property
    def triples(self) -> int:
        """Return the number of statements, each counted once however many graphs have it."""
        version, number = self._counted
        if version != self.version:
            version = self.version
            # Only the copy in the default graph makes the count a cheap one.
            number = super().triples
            self._counted = version, number
        return number

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
        union = _is_union(settings)
        lock = take_lock(settings.store)
        try:
            layout = _check_format(settings.store)
            log = ChangeLog.open(settings.store, _made(settings.store))
            served = _served(settings.store, seed, log, union=union, is_seeded=bool(files))
            if served is None and log is not None and log.first > 1:
                raise StoreError(
                    f"{settings.store}: the store is lost, and the log of changes begins with "
                    f"{log.first}. Put the whole folder back from a copy"
                )
            version, number = served or (seed, 0)
            if not (settings.store / version).is_dir():
                _build(settings.store / version, files, union=union)
            if log is not None and number > log.last:
                raise StoreError(
                    f"{log.path}: the log of changes ends at {log.last}, and the store has change "
                    f"{number}. Put the file back from a copy; or move it away to go on without "
                    "the history, from the state that the store has"
                )
            if log is not None:
                recorded = number if layout >= _RECORDING else log.first - 1
                if min(number, recorded) < log.last:
                    version, number = _brought_up(
                        settings.store, version, number, log, recorded=recorded, union=union
                    )
            _write_format(settings.store, layout)
            former = _seed(settings.store, version)
            if log is not None and former not in {log.base, version}:
                # The next one is compared with it.
                if former == seed and not (settings.store / former).is_dir():
                    _build(settings.store / former, files, union=union)
                _remove_others(settings.store, _OURS, keep={version, former})
            else:
                _remove_others(settings.store, _OURS, keep={version})
            _remove_others(settings.store, _PAST)
            return cls(
                ox.Store(str(settings.store / version / "db")),
                version=version,
                union=union,
                lock=lock,
                folder=settings.store,
                log=log,
                number=number,
                seed=former,
            )
        except (OSError, RuntimeError) as error:
            lock.close()
            raise StoreError(
                f"{settings.store}: the store cannot be opened: {error}. {_opening(error)}"
            ) from error
        except StoreError:
            lock.close()
            raise

    def close(self) -> None:
        """Let the store go, so that another process may open it."""
        self._past.clear()
        del self.graph, self.store
        if self._lock is not None:
            self._lock.close()

    @contextlib.contextmanager
    def former_seed(self) -> Iterator[ox.Store]:
        """Give the built graph that is in the store, as it was built.

        Raises `KeyError` if it is not here any more.
        """
        if self._folder is None:
            raise KeyError(self.seed)
        folder = self._folder / self.seed / "db"
        if folder.is_dir() and self.version != self.seed:
            yield ox.Store.read_only(str(folder))
            return
        # What was loaded at first is the state before all changes.
        first, base = (self.log.first - 1, self.log.base) if self.log else (self.number, self.seed)
        if first or base != self.seed:
            raise KeyError(self.seed)
        past = self.at(0)
        yield past.store

    def built(self, settings: Settings) -> tuple[str, ox.Store] | None:
        """Return the built graph of the files and its digest, None if the store has that one.

        Raises `StoreError` if a file cannot be loaded, or if there are none.
        """
        files, seed = _inputs(settings)
        if self._folder is None or seed == self.seed or not files:
            return None
        if not (self._folder / seed).is_dir():
            _build(self._folder / seed, files, union=self.union)
        return seed, ox.Store.read_only(str(self._folder / seed / "db"))

    def at(self, number: int) -> "Past":
        """Return the state after change `number`; 0 is what was loaded at first.

        It is made from the served one by undoing what came since, and few are kept. Raises
        `KeyError` if there is no such version, and `OSError` or `RuntimeError` if there is no room.
        """
        with self._remembering:
            with self._swapping:
                store, last, log = self.store, self.number, self.log
            first = log.first - 1 if log else last
            if self._folder is None or not first <= number <= last:
                raise KeyError(number)
            found = self._past.pop(number, None)
            if found is None:
                later = range(number + 1, last + 1)
                effects: list[Effect] = []
                if log and later:
                    effects = [
                        provenance.unrecorded(map(log.heading, later)),
                        net(log.delta(step) for step in later).inverse().effect(),
                    ]
                found = Past(number, _place(self._folder))
                _rebuild(found, store, effects, union=self.union)
            # The first state is known before there is a log.
            found.log = log
            self._past[number] = found
            while len(self._past) > PAST_KEPT:
                self._past.pop(next(iter(self._past)))
            return found

    def backup(self, folder: Path, deadline: float | None = None) -> None:
        """Write a copy of the database to `folder`, of hard links where that can be.

        That takes no time worth naming: `deadline` is for those who fetch it.
        """
        del deadline
        if self._folder is None:
            ox.Store(str(folder)).bulk_extend(self.store)
        else:
            self.store.backup(str(folder))

    def missing(self, iris: Iterable[str]) -> frozenset[str]:
        """Return those of the addresses of which the graph says nothing."""
        store = self.store
        return frozenset(
            iri
            for iri in iris
            if next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None) is None
        )

    @contextlib.contextmanager
    def draft(self) -> Iterator[DraftPlace]:
        """Give a copy of the store to change; it is gone with the block unless it was adopted."""
        if self._folder is None:
            yield DraftPlace(self.union, store=copied(self.store))
            return
        folder = self._folder / f".draft-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        require(self._folder, _ROOM)
        folder.mkdir()
        try:
            self.store.backup(str(folder / "db"))
            yield DraftPlace(self.union, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def heading(self, note: Note) -> Heading | None:
        """Return the heading of a change that is made next; a graph in memory has no log."""
        if self._folder is None:
            return None
        log = self.log
        previous = log.heading(log.last) if log and log.last >= log.first else None
        return Heading.new((log.last if log else self.number) + 1, previous, note)

    def adopt(
        self, draft: DraftPlace, delta: Delta | None = None, heading: Heading | None = None
    ) -> int | None:
        """Log the change, serve the draft from now on, and return the number of the change.

        `heading` is the one of `heading`, and recorded in the draft.
        Nobody else may have it open. What is being read goes on with the old store, whose files
        are kept until the next time. A graph in memory has no log. Raises `OSError` or
        `RuntimeError` if it cannot be: then all is as it was.
        """
        if self._folder is None or draft.folder is None:
            assert draft.store is not None  # noqa: S101 (one of the two is there)
            self._serve(draft.store, draft.version)
            return None
        folder, old = self._folder / draft.version, self.version
        assert heading is not None  # noqa: S101 (`heading` has made it, and it is in the draft)
        number, seed = heading.number, heading.note.seed or self.seed
        log = self.log = self.log or _new_log(self._folder, old, self.number)
        for extra in draft.folder.glob("copy-*"):
            shutil.rmtree(extra, ignore_errors=True)
        try:
            _describe(draft.folder, self._folder / old, seed, number)
            draft.folder.rename(folder)
            store = ox.Store(str(folder / "db"))
            pointer = _pointer(self._folder, draft.version)
            require(self._folder, _ROOM_LEFT)
            # With this the change is made.
            log.append(heading, delta or Delta())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            pointer.rename(self._folder / _CURRENT)
        except OSError:
            log.take_back()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        # Should this not reach the disk, the log has: the store is behind, and brought to its end.
        with contextlib.suppress(OSError):
            sync(self._folder)
        self.seed = seed
        kept = {draft.version, old, *({seed} if seed != log.base else ())}
        _remove_others(self._folder, _OURS, keep=kept)
        with self._swapping:
            self.number = number
            self._serve(store, draft.version)
        return number


def _place(folder: Path) -> Path:
    """Return a folder for a past state."""
    place = folder / f".past-{secrets.randbits(60)}"
    place.mkdir()
    return place


def _rebuild(past: Past, store: ox.Store, effects: Iterable[Effect], *, union: bool) -> None:
    """Make a past state of what `effects` make of `store`; its folder goes when it does."""
    weakref.finalize(past, shutil.rmtree, past.database.parent, ignore_errors=True)
    store.backup(str(past.database))
    if wanted := list(effects):
        copy = ox.Store(str(past.database))
        for effect in wanted:
            Ledger(copy, union).make(effect)
        copy.flush()
        del copy
    past.open(union=union)


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


def _view(store: ox.Store, *, union: bool) -> Graph:
    view = Graph if union else _AllGraphs
    return view(OxigraphStore(store=store), DATASET_DEFAULT_GRAPH_ID)


def _names(store: ox.Store) -> frozenset[str]:
    return frozenset(name.value for name in store.named_graphs() if isinstance(name, ox.NamedNode))


def _is_union(settings: Settings) -> bool:
    return settings.default_graph == "union"


def _inputs(settings: Settings) -> tuple[list[GraphFile], str]:
    """Return the files to load and the digest that names the store made of them."""
    files = graph_files(settings.graph_folder) if settings.seed else []
    return files, digest(files, LAYOUT, settings.default_graph)


def _check_format(folder: Path) -> int:
    """Return the layout of the folder, 0 if it has none yet.

    Raises `StoreError` if a newer program has written it.
    """
    try:
        found = (folder / _FORMAT_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 0
    if not found.isdigit() or int(found) > _FORMAT:
        raise StoreError(
            f"{folder}: this store has the layout {found[:20]!r}, and this program knows those up "
            f"to {_FORMAT}. Run the newer Cebu that wrote it, or set CEBU_STORE to another folder"
        )
    return int(found)


def _write_format(folder: Path, former: int) -> None:
    """Say that this program has written the folder."""
    if former != _FORMAT:
        fresh = folder / f".layout-{os.getpid()}"
        fresh.write_text(f"{_FORMAT}\n", encoding="ascii")
        fresh.rename(folder / _FORMAT_FILE)


def _served(
    folder: Path, seed: str, log: ChangeLog | None, *, union: bool, is_seeded: bool
) -> tuple[str, int] | None:
    """Return the version that writing has made, and its change; None if it is that of the seed.

    If the graph was built anew since, that is the state without it (`server.writing.rebuilds`).
    Raises `StoreError` if what was written was written to a store of another kind, or is not here.
    """
    base, number, found = (log.base, log.last, None) if log else (seed, 0, None)
    try:
        version = (folder / _CURRENT).read_text(encoding="ascii").strip()
        meta = json.loads((folder / version / "meta.json").read_text(encoding="utf-8"))
        base, found = meta["seed"], (version, _number(meta))
        number = max(number, found[1])
    except FileNotFoundError:
        if log is not None and (folder / log.base).is_dir():
            found = log.base, 0
    if base != seed and not (found and _is_alike(folder / found[0], union, is_seeded)):
        raise StoreError(
            f"{folder}: the engine, CEBU_DEFAULT_GRAPH or CEBU_SEED has changed (or the built "
            f"graph, and the store is lost), and there are {number} changes written to the former "
            f"one. Put that back to keep them, or to give them up for the new graph, remove "
            f"the files {folder / _CURRENT} and {folder / CHANGES}"
        )
    return found


def _is_alike(version: Path, union: bool, is_seeded: bool) -> bool:
    """Say whether a version differs from what would be built now by the built graph alone."""
    meta = json.loads((version / "meta.json").read_text(encoding="utf-8"))
    found = meta.get("layout"), meta.get("union"), bool(meta.get("graphs"))
    return found == (LAYOUT, union, is_seeded)


def _seed(folder: Path, version: str) -> str:
    """Return the digest of the built graph that a version has."""
    meta = json.loads((folder / version / "meta.json").read_text(encoding="utf-8"))
    return str(meta.get("seed", version))


def _made(folder: Path) -> int:
    """Return the number of the last change that the served version has, 0 if none is known."""
    try:
        version = (folder / _CURRENT).read_text(encoding="ascii").strip()
        return _number(json.loads((folder / version / "meta.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _number(meta: dict[str, Any]) -> int:
    """Return the number of the change that made a version; the first layout only counted them."""
    return int(meta.get("change", meta.get("updates", 0)))


def _new_log(folder: Path, version: str, number: int) -> ChangeLog:
    return ChangeLog.create(folder, _seed(folder, version), number)


def _brought_up(
    folder: Path, version: str, number: int, log: ChangeLog, *, recorded: int, union: bool
) -> tuple[str, int]:
    """Bring a version to the end of the log, and return the version made and its number.

    `recorded` is the last change of which its graph of provenance tells.
    """
    wanted = net(log.delta(each) for each in range(number + 1, log.last + 1))
    draft = folder / f".draft-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    store = ox.Store(str(folder / version / "db"))
    store.backup(str(draft / "db"))
    del store
    copy = ox.Store(str(draft / "db"))
    ledger = Ledger(copy, union)
    ledger.make(wanted.effect())
    made = ledger.delta()
    headings = map(log.heading, range(recorded + 1, log.last + 1))
    Ledger(copy, union).make(provenance.recorded(headings))
    copy.flush()
    del copy, ledger
    if made != wanted:
        raise StoreError(
            f"{log.path}: changes {number + 1} to {log.last} do not fit the store, whose last one "
            f"is {number}. Put back the folder {folder} whole from a copy"
        )
    fresh = secrets.token_hex(16)
    seed = _seed(folder, version)
    for each in range(number + 1, log.last + 1):
        seed = log.heading(each).note.seed or seed
    _describe(draft, folder / version, seed, log.last)
    draft.rename(folder / fresh)
    _pointer(folder, fresh).rename(folder / _CURRENT)
    sync(folder)
    return fresh, log.last


def _describe(draft: Path, old: Path, seed: str, number: int) -> None:
    """Write what is known of a version beside its database."""
    meta = json.loads((old / "meta.json").read_text(encoding="utf-8"))
    meta |= {"seed": seed, "change": number}
    with (draft / "meta.json").open("w", encoding="utf-8") as file:
        file.write(json.dumps(meta, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync(draft / "db")
    sync(draft)


def _pointer(folder: Path, version: str) -> Path:
    """Return a file on the disk that names a version, ready to become `current`."""
    path = folder / f".current-{os.getpid()}"
    with path.open("w", encoding="ascii") as file:
        file.write(version + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def take_lock(folder: Path) -> IO[str]:
    """Take the lock of the store in `folder`; it is let go when the file is closed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be made or written: {error}. {_writing(error)}"
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
    try:
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
    except OSError as error:
        with contextlib.suppress(OSError):  # it would write again what it could not
            file.close()
        raise StoreError(f"{folder}: cannot be written: {error}. {_writing(error)}") from error
    return file


def _writing(error: Exception) -> str:
    """Return what to do about a folder that cannot be written."""
    return _MAKE_ROOM if full(error) else "Set CEBU_STORE to another folder"


def _opening(error: Exception) -> str:
    """Return what to do about a store that cannot be opened."""
    if full(error):
        return _MAKE_ROOM
    return (
        "Check the space and the rights of that folder; if it is damaged, remove it but for "
        "changes.log, and start again: the changes are in that file"
    )


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
    # In one go: the engine writes files of its own for each.
    loaded = (_copies(file) if union else file.quads() for file in files)
    store.bulk_extend(itertools.chain.from_iterable(loaded))


def _copies(file: GraphFile) -> Iterator[ox.Quad]:
    """Yield each statement in its named graph and in the default graph."""
    for quad in file.quads():
        yield quad
        yield ox.Quad(quad.subject, quad.predicate, quad.object, ox.DefaultGraph())


def _remove_others(folder: Path, kind: "re.Pattern[str]", *, keep: Collection[str] = ()) -> None:
    """Remove stores of older graphs and what a killed process left behind."""
    for path in folder.iterdir():
        if path.name in keep or not kind.fullmatch(path.name):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
