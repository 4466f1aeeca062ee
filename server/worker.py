"""A query process: forked from a template, it answers one query at a time, within bounds.

The template (`python -m server.worker`) is a process with one thread and all modules loaded. It
does nothing but fork: from a process with threads, a fork can inherit a lock that nobody will let
go. A child opens its snapshot of the store itself and ends with the template.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from server.changes import Change, Changed
from server.drafts import Draft
from server.evaluation import STACK_BYTES, Answer, Evaluator, QueryRequest
from server.limits import Limits
from server.problems import Problem

# A little behind the server itself, which must go on answering; and last of all once a query has
# shown that it is not a light one.
NICE: Final = 5
NICE_LONG: Final = 19
LONG_SECONDS: Final = 0.5
# What a process may keep after an answer; with more it is replaced.
KEPT_BYTES: Final = 64 * 1024 * 1024

_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Work:
    """What a new process works on: a snapshot of the store or a draft of it, and the limits."""

    snapshot: str
    limits: Limits
    # For a change: whether the default graph is the union. None for queries, which only read.
    union: bool | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """The order to the template to fork; the child's socket comes with it."""

    work: Work


@dataclass(frozen=True, slots=True)
class End:
    """The order to the template to kill a child, if it lives, and to say how it ended."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A child's first word: it can take a query."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `Problem` in plain values."""

    slug: str
    detail: str
    next_step: str
    status: int
    more: dict[str, object]

    @classmethod
    def of(cls, problem: Problem) -> "Refusal":
        """Return the problem in plain values."""
        return cls(
            problem.slug, problem.detail, problem.next_step, problem.status, dict(problem.more)
        )

    def problem(self) -> Problem:
        """Return the problem that was sent."""
        return Problem(
            self.slug,
            self.detail,
            next_step=self.next_step,
            status=self.status,
            more=self.more,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A child's word on a query; `spent` says that the child should take no other."""

    result: Answer | Changed | Refusal
    spent: bool


def template(control: socket.socket) -> None:
    """Fork and end children as told, until the other side is gone."""
    orders = Connection(os.dup(control.fileno()))
    children: set[int] = set()
    try:
        while True:
            match orders.recv():
                case Fork(work):
                    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                    parent, pid = os.getpid(), os.fork()
                    if pid == 0:
                        orders.close()
                        control.close()
                        _child(Connection(descriptors[0]), work, parent)
                    os.close(descriptors[0])
                    children.add(pid)
                    orders.send(pid)
                case End(pid):
                    # We are the parent: until we have waited for it, the id is no other's.
                    if pid in children:
                        children.remove(pid)
                        os.kill(pid, signal.SIGKILL)
                        orders.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                    else:  # a child of the template before this one
                        orders.send(-signal.SIGKILL)
    except (EOFError, OSError):
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _child(requests: Connection, work: Work, parent: int) -> None:
    """Answer queries until the other side is gone; never return."""
    try:
        die_with(parent)
        # The engine's last words when memory runs out; the parent sees how we end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        os.nice(NICE)
        answer = _open(work)
        threading.stack_size(STACK_BYTES)
        wanted = _Handover()
        thread = threading.Thread(target=_evaluate, args=(answer, wanted), daemon=True)
        thread.start()
        bound_memory(work.limits.memory)
        idle = _resident()
        requests.send(Ready())
        while True:
            request = requests.recv()
            result, was_long = wanted.ask(request, thread)
            requests.send(Reply(result, spent=was_long or _resident() > idle + KEPT_BYTES))
            del request, result
    except (EOFError, OSError, KeyboardInterrupt):
        pass
    except MemoryError:
        os.kill(os.getpid(), signal.SIGABRT)
    finally:
        os._exit(0)


def _open(work: Work) -> Callable[[Any], Answer | Changed]:
    """Return what answers requests: queries, or the one change of a draft."""
    if work.union is not None:
        folder = Path(work.snapshot)
        return Draft(ox.Store(work.snapshot), work.union, work.limits, folder.parent).change
    store = ox.Store.read_only(work.snapshot)
    graphs = frozenset(
        name.value for name in store.named_graphs() if isinstance(name, ox.NamedNode)
    )
    return Evaluator(store, graphs, work.limits).answer


class _Handover:
    """The query and its answer, between the thread that talks and the one that evaluates."""

    def __init__(self) -> None:
        self._asked = threading.Semaphore(0)
        self._answered = threading.Event()
        self._request: QueryRequest | Change | None = None
        self._result: Answer | Changed | Refusal | None = None

    def ask(
        self, request: QueryRequest | Change, thread: threading.Thread
    ) -> tuple[Answer | Changed | Refusal, bool]:
        """Return the answer, and whether the query was a long one."""
        self._request = request
        self._answered.clear()
        self._asked.release()
        was_long = not self._answered.wait(LONG_SECONDS)
        if was_long:
            # The niceness of a thread, which only ever grows: afterwards this process is spent.
            os.setpriority(os.PRIO_PROCESS, thread.native_id or 0, NICE_LONG)
            self._answered.wait()
        result, self._result, self._request = self._result, None, None
        assert result is not None  # noqa: S101
        return result, was_long

    def answer(self, work: Callable[[Any], Answer | Changed | Refusal]) -> None:
        """Wait for a query, and hand its answer over."""
        self._asked.acquire()
        assert self._request is not None  # noqa: S101
        self._result = work(self._request)
        self._answered.set()


def _evaluate(answer: Callable[[Any], Answer | Changed], wanted: _Handover) -> None:
    def work(request: QueryRequest | Change) -> Answer | Changed | Refusal:
        try:
            return answer(request)
        except Problem as problem:
            return Refusal.of(problem)
        except MemoryError:
            os.kill(os.getpid(), signal.SIGABRT)
            raise
        except Exception as error:  # whatever it is, only this query fails
            return Refusal.of(Problem("query-failed", f"The engine stopped: {error!r}."))

    while True:
        wanted.answer(work)


def die_with(parent: int) -> None:
    """End this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def bound_memory(more: int) -> None:
    """Let the address space of this process grow by at most `more` bytes."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _resident() -> int:
    """Return how many bytes of memory this process holds."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    # The signals are for the server, which then closes our socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Pickled classes must be those of the module, not of __main__.
    from server import worker

    worker.template(socket.socket(fileno=int(sys.argv[1])))
