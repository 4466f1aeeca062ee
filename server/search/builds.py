"""Keeps an index for the graph that is served: built in a process beside, one for each version.

Until the index of a new version is there, searches go on in the former one, without what is gone.
"""

import logging
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from server.http.problems import Problem
from server.search.index import file_name
from server.search.results import SearchIndex
from server.settings import ROOT, Settings
from server.store.store import GraphStore

# How long the first search of all waits for an index, in seconds.
WAIT_SECONDS: Final = 15
COME_BACK_SECONDS: Final = 5
# How long after a failure the same is tried again.
RETRY_SECONDS: Final = 60
# A new index waits until the graph has been the same for so long, but not longer than that.
QUIET_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 10.0
_BUILD_SECONDS: Final = 300
_CLOSE_SECONDS: Final = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Current:
    """The index to search; `gone` is what it has and the graph has not any more.

    It `is_old` if it is of a former state of the graph.
    """

    index: SearchIndex
    is_old: bool = False
    gone: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Keeper:
    """The index of one store, and the process that builds the next one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Condition = field(default_factory=threading.Condition)
    index: SearchIndex | None = None
    building: str = ""
    failed: str = ""
    again: float = 0.0
    gone: tuple[str, frozenset[str]] = ("", frozenset())
    process: "subprocess.Popen[bytes] | None" = None
    thread: threading.Thread | None = None
    stopped: threading.Event = field(default_factory=threading.Event)


_keepers: weakref.WeakKeyDictionary[GraphStore, _Keeper] = weakref.WeakKeyDictionary()
_keeping = threading.Lock()


def refresh(data: GraphStore, settings: Settings) -> None:
    """Begin to build the index of the graph as it is now, unless it is there; do not wait."""
    keeper = _keeper(data)
    index, version = keeper.index, data.version
    if index is not None and index.version == version:
        return
    with keeper.lock:
        if keeper.building or keeper.stopped.is_set():
            return  # what is built next is looked at again then
        if keeper.failed == version and time.monotonic() < keeper.again:
            return
        keeper.building, keeper.failed = version, ""
        thread = threading.Thread(target=_build, args=(keeper, data, settings), daemon=True)
        keeper.thread = thread
        thread.start()


def current(data: GraphStore, settings: Settings) -> Current:
    """Return the index to search.

    Raises `Problem` if there is none yet, after waiting for it, or it cannot be built.
    """
    keeper = _keeper(data)
    version = data.version
    refresh(data, settings)
    with keeper.done:
        keeper.done.wait_for(
            lambda: keeper.index is not None or keeper.failed == version, WAIT_SECONDS
        )
    index = keeper.index
    if index is None:
        if keeper.failed:
            raise Problem("internal", "The search index could not be built; the log says why.")
        raise Problem(
            "busy",
            "The search index is being built.",
            headers={"Retry-After": str(COME_BACK_SECONDS)},
        )
    if index.version == version:
        return Current(index)
    return Current(index, is_old=True, gone=_gone(keeper, index, data, version))


def close(data: GraphStore) -> None:
    """Stop building, so that nothing reads the store any more."""
    keeper = _keeper(data)
    with keeper.lock:
        keeper.stopped.set()
        process, thread = keeper.process, keeper.thread
    if process is not None:
        process.kill()
    if thread is not None:
        thread.join(_CLOSE_SECONDS)


def _keeper(data: GraphStore) -> _Keeper:
    with _keeping:
        return _keepers.setdefault(data, _Keeper())


def _gone(keeper: _Keeper, index: SearchIndex, data: GraphStore, version: str) -> frozenset[str]:
    """Return what the index has and the graph says nothing of, looked up once for each version."""
    key = f"{index.version} {version}"
    known, gone = keeper.gone
    if known != key:
        gone = data.missing(index.iris)
        keeper.gone = key, gone
    return gone


def _build(keeper: _Keeper, data: GraphStore, settings: Settings) -> None:
    """Build indexes until there is one of the graph as it is."""
    version = keeper.building
    while True:
        index = None
        if keeper.index is not None:
            version = _settled(keeper, data)
        try:
            index = _made(keeper, data, settings, version)
        except (OSError, AttributeError, sqlite3.Error, subprocess.SubprocessError):
            if keeper.stopped.is_set():
                return
            # Of a graph that was replaced meanwhile the files may be gone.
            if data.version == version:
                _log.exception("the search index of %s cannot be built", version)
                keeper.failed, keeper.again = version, time.monotonic() + RETRY_SECONDS
        with keeper.lock:
            keeper.index = index or keeper.index
            version = data.version
            over = keeper.stopped.is_set() or keeper.failed == version
            over = over or (keeper.index is not None and keeper.index.version == version)
            keeper.building = "" if over else version
        with keeper.done:
            keeper.done.notify_all()
        if over:
            return


def _settled(keeper: _Keeper, data: GraphStore) -> str:
    """Return the version of the graph after waiting for the end of several writes in a row."""
    end = time.monotonic() + LONGEST_SECONDS
    version = data.version
    while time.monotonic() < end and not keeper.stopped.wait(QUIET_SECONDS):
        if data.version == version:
            break
        version = data.version
    return data.version


def _made(keeper: _Keeper, data: GraphStore, settings: Settings, version: str) -> SearchIndex:
    """Return the index of a version, from its file if it was built before."""
    folder = settings.store / version
    path = folder / file_name(settings.queries)
    snapshot = folder / ".search"
    shutil.rmtree(snapshot, ignore_errors=True)
    # What a build that was killed, or another release, left behind.
    for other in (*folder.glob("search-*.sqlite"), *folder.glob(".search-*")):
        if other != path:
            other.unlink(missing_ok=True)
    if path.is_file():
        try:
            return SearchIndex(path, version)
        except sqlite3.Error:
            _log.warning("the search index %s is damaged and is built anew", path)
    # Another process cannot read what this one may write: it gets files of its own (links).
    data.backup(snapshot)
    if data.version != version:
        raise FileNotFoundError(version)
    try:
        _run(keeper, snapshot, path, settings.queries, union=data.union)
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)
    return SearchIndex(path, version)


def _run(keeper: _Keeper, snapshot: Path, path: Path, questions: Path, *, union: bool) -> None:
    command = [sys.executable, "-m", "server.search.index", str(snapshot.absolute())]
    with keeper.lock:
        if keeper.stopped.is_set():
            raise FileNotFoundError(path)
        process = keeper.process = subprocess.Popen(  # noqa: S603 (our own words)
            [*command, str(path.absolute()), "1" if union else "0", str(questions.absolute())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    try:
        _, said = process.communicate(timeout=_BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    finally:
        keeper.process = None
    if process.returncode:
        raise subprocess.SubprocessError(said.decode(errors="replace")[-2000:])
