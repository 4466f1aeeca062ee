"""What a refused request still sends is read and thrown away, so that its sender sees the refusal.

A server that answers and closes while the body is on its way resets the connection, and a client,
or a proxy between, may report that instead of the answer (RFC 9112, section 9.6).
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_SECONDS: Final = 10.0
_PIECE: Final = 64 * 1024


class Drain:
    """Middleware that reads the rest of the body of a request that was refused.

    Beyond `MAX_BYTES` or, between two pieces, `MAX_SECONDS` it leaves off: whoever sends so much
    for nothing may well see the connection end.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer the request, and read what is left of it if it was refused."""
        refused = False

        def begin(status: str, headers: list[tuple[str, str]], *more: object) -> object:
            nonlocal refused
            refused = status.startswith("4")
            return start_response(status, headers, *more)  # type: ignore[arg-type]

        body = self._app(environ, begin)  # type: ignore[arg-type]
        if refused and _has_body(environ):
            _discard(environ)
        return body


def _has_body(environ: "WSGIEnvironment") -> bool:
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_EXPECT"):  # the body comes only after a word of ours
        return False
    chunked = bool(environ.get("HTTP_TRANSFER_ENCODING"))
    return chunked or (length.isdigit() and 0 < len(length) < 12 and int(length) <= MAX_BYTES)


def _discard(environ: "WSGIEnvironment") -> None:
    deadline = time.monotonic() + MAX_SECONDS
    left = MAX_BYTES
    while left > 0 and time.monotonic() < deadline:
        piece = environ["wsgi.input"].read(_PIECE)
        if not piece:
            return
        left -= len(piece)
