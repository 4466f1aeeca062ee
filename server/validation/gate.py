"""The gate: no change is served that breaks a shape.

A change is held against the shapes in its draft, before it is logged. What counts is what is new:
a result that the state before had too stops nobody. Where the graph conforms, this says that it has
to conform afterwards; where it does not, it can still be mended step by step.

The validator runs in a process of its own (`server.validation.gate_worker`), which stays and keeps
what it knows of the state that is served. What it knows lies beside the store too, so that a new
process need not find it out again.
"""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Protocol

from server.engine.messages import Refusal
from server.http.problems import Problem
from server.settings import ROOT
from server.store.deltas import Delta
from server.store.store import DraftPlace, GraphStore
from server.validation.verdicts import Invalid, Verdict

# As much as making the change (CEBU_WRITE_TIMEOUT): whoever writes is an operator and may wait.
SECONDS: Final = 120.0
# In advance nobody waits for it; a graph of millions takes hours.
ADVANCE_SECONDS: Final = 6 * 3600.0
RETRY_SECONDS: Final = 60


_log = logging.getLogger(__name__)


class Gate(Protocol):
    """Whatever says whether a change may be served."""

    def check(self, data: GraphStore, draft: DraftPlace, delta: Delta) -> Verdict:
        """Return what is new in the report. Raises `Problem`, `Invalid` if it has violations."""
        ...

    def prepare(self, data: GraphStore) -> None:
        """Get to know the served graph, so that the first change need not wait for that."""
        ...

    def close(self) -> None:
        """Let go of everything that was taken for checking."""
        ...


class OpenGate:
    """Lets every change pass: for data that no shape is about."""

    def check(self, data: GraphStore, draft: DraftPlace, delta: Delta) -> Verdict:
        """Return an empty verdict."""
        del data, draft, delta
        return Verdict()

    def prepare(self, data: GraphStore) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """The served state: its version, the folder where what is known of it lies, and its setting.

    `built` is the folder of what is known of the built graph, which the state may be; it may be
    empty. `copy` is a copy of the database, if the worker has asked for it.
    """

    version: str
    home: str
    union: bool
    built: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Learn:
    """The order to get to know the served state."""

    served: Served


@dataclass(frozen=True, slots=True)
class Known:
    """The worker's word that it knows the served state."""


@dataclass(frozen=True, slots=True)
class Examine:
    """The order to validate the draft `folder`, which is to become `version`."""

    served: Served
    folder: str
    version: str
    delta: Delta


@dataclass(frozen=True, slots=True)
class Unknown:
    """The worker's word that it needs a copy of the served state."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker's word that it could not validate, and why."""

    reason: str


class ShapesGate:
    """Validates against the shapes of this program.

    `data` is the data folder: what was found in the built graph lies there.
    """

    def __init__(self, seconds: float = SECONDS, data: Path | None = None) -> None:
        self._seconds = seconds
        self._data = data
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: Connection | None = None
        self._closed = False

    def start(self) -> None:
        """Start the process, which gets ready by itself. If that fails, the first change tells."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is None:
                self._start()

    def check(self, data: GraphStore, draft: DraftPlace, delta: Delta) -> Verdict:
        """Return what is new in the report; see `Gate.check`.

        A graph in memory is nobody's but this process's, and is not validated.
        """
        if draft.folder is None:
            return Verdict()
        order = Examine(self._served(data), str(draft.database), draft.version, delta)
        if not self._lock.acquire(timeout=self._seconds):
            raise Problem(
                "busy",
                "The served graph is still being validated, as it is once after it was loaded.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        try:
            reply = self._ask(order)
            if isinstance(reply, Unknown):
                before = data.at(data.number)
                served = replace(order.served, copy=str(before.database))
                reply = self._ask(replace(order, served=served))
        finally:
            self._lock.release()
        if isinstance(reply, Verdict):
            if not reply.conforms:
                raise Invalid(reply)
            return reply
        raise _problem(reply)

    def prepare(self, data: GraphStore) -> None:
        """Get to know the served graph; see `Gate.prepare`. Whatever fails is only logged."""
        try:
            # One after the other: whoever writes holds the first and then takes the second.
            with data.writing:
                if data.home is None:
                    return
                order, before = Learn(self._served(data)), data.at(data.number)
            with self._lock:
                reply = self._ask(order, ADVANCE_SECONDS)
                if isinstance(reply, Unknown):
                    served = replace(order.served, copy=str(before.database))
                    reply = self._ask(Learn(served), ADVANCE_SECONDS)
            if not isinstance(reply, Known):
                raise _problem(reply)
        except (Problem, OSError, RuntimeError) as error:
            if not self._closed:
                _log.warning("the served graph could not be validated in advance: %s", error)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._lock:
            self._end()

    def _served(self, data: GraphStore) -> Served:
        built = str(self._data) if self._data else ""
        return Served(data.version, str(data.home), data.union, built)

    def _ask(self, order: Examine | Learn, seconds: float = 0.0) -> object:
        limit = seconds or self._seconds
        try:
            connection = self._socket or self._start()
            connection.send(order)
            if connection.poll(limit):
                return connection.recv()
        except (OSError, EOFError) as error:
            self._end()
            raise Problem(
                "validation-failed", f"The process that validates ended: {error!r}."
            ) from error
        self._end()
        raise Problem(
            "validation-timeout",
            f"The validation of the change was stopped after {limit:g} seconds.",
            more={"limit": limit},
        )

    def _start(self) -> Connection:
        if self._closed:
            raise OSError("the server is stopping")
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [
                    sys.executable,
                    "-m",
                    "server.validation.gate_worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
            )
        self._socket = Connection(ours.detach())
        return self._socket

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None


def _problem(reply: object) -> Problem:
    if isinstance(reply, Refusal):
        return reply.problem()
    reason = reply.reason if isinstance(reply, Failed) else "it does not know the graph"
    return Problem("validation-failed", f"The validator stopped: {reason}.")
