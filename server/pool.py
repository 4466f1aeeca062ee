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
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from server import guard, metrics
from server.changes import Change, Changed
from server.evaluation import Answer, QueryRequest, memory_problem
from server.limits import Limits
from server.problems import Problem
from server.store import DraftPlace, GraphStore
from server.worker import End, Fork, Refusal, Reply, Work

# How long a query may wait for a process, and how long a client should before it asks again.
WAIT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 5
# The processor time, or the time, after which a query no longer counts as a light one.
LONG_WORK_SECONDS: Final = 1.0
LONG_SECONDS: Final = 5.0
START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.25

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Child:
    """A query process: its id, our end of its socket, and the snapshot that it reads."""

    pid: int
    socket: Connection
    snapshot: Path
    began: float = 0.0
    work_before: float = 0.0
    is_shed: bool = False
    is_ended: bool = False

    def begin(self) -> None:
        """Note that a query begins."""
        self.began, self.work_before = time.monotonic(), _processor_seconds(self.pid)

    def is_long(self) -> bool:
        """Say whether its query is no light one."""
        return (
            _processor_seconds(self.pid) - self.work_before > LONG_WORK_SECONDS
            or time.monotonic() - self.began > LONG_SECONDS
        )

    def wait(self) -> None:
        """Return when it can take a query. Raises `OSError` or `EOFError` if it never can."""
        if not self.socket.poll(START_SECONDS):
            raise OSError("a query process did not start")
        self.socket.recv()


@dataclass(eq=False)
class _Waiter:
    """A query without a process yet."""

    came: threading.Event = field(default_factory=threading.Event)
    child: _Child | None = None


