"""A query process: forked from a template, it answers one query at a time, within bounds.

The template (`python -m server.engine.worker`) is a process with one thread and all modules loaded.
It does nothing but fork: from a process with threads, a fork can inherit a lock that nobody will
let go. A child opens its snapshot of the store itself and ends with the template.

One of its children can become a template too: it holds the default graph of a snapshot in memory,
and its children read that very memory. They open the snapshot only for queries that name graphs.
"""

import contextlib
import ctypes
import gc
import os
import pickle
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import rdflib.plugins.sparql.algebra  # noqa: F401 (for `server.sparql.guard`; forked processes have it)

from server.engine import frames
from server.engine.evaluation import STACK_BYTES, Answer, Evaluator, QueryRequest
from server.engine.limits import Limits
from server.engine.messages import ORDER_BYTES, Copy, End, Ready, Refusal, Reply, Work, unpacked
from server.http.problems import Problem
from server.sparql import guard
from server.store import disk
from server.store.changes import Changed
from server.store.drafts import Draft

# A little behind the server itself, which must go on answering.
NICE: Final = 5
# What a process may once have held more than at its start; with more it is replaced.
KEPT_BYTES: Final = 64 * 1024 * 1024

_PR_SET_NAME: Final = 15
_PR_SET_PDEATHSIG: Final = 1
_COPY_NAME: Final = b"cebu-copy"


def template(control: socket.socket, copy: ox.Store | None = None) -> None:
    """Fork and end children as told, until the other side is gone."""
    children: set[int] = set()
    parent = os.getpid()
    try:
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, ORDER_BYTES, 1)
            if not message:
                raise EOFError
            order = pickle.loads(message)  # noqa: S301 (nobody else writes there)
            if isinstance(order, End):
                # We are the parent: until we have waited for it, the id is no other's.
                if order.pid in children:
                    children.remove(order.pid)
                    os.kill(order.pid, signal.SIGKILL)
                    status = os.waitstatus_to_exitcode(os.waitpid(order.pid, 0)[1])
                else:  # a child of the template before this one
                    status = -signal.SIGKILL
                control.send(pickle.dumps(status))
                continue
            pid = os.fork()
            if pid == 0:
                control.close()
                theirs = socket.socket(fileno=descriptors[0])
                if isinstance(order, Copy):
                    _become_copy(theirs, order.snapshot, parent)
                else:
                    _child(theirs, order.work, parent, copy)
            os.close(descriptors[0])
            children.add(pid)
            control.send(pickle.dumps(pid))
    except (EOFError, OSError):
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _become_copy(control: socket.socket, snapshot: str, parent: int) -> None:
    """Hold the default graph of a snapshot in memory, and fork from there; never return."""
    try:
        die_with(parent)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_NAME, _COPY_NAME)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        os.nice(NICE)
        copy = _loaded(snapshot)
        # What is there now stays: collecting garbage would only unshare its memory.
        gc.freeze()
        control.send(pickle.dumps(Ready()))
        template(control, copy)
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)


def _loaded(snapshot: str) -> ox.Store:
    """Return the default graph of a snapshot in memory.

    Another process reads the snapshot: the engine starts threads for a database, and from a
    process with threads we must not fork.
    """
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(source)
            with os.fdopen(sink, "wb") as file:
                store = ox.Store.read_only(snapshot)
                store.dump(file, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(sink)
    copy = ox.Store()
    with os.fdopen(source, "rb") as file:
        copy.bulk_load(file, ox.RdfFormat.N_TRIPLES)
    if os.waitpid(pid, 0)[1]:
        raise OSError("the snapshot could not be read")
    return copy


def _child(requests: socket.socket, work: Work, parent: int, copy: ox.Store | None) -> None:
    """Answer queries until the other side is gone; never return."""
    try:
        die_with(parent)
        # The engine's last words when memory runs out; the parent sees how we end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        os.nice(NICE)
        answer = _open(work, copy)
        threading.stack_size(STACK_BYTES)
        thread = threading.Thread(target=_serve, args=(requests, answer, work.limits), daemon=True)
        thread.start()
        thread.join()
    finally:
        os._exit(0)


def _open(work: Work, copy: ox.Store | None) -> Callable[[Any], Answer | Changed]:
    """Return what answers requests: queries, or the one change of a draft."""
    if work.union is not None:
        return _draft(work, union=work.union)

    @cache
    def on_disk() -> Evaluator:
        store = ox.Store.read_only(work.snapshot)
        graphs = (name.value for name in store.named_graphs() if isinstance(name, ox.NamedNode))
        return Evaluator(store, frozenset(graphs), work.limits)

    # An empty store counts as false.
    if copy is None:
        return on_disk().answer
    in_memory = Evaluator(copy, (), work.limits)

    def answer(request: QueryRequest) -> Answer:
        if request.dataset is None and not guard.names_graphs(request.text):
            return in_memory.answer(request)
        if not on_disk.cache_info().currsize:
            # What the database itself takes is not the query's.
            free_memory()
            on_disk()
            bound_memory(work.limits.memory)
        return on_disk().answer(request)

    return answer


def _draft(work: Work, *, union: bool) -> Callable[[Any], Changed]:
    """Return what makes the one change of a draft."""
    folder = Path(work.snapshot).parent
    try:
        return Draft(ox.Store(work.snapshot), union, work.limits, folder).change
    except (OSError, RuntimeError) as error:
        # Whoever asks is told: that we have ended would say nothing.
        problem = disk.full(error) or Problem("write-failed", f"The engine says: {error}.")

    def refuse(_: object) -> Changed:
        raise problem

    return refuse


def _serve(
    requests: socket.socket, answer: Callable[[Any], Answer | Changed], limits: Limits
) -> None:
    """Answer one request after another, in a thread with the stack that this takes."""
    try:
        bound_memory(limits.memory)
        spent_at = _peak() + KEPT_BYTES
        frames.send(requests, Ready(threading.get_native_id()))
        while True:
            result: Answer | Changed | Refusal
            request = unpacked(frames.receive(requests)[0])
            body = b""
            try:
                result = answer(request)
                if isinstance(result, Answer):
                    body, result = result.body, result.without_body()
            except Problem as problem:
                result = Refusal.of(problem)
            except MemoryError:
                raise
            except Exception as error:  # whatever it is, only this query fails
                result = Refusal.of(Problem("query-failed", f"The engine stopped: {error!r}."))
            reply = Reply(result, spent=_peak() > spent_at)
            frames.send(requests, reply.packed(), body)
            del request, result, reply, body
    except (EOFError, OSError):
        pass
    except MemoryError:
        os.kill(os.getpid(), signal.SIGABRT)


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
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def free_memory() -> None:
    """Take back what `bound_memory` has set."""
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _peak() -> int:
    """Return the most bytes of memory that this process has held so far."""
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kibibytes * 1024 if sys.platform == "linux" else 0


if __name__ == "__main__":
    # The signals are for the server, which then closes our socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Pickled classes must be those of the module, not of __main__.
    from server.engine import worker

    worker.template(socket.socket(fileno=int(sys.argv[1])))
