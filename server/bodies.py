"""Bodies of requests are read whole before anything else, within bounds of size, time and number.

A thread that reads from a slow sender can do nothing else, and so many slow senders would take all
threads. So another thread reads, and the one that answers waits no longer than the bounds allow. It
also means that a refusal comes after the body: a server that answers and closes while a body is on
its way resets the connection, and the sender or a proxy reports that instead of the answer.
"""

import tempfile
import threading
import time
from collections.abc import Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from server.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The largest of any route; each route has its own, smaller or equal.
MAX_BYTES: Final = 32 * 1024 * 1024
# A body may take this long, and longer by a second for each so many bytes that have come.
MAX_SECONDS: Final = 10.0
BYTES_A_SECOND: Final = 16 * 1024
# Fewer than the threads that answer.
READERS: Final = 32
RETRY_SECONDS: Final = 10
_IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024
_KEY: Final = "cebu.body"


def guard(app: Flask) -> None:
    """Read the bodies of all requests to `app` within the bounds."""
    app.before_request(_refuse)
    app.wsgi_app = _Bodies(app.wsgi_app)  # type: ignore[method-assign]


def _refuse() -> None:
    """Raise `Problem` if the body was not read whole."""
    match request.environ.get(_KEY):
        case "large":
            raise Problem(
                "too-large", f"At most {MAX_BYTES:,} bytes are taken.", more={"limit": MAX_BYTES}
            )
        case "slow":
            raise Problem("too-slow", "The body of the request did not come in time.")
        case "busy":
            raise Problem(
                "busy",
                "Too many bodies are being sent at once.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )


class _Bodies:
    """Middleware that puts a body that has been read in the place of one that is to be."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._free = threading.BoundedSemaphore(READERS)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not _has_body(environ):
            return self._app(environ, start_response)
        self._read(environ)
        body: IO[bytes] = environ["wsgi.input"]
        return ClosingIterator(self._app(environ, start_response), body.close)

    def _read(self, environ: "WSGIEnvironment") -> None:
        if not self._free.acquire(blocking=False):
            _replace(environ, BytesIO(), 0, "busy")
            return
        reading = _Reading(environ["wsgi.input"], self._free)
        state = reading.wait()
        if state == "whole":
            _replace(environ, reading.file, reading.size, state)
        else:
            _replace(environ, BytesIO(), 0, state)


class _Reading:
    """A body that is being read by a thread of its own."""

    def __init__(self, source: IO[bytes], free: threading.Semaphore) -> None:
        self.file: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (outlives this)
        self.size = 0
        self._source = source
        self._free = free
        self._ended = threading.Event()
        self._started = time.monotonic()
        threading.Thread(target=self._run, name="body", daemon=True).start()

    def wait(self) -> str:
        """Return `whole`, `large` or `slow` once one of them is certain."""
        while (left := self._left()) > 0:
            if self._ended.wait(left):
                return "whole" if self.size <= MAX_BYTES else "large"
        return "slow"

    def _left(self) -> float:
        allowed = MAX_SECONDS + self.size / BYTES_A_SECOND
        return self._started + allowed - time.monotonic()

    def _run(self) -> None:
        # When the answer has gone out without the body, the connection ends, and so does a read.
        try:
            while self.size <= MAX_BYTES and (piece := self._source.read(_PIECE)):
                self.file.write(piece)
                self.size += len(piece)
            self.file.seek(0)
            self._ended.set()
        except (OSError, ValueError, RuntimeError):
            self.file.close()
        finally:
            self._free.release()


def _has_body(environ: "WSGIEnvironment") -> bool:
    return (
        bool(environ.get("HTTP_TRANSFER_ENCODING")) or (environ.get("CONTENT_LENGTH") or "0") != "0"
    )


def _replace(environ: "WSGIEnvironment", body: IO[bytes], size: int, state: str) -> None:
    environ["wsgi.input"] = body
    environ["CONTENT_LENGTH"] = str(size)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ[_KEY] = state
