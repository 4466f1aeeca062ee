"""Queries in processes that can be killed, over snapshots of the store.

A query gets a process of its own for its time. Whoever takes too long, too much memory or crashes
loses that process and nothing else; a new one is forked in its place. Queries wait for a process in
the order of their arrival. When all processes are taken and others wait, half of the processes are
for light queries: the youngest of the long ones beyond the other half makes room.
"""

import contextlib
import itertools
import logging
import math
import os
import queue
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Literal

from server import metrics
from server.engine.evaluation import Answer, QueryRequest, memory_problem
from server.engine.limits import Limits
from server.engine.messages import Refusal, Reply, Work
from server.engine.template import Child, CopyTemplate, Template
from server.http.problems import Problem
from server.sparql import guard
from server.store.changes import Change, Changed
from server.store.store import DraftPlace, GraphStore, Past

# How long a query may wait for a process, and how long a client should before it asks again.
WAIT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 5
# A copy in memory is made of what has not changed for so long.
SETTLE_SECONDS: Final = 0.3
_LOOK_SECONDS: Final = 0.25

_Kind = Literal["query", "write"]

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Waiter:
    """A query without a process yet."""

    came: threading.Event = field(default_factory=threading.Event)
    child: Child | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """What processes read: a snapshot, and the template that has it in memory, if there is one."""

    snapshot: Path
    copy: CopyTemplate | None = None

    def is_of(self, child: Child) -> bool:
        """Say whether the child reads this."""
        return child.snapshot == self.snapshot and (
            self.copy is None or child.template is self.copy
        )