class Template:
    """The process that forks query processes (`server.worker`); one order at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._start()

    def fork(self, work: Work) -> _Child:
        """Return a new child. Raises `OSError` or `EOFError` if there can be none."""
        ours, theirs = Pipe()
        with theirs, self._lock:
            try:
                pid = self._fork(work, theirs)
            except (OSError, EOFError):
                if self._closed:
                    ours.close()
                    raise
                # It is gone, and its children with it.
                self._end()
                self._start()
                pid = self._fork(work, theirs)
        return _Child(pid, ours, Path(work.snapshot).parent)

    def end(self, pid: int) -> int:
        """Kill a child, if it lives, and return its exit status, negative for a signal."""
        with self._lock, contextlib.suppress(OSError, EOFError):
            self._orders.send(End(pid))
            return int(self._orders.recv())
        return -signal.SIGKILL

    def close(self) -> None:
        """End the template and all its children; no other takes its place."""
        with self._lock:
            self._closed = True
            self._end()

    def _fork(self, work: Work, theirs: Connection) -> int:
        self._orders.send(Fork(work))
        socket.send_fds(self._control, [b"."], [theirs.fileno()])
        return int(self._orders.recv())

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", "server.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parents[1],
            )
        self._orders = Connection(os.dup(self._control.fileno()))

    def _end(self) -> None:
        self._orders.close()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class QueryPool:
    """An `Engine` of query processes over the store that this process holds open."""

    def __init__(
        self, data: GraphStore, folder: Path, *, workers: int, waiting: int, limits: Limits
    ) -> None:
        self.generation = 0
        self._data = data
        self._folder = folder
        self._workers = workers
        self._most_waiting = waiting
        self._limits = limits
        self._lock = threading.Lock()
        self._reloading = threading.Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._waiters: deque[_Waiter] = deque()
        self._numbers = itertools.count(1)
        self._closed = False
        _remove_old(folder)
        self._template = Template()
        self._snapshot = self._take_snapshot()
        self._idle = [self._fork() for _ in range(workers)]
        for child in self._idle:
            child.wait()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._keeper = threading.Thread(target=self._keep, name="query-pool", daemon=True)
        self._keeper.start()

    def query(self, request: QueryRequest) -> Answer:
        """Answer the query; see `Engine.query`.

        Raises `Problem` too if it takes more time or memory than it may, or if all are busy.
        """
        guard.check_size(request.text)
        child = self._take()
        while child.socket.poll():  # an idle process says nothing: this one died
            self._replace(child)
            child = self._take()
        is_spent = True
        try:
            with metrics.QUERY_SECONDS.time(), metrics.QUERIES_RUNNING.track_inprogress():
                reply = self._ask(child, request)
            is_spent = reply.spent
        finally:
            if is_spent:
                self._replace(child)
            else:
                self._give_back(child)
        answer = _result(reply)
        assert isinstance(answer, Answer)  # noqa: S101 (it was asked a query)
        _count(answer)
        return answer

    def change(self, draft: DraftPlace, change: Change) -> Changed:
        """Make the change in a process of its own; see `Engine.change`.

        Raises `Problem` too if it takes more time or memory than a query may.
        """
        place = Work(str(draft.database), self._limits, union=draft.union)
        child = self._template.fork(place)
        try:
            child.wait()
            child.begin()
            changed = _result(self._ask(child, change))
        except OSError as error:
            raise self._explain(child) from error
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
        with self._reloading:
            snapshot = self._take_snapshot()
            with self._lock:
                old, self._snapshot = self._snapshot, snapshot
                self.generation += 1
                retired, self._idle = self._idle, []
            for child in retired:
                self._replace(child)
            self._jobs.put(partial(self._remove_unused, old))

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
        self._template.close()
        self._keeper.join(5)
        _remove_old(self._folder)

    def _take(self) -> _Child:
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

    def _begin(self, child: _Child) -> _Child:
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

    def _ask(self, child: _Child, request: QueryRequest | Change) -> Reply:
        seconds = self._limits.time_for(request.seconds)
        try:
            child.socket.send(request)
            if child.socket.poll(seconds):
                reply = child.socket.recv()
                assert isinstance(reply, Reply)  # noqa: S101 (nobody else writes there)
                return reply
        except (EOFError, OSError):
            raise self._explain(child) from None
        self._end(child)
        metrics.KILLS.labels("time").inc()
        raise Problem(
            "query-timeout",
            f"It was stopped after {seconds:g} seconds.",
            more={"limit": seconds},
            headers={"Retry-After": str(math.ceil(seconds))},
        )

    def _explain(self, child: _Child) -> Problem:
        """Return the problem of a query whose process died."""
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
            return memory_problem(self._limits)
        return Problem("query-failed", f"The process that answered it ended (status {status}).")

    def _end(self, child: _Child) -> int:
        """Kill a child once: afterwards its id can be another's. Return its exit status."""
        with self._lock:
            if child.is_ended:
                return -signal.SIGKILL
            child.is_ended = True
        return self._template.end(child.pid)

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if child.snapshot == self._snapshot and not child.is_shed:
                self._busy.discard(child)
                self._offer(child)
                return
        self._replace(child)

    def _offer(self, child: _Child) -> None:
        """Give the child to whoever waits longest. The lock is held."""
        if self._waiters:
            waiter = self._waiters.popleft()
            waiter.child = self._begin(child)
            waiter.came.set()
        else:
            self._idle.append(child)

    def _replace(self, child: _Child) -> None:
        """End the child and have another forked, while the caller goes on."""
        child.socket.close()
        self._jobs.put(partial(self._end_and_fork, child))

    def _end_and_fork(self, child: _Child) -> None:
        self._end(child)
        with self._lock:
            self._busy.discard(child)
        self._remove_unused(child.snapshot)
        fresh = self._fork()
        try:
            fresh.wait()
        except (OSError, EOFError):
            self._end(fresh)
            raise
        with self._lock:
            if is_new := fresh.snapshot == self._snapshot:
                self._offer(fresh)
        if not is_new:
            self._replace(fresh)

    def _fork(self) -> _Child:
        return self._template.fork(Work(str(self._snapshot / "db"), self._limits))

    def _keep(self) -> None:
        """Replace children until the pool is closed."""
        while (job := self._jobs.get()) is not None:
            while not self._closed:
                try:
                    job()
                    break
                except Exception as error:  # we must not be without processes
                    _log.error("no query process could be started: %s", error)
                    time.sleep(1)

    def _take_snapshot(self) -> Path:
        folder = self._folder / f".snapshot-{os.getpid()}-{next(self._numbers)}"
        folder.mkdir()
        self._data.store.backup(str(folder / "db"))
        return folder

    def _remove_unused(self, snapshot: Path) -> None:
        with self._lock:
            used = {child.snapshot for child in (*self._idle, *self._busy)} | {self._snapshot}
        if snapshot not in used:
            shutil.rmtree(snapshot, ignore_errors=True)


def _result(reply: Reply) -> Answer | Changed:
    if isinstance(reply.result, Refusal):
        raise reply.result.problem()
    return reply.result


def _count(answer: Answer) -> None:
    metrics.QUERY_ROWS.inc(answer.rows)
    metrics.QUERY_BYTES.inc(len(answer.body))
    if answer.cut:
        metrics.CUTS.labels(answer.cut.by).inc()


def _busy(detail: str) -> Problem:
    metrics.REFUSED.inc()
    return Problem("busy", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def _processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _remove_old(folder: Path) -> None:
    """Remove snapshots; the lock of the store says that they are nobody else's."""
    for path in folder.glob(".snapshot-*"):
        shutil.rmtree(path, ignore_errors=True)
