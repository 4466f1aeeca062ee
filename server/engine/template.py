"""Our side of the processes that fork query processes (`server.engine.worker`)."""

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from server.engine import frames
from server.engine.evaluation import QueryRequest
from server.engine.messages import ORDER_BYTES, Copy, End, Fork, Ready, Reply, Work, packed
from server.settings import ROOT
from server.store.changes import Change

START_SECONDS: Final = 60.0
# The processor time, or the time, after which a query no longer counts as a light one.
LONG_WORK_SECONDS: Final = 1.0
LONG_SECONDS: Final = 5.0
# The time after which a query goes behind all others, and how far.
_PATIENCE_SECONDS: Final = 0.5
_NICE_LONG: Final = 19


@dataclass(eq=False)
class Child:
    """A query process: its id, our end of its socket, the snapshot that it reads, its template."""

    pid: int
    socket: socket.socket
    snapshot: Path
    template: "Template | CopyTemplate"
    began: float = 0.0
    work_before: float | None = None
    thread: int = 0
    patience: float = 0.0
    is_shed: bool = False
    is_ended: bool = False

    def begin(self) -> None:
        """Note that a query begins."""
        self.began, self.work_before = time.monotonic(), None

    def is_long(self) -> bool:
        """Say whether its query is no light one. Its work counts from the first time on."""
        work = _processor_seconds(self.pid)
        if self.work_before is None:
            self.work_before = work
        return (
            work - self.work_before > LONG_WORK_SECONDS
            or time.monotonic() - self.began > LONG_SECONDS
        )

    def is_dead(self) -> bool:
        """Say whether an idle child is gone: a living one says nothing."""
        return not frames.is_silent(self.socket)

    def wait(self) -> None:
        """Return when it can take a query. Raises `OSError` or `EOFError` if it never can."""
        frames.limit(self.socket, START_SECONDS)
        ready, _ = frames.receive(self.socket)
        self.thread = ready.thread
        self._set(_PATIENCE_SECONDS)

    def _set(self, seconds: float) -> None:
        if seconds != self.patience:
            frames.limit(self.socket, seconds)
            self.patience = seconds

    def ask(self, request: QueryRequest | Change, seconds: float) -> tuple[Reply, bytes, bool]:
        """Return its reply, the bytes behind it, and whether it took long.

        After some time its thread goes behind all others, and the child is spent: niceness only
        ever grows. Raises `TimeoutError` after `seconds`, `EOFError` or `OSError` if it is gone.
        """
        self._set(min(_PATIENCE_SECONDS, seconds))
        frames.send(self.socket, packed(request))
        try:
            reply, body = frames.receive(self.socket)
            return Reply.unpacked(reply), body, False
        except TimeoutError:
            if seconds <= _PATIENCE_SECONDS:
                raise
        with contextlib.suppress(OSError):  # it may be gone
            os.setpriority(os.PRIO_PROCESS, self.thread, _NICE_LONG)
        self._set(seconds - _PATIENCE_SECONDS)
        reply, body = frames.receive(self.socket)
        return Reply.unpacked(reply), body, True


class _Forker:
    """Gives orders to a template over its control socket, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket

    def fork(self, work: Work) -> Child:
        """Return a new child. Raises `OSError` or `EOFError` if there can be none."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = self._order(Fork(work), theirs)
            except BaseException:
                ours.close()
                raise
        assert isinstance(self, Template | CopyTemplate)  # noqa: S101
        return Child(pid, ours, Path(work.snapshot).parent, self)

    def end(self, pid: int) -> int:
        """Kill a child, if it lives, and return its exit status, negative for a signal."""
        with contextlib.suppress(OSError, EOFError), self._lock:
            return int(self._tell(End(pid)))
        return -signal.SIGKILL

    def _order(self, order: Fork | Copy, theirs: socket.socket) -> int:
        with self._lock:
            return int(self._tell(order, theirs))

    def _tell(self, order: object, theirs: socket.socket | None = None) -> Any:  # noqa: ANN401
        descriptors = [] if theirs is None else [theirs.fileno()]
        socket.send_fds(self._control, [pickle.dumps(order)], descriptors)
        return _heard(self._control)


class Template(_Forker):
    """The process that forks query processes, and the one that holds a graph in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = False
        self._start()

    def copy(self, snapshot: Path) -> "CopyTemplate":
        """Return a template that will hold the default graph of the snapshot in memory.

        Raises `OSError` or `EOFError` if there can be none.
        """
        ours, theirs = _control_sockets()
        with theirs:
            try:
                pid = self._order(Copy(str(snapshot / "db")), theirs)
            except BaseException:
                ours.close()
                raise
        return CopyTemplate(pid, ours, self)

    def close(self) -> None:
        """End the template and all its children; no other takes its place."""
        with self._lock:
            self._closed = True
            self._end()

    def _order(self, order: Fork | Copy, theirs: socket.socket) -> int:
        with self._lock:
            if self._closed:
                raise OSError("the template is closed")
            try:
                return int(self._tell(order, theirs))
            except (OSError, EOFError):
                # It is gone, and its children with it.
                self._end()
                self._start()
                return int(self._tell(order, theirs))

    def _start(self) -> None:
        self._control, theirs = _control_sockets()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", "server.engine.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
            )

    def _end(self) -> None:
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class CopyTemplate(_Forker):
    """A template whose children read a graph in memory: a child of the first template."""

    def __init__(self, pid: int, control: socket.socket, parent: Template) -> None:
        super().__init__()
        self.pid = pid
        self._control = control
        self._parent = parent

    def wait(self) -> Self:
        """Return when it can fork. Raises `OSError` or `EOFError` if it never can."""
        try:
            assert isinstance(_heard(self._control), Ready)  # noqa: S101 (its first word)
        except (EOFError, OSError):
            self.close()
            raise
        return self

    def close(self) -> None:
        """End it, and with it all its children. It may still be loading."""
        self._parent.end(self.pid)
        self._control.close()


def _control_sockets() -> tuple[socket.socket, socket.socket]:
    """Return two sockets that keep messages apart."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _heard(control: socket.socket) -> Any:  # noqa: ANN401
    message = control.recv(ORDER_BYTES)
    if not message:
        raise EOFError
    return pickle.loads(message)  # noqa: S301 (nobody else writes there)


def _processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used, 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