class QueryPool:
    """An `Engine` of query processes over the store that this process holds open.

    Graphs of at most `in_memory` statements are also held in memory.
    """

    def __init__(
        self,
        data: GraphStore,
        folder: Path,
        *,
        workers: int,
        waiting: int,
        limits: Limits,
        in_memory: int = 0,
        template: Template | None = None,
    ) -> None:
        self.generation = 0
        self.version = data.version
        self._data = data
        self._folder = folder
        self._workers = workers
        self._most_waiting = waiting
        self._limits = limits
        self._lock = threading.Lock()
        self._reloading = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._waiters: deque[_Waiter] = deque()
        self._copies: set[CopyTemplate] = set()
        self._copying: Path | None = None
        self._retired: set[Path] = set()
        self._most_in_memory = in_memory
        self._numbers = itertools.count(1)
        self._closed = False
        _remove_old(folder)
        self._template = template or Template()
        self._source = _Source(self._take_snapshot())
        self._idle = [self._fork() for _ in range(workers)]
        for child in self._idle:
            child.wait()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._keeper = threading.Thread(target=self._keep, name="query-pool", daemon=True)
        self._keeper.start()
        # Set when there is something to copy, or nothing any more.
        self._is_uncopied = threading.Event()
        self._is_uncopied.set()
        self._copier = threading.Thread(target=self._keep_copy, name="copy", daemon=True)
        self._copier.start()

    def query(self, request: QueryRequest, past: Past | None = None) -> Answer:
        """Answer the query; see `Engine.query`.

        Raises `Problem` too if it takes more time or memory than it may, or if all are busy.
        """
        guard.check_size(request.text)
        child = self._take()
        while child.is_dead():
            self._replace(child)
            child = self._take()
        if past is not None:
            return self._query_past(child, request, past)
        is_spent = True
        began = time.perf_counter()
        metrics.QUERIES_RUNNING.inc()
        try:
            reply, body, took_long = self._ask(child, request)
            is_spent = reply.spent or took_long
        finally:
            metrics.QUERIES_RUNNING.dec()
            metrics.QUERY_SECONDS.observe(time.perf_counter() - began)
            if is_spent:
                self._replace(child)
            else:
                self._give_back(child)
        return _counted(reply, body)

    def _query_past(self, place: Child, request: QueryRequest, past: Past) -> Answer:
        """Answer from a past state, in a process for this query alone.

        It stands in the place of another, so that there are never more at work than there may be.
        """
        began = time.perf_counter()
        metrics.QUERIES_RUNNING.inc()
        try:
            try:
                child = self._template.fork(Work(str(past.database), self._limits))
            except (OSError, EOFError) as error:
                raise Problem("query-failed", f"It could not be begun: {error!r}.") from error
            try:
                with self._lock:
                    self._busy.discard(place)
                    self._begin(child)
                child.wait()
                child.begin()
                reply, body, _ = self._ask(child, request)
            except (OSError, EOFError):
                raise self._explain(child) from None
            finally:
                child.socket.close()
                # The past state may be removed after this.
                self._end(child)
                with self._lock:
                    self._busy.discard(child)
        finally:
            metrics.QUERIES_RUNNING.dec()
            metrics.QUERY_SECONDS.observe(time.perf_counter() - began)
            self._give_back(place)
        return _counted(reply, body)

    def change(self, draft: DraftPlace, change: Change) -> Changed:
        """Make the change in a process of its own; see `Engine.change`.

        Raises `Problem` too if it takes more time than a change may, or more memory than a query.
        """
        place = Work(str(draft.database), self._limits, union=draft.union)
        try:
            child = self._template.fork(place)
        except (OSError, EOFError) as error:
            raise Problem("write-failed", f"It could not be begun: {error!r}.") from error
        try:
            child.wait()
            child.begin()
            changed = _result(self._ask(child, change)[0])
        except (OSError, EOFError) as error:
            raise self._explain(child, "write") from error
        finally:
            child.socket.close()
            # Nobody may have the draft open any more.
            self._end(child)
        assert isinstance(changed, Changed)  # noqa: S101 (it was asked a change)
        return changed

    def reload(self) -> None:
        """Answer from the store as it is now; return when the next query will see it.

        Queries that are being answered keep the snapshot that they began with.
        """
        try:
            self._reload()
        except (OSError, RuntimeError) as error:
            # The data are changed already, and stay so.
            _log.error("queries see the former data until a snapshot can be made: %s", error)
            threading.Thread(target=self._reload_later, name="reload", daemon=True).start()

    def _reload_later(self) -> None:
        while not self._closed:
            time.sleep(1)
            with contextlib.suppress(OSError, RuntimeError):
                self._reload()
                return

    def _reload(self) -> None:
        with self._reloading:
            version = self._data.version
            source = _Source(self._take_snapshot())
            with self._lock:
                self._retired.add(self._source.snapshot)
                self.generation += 1
                self.version = version
                retired = self._turn_to(source)
            for child in retired:
                self._replace(child)
            self._jobs.put(self._remove_unused)
            self._is_uncopied.set()

    @property
    def is_in_memory(self) -> bool:
        """Say whether queries are answered from memory now."""
        return self._source.copy is not None

    def pids(self) -> list[int]:
        """Return the ids of all query processes."""
        with self._lock:
            return [child.pid for child in (*self._idle, *self._busy)]

    def close(self) -> None:
        """Kill all query processes."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._jobs.put(None)
        self._is_uncopied.set()
        self._template.close()
        self._keeper.join(5)
        self._copier.join(5)
        for child in (*self._idle, *self._busy):
            child.socket.close()
        for copy in self._copies:
            copy.close()
        _remove_old(self._folder)

    def _take(self) -> Child:
        """Return an idle child, after waiting for one in turn."""
        with self._lock:
            if self._idle and not self._waiters:
                return self._begin(self._idle.pop())
            if len(self._waiters) >= self._most_waiting:
                raise _busy(f"{len(self._waiters)} queries are waiting already.")
            waiter = _Waiter()
            self._waiters.append(waiter)
        with metrics.QUERIES_WAITING.track_inprogress():
            deadline = time.monotonic() + WAIT_SECONDS
            while not waiter.came.wait(_LOOK_SECONDS) and time.monotonic() < deadline:
                self._make_room()
        with self._lock:
            if waiter.child is not None:
                return waiter.child
            self._waiters.remove(waiter)
        raise _busy(f"No query process became free in {WAIT_SECONDS:.0f} seconds.")

    def _begin(self, child: Child) -> Child:
        child.begin()
        self._busy.add(child)
        return child

    def _make_room(self) -> None:
        """Kill the youngest long query if more than half of the processes are with long ones."""
        with self._lock:
            long = [child for child in self._busy if not child.is_shed and child.is_long()]
            if len(long) <= self._workers // 2:
                return
            child = max(long, key=lambda child: child.began)
            child.is_shed = True
        self._end(child)

    def _ask(self, child: Child, request: QueryRequest | Change) -> tuple[Reply, bytes, bool]:
        kind: _Kind = "query" if isinstance(request, QueryRequest) else "write"
        if isinstance(request, QueryRequest):
            seconds = self._limits.time_for(request.seconds)
        else:
            seconds = self._limits.write_seconds
        try:
            return child.ask(request, seconds)
        except TimeoutError:
            pass
        except (EOFError, OSError):
            raise self._explain(child, kind) from None
        self._end(child)
        metrics.KILLS.labels("time").inc()
        raise Problem(
            f"{kind}-timeout",
            f"It was stopped after {seconds:g} seconds.",
            more={"limit": seconds},
            headers={"Retry-After": str(math.ceil(seconds))},
        )

    def _explain(self, child: Child, kind: "_Kind" = "query") -> Problem:
        """Return the problem of a query, or a change, whose process died."""
        if child.is_shed:
            metrics.KILLS.labels("room").inc()
            return _busy("Light queries were waiting, and too many long ones running.")
        status = self._end(child)
        if self._closed:
            return _busy("The server is stopping.")
        memory = status == -signal.SIGABRT
        metrics.KILLS.labels("memory" if memory else "crash").inc()
        _log.warning("a query process ended with status %s", status)
        # Who cannot get memory from the system gives up with this signal.
        if memory:
            return memory_problem(self._limits, kind)
        return Problem(f"{kind}-failed", f"The process that did it ended (status {status}).")

    def _end(self, child: Child) -> int:
        """Kill a child once: afterwards its id can be another's. Return its exit status."""
        with self._lock:
            if child.is_ended:
                return -signal.SIGKILL
            child.is_ended = True
        return child.template.end(child.pid)

    def _give_back(self, child: Child) -> None:
        with self._lock:
            if self._source.is_of(child) and not child.is_shed:
                self._busy.discard(child)
                self._offer(child)
                return
        self._replace(child)

    def _offer(self, child: Child) -> None:
        """Give the child to whoever waits longest. The lock is held."""
        if self._waiters:
            waiter = self._waiters.popleft()
            waiter.child = self._begin(child)
            waiter.came.set()
        else:
            self._idle.append(child)

    def _replace(self, child: Child) -> None:
        """End the child and have another forked, while the caller goes on."""
        child.socket.close()
        self._jobs.put(partial(self._end_and_fork, child))

    def _end_and_fork(self, child: Child) -> None:
        self._end(child)
        with self._lock:
            self._busy.discard(child)
        self._remove_unused()
        fresh = self._fork()
        try:
            fresh.wait()
        except (OSError, EOFError):
            fresh.socket.close()
            self._end(fresh)
            raise
        with self._lock:
            if is_new := self._source.is_of(fresh):
                self._offer(fresh)
        if not is_new:
            self._replace(fresh)

    def _fork(self) -> Child:
        source = self._source
        work = Work(str(source.snapshot / "db"), self._limits)
        if source.copy is None:
            return self._template.fork(work)
        try:
            return source.copy.fork(work)
        except (OSError, EOFError):
            if self._closed:
                raise
        # The template with the copy is gone; there can be another.
        _log.warning("the copy in memory is gone")
        with self._lock:
            if self._source is source:
                self._source = _Source(source.snapshot)
        self._is_uncopied.set()
        return self._template.fork(work)

    def _turn_to(self, source: _Source) -> list[Child]:
        """Have processes read the source from now on; return those to replace. Holds the lock."""
        self._source = source
        retired, self._idle = self._idle, []
        return retired

    def _keep_copy(self) -> None:
        """Hold what is served in memory as soon as it stays the same for a while."""
        while not self._closed:
            self._is_uncopied.wait()
            while self._is_uncopied.is_set() and not self._closed:
                self._is_uncopied.clear()
                time.sleep(SETTLE_SECONDS)
            # Whoever changes the data makes a new snapshot; this one stays while it is copied.
            if self._closed or self._data.triples > self._most_in_memory:
                continue
            try:
                self._copy(self._source)
            except (OSError, EOFError) as error:
                if not self._closed:
                    _log.warning("the graph could not be copied into memory: %r", error)

    def _copy(self, source: _Source) -> None:
        """Hold the snapshot in memory, and have it read there if it is still the one served."""
        with self._lock:
            if source.copy is not None or source != self._source:
                return
            self._copying = source.snapshot
        copy: CopyTemplate | None = None
        retired: list[Child] = []
        is_adopted = False
        try:
            copy = self._template.copy(source.snapshot).wait()
            with self._lock:
                if is_adopted := self._source == source and not self._closed:
                    self._copies.add(copy)
                    retired = self._turn_to(_Source(source.snapshot, copy))
        finally:
            with self._lock:
                self._copying = None
            if copy is not None and not is_adopted:
                copy.close()
        for child in retired:
            self._replace(child)
        self._jobs.put(self._remove_unused)

    def _keep(self) -> None:
        """Replace children until the pool is closed."""
        while (job := self._jobs.get()) is not None:
            while not self._closed:
                try:
                    job()
                    break
                except Exception as error:  # we must not be without processes
                    if self._closed:
                        return
                    _log.error("no query process could be started: %s", error)
                    time.sleep(1)

    def _take_snapshot(self) -> Path:
        folder = self._folder / f".snapshot-{os.getpid()}-{next(self._numbers)}"
        try:
            folder.mkdir()
            self._data.store.backup(str(folder / "db"))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder

    def _remove_unused(self) -> None:
        """Remove the snapshots and end the copies that nobody reads any more."""
        with self._lock:
            children = (*self._idle, *self._busy)
            read = {child.snapshot for child in children} | {self._copying}
            snapshots = {snapshot for snapshot in self._retired if snapshot not in read}
            kept = {child.template for child in children} | {self._source.copy}
            copies = {copy for copy in self._copies if copy not in kept}
            self._retired -= snapshots
            self._copies -= copies
        for copy in copies:
            copy.close()
        for snapshot in snapshots:
            shutil.rmtree(snapshot, ignore_errors=True)


def _result(reply: Reply) -> Answer | Changed:
    if isinstance(reply.result, Refusal):
        raise reply.result.problem()
    return reply.result


def _counted(reply: Reply, body: bytes) -> Answer:
    """Return the whole answer, counted."""
    answer = _result(reply)
    assert isinstance(answer, Answer)  # noqa: S101 (it was asked a query)
    answer = answer.with_body(body)
    metrics.QUERY_ROWS.inc(answer.rows)
    metrics.QUERY_BYTES.inc(len(answer.body))
    if answer.cut:
        metrics.CUTS.labels(answer.cut.by).inc()
    return answer


def _busy(detail: str) -> Problem:
    metrics.REFUSED.inc()
    return Problem("busy", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def _remove_old(folder: Path) -> None:
    """Remove snapshots; the lock of the store says that they are nobody else's."""
    for path in folder.glob(".snapshot-*"):
        shutil.rmtree(path, ignore_errors=True)
