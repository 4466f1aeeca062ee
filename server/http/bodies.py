"""Bodies of requests are read whole before anything else, within bounds of size and number.

A thread that reads from a slow sender can do nothing else, and so many slow senders would take all
threads: only some may read at a time. It also means that a refusal comes after the body: a server
that answers and closes while a body is on its way resets the connection, and the sender or a proxy
reports that instead of the answer.

There is no bound of time: Granian waits for the body in the thread that asked for it, and if the
answer goes out while another thread still waits, its event loop stops for all until the sender
hangs up. The proxy has the bound (docs/deploy/nginx.conf).
"""

import tempfile
import threading
from collections.abc import Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

from server.http.environ import BODY
from server.http.problems import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The largest of any route; each route has its own, smaller or equal.
MAX_BYTES: Final = 32 * 1024 * 1024
# Fewer than the threads that answer.
READERS: Final = 32
RETRY_SECONDS: Final = 10
_IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024


def guard(app: Flask) -> None:
    """Read the bodies of all requests to `app` within the bounds."""
    app.before_request(_refuse)
    app.wsgi_app = _Bodies(app.wsgi_app)  # type: ignore[method-assign]


def _refuse() -> None:
    """Raise `Problem` if the body was not read whole."""
    match request.environ.get(BODY):
        case "large":
            raise Problem(
                "too-large", f"At most {MAX_BYTES:,} bytes are taken.", more={"limit": MAX_BYTES}
            )
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
        file: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (outlives this)
        size = 0
        try:
            source, end = environ["wsgi.input"], _length(environ)
            while size <= MAX_BYTES and (piece := source.read(min(_PIECE, end - size))):
                file.write(piece)
                size += len(piece)
        finally:
            self._free.release()
        file.seek(0)
        if size > MAX_BYTES:
            _replace(environ, BytesIO(), 0, "large")
        else:
            _replace(environ, file, size, "whole")


def _has_body(environ: "WSGIEnvironment") -> bool:
    return (
        bool(environ.get("HTTP_TRANSFER_ENCODING")) or (environ.get("CONTENT_LENGTH") or "0") != "0"
    )


def _length(environ: "WSGIEnvironment") -> int:
    """Return where the body ends; behind that some servers wait for more (PEP 3333)."""
    stated = environ.get("CONTENT_LENGTH") or ""
    if environ.get("HTTP_TRANSFER_ENCODING") or not (stated.isascii() and stated.isdigit()):
        return MAX_BYTES + _PIECE
    return int(stated)


def _replace(environ: "WSGIEnvironment", body: IO[bytes], size: int, state: str) -> None:
    environ["wsgi.input"] = body
    environ["CONTENT_LENGTH"] = str(size)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ[BODY] = state
