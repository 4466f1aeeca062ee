"""Answers that were made already, kept before the framework (a WSGI middleware).

An answer is a function of what its key holds: the state of the data, the address, and the header
fields that answers depend on, word for word. What depends on more is never kept:
`server.http.caching` says of each answer whether it may be. Nothing is ever marked as old: a change
of the data is a change of the key, and what nobody asks for any more is the first to go when room
is needed.

So whoever gets a kept answer gets what would be made now, with all its header fields. It is the
origin's own answer, not one out of a cache in the sense of RFC 9111: it has no Age, and
Cache-Control and the validators are those that it was made with.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from cachetools import LRUCache
from flask import Flask, request
from werkzeug.http import http_date

from server import metrics
from server.http.compression import CODINGS
from server.http.environ import BODY, ROUTE
from server.http.negotiation import choose_coding
from server.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# One answer may take so much of the room, so that it does not drive out all others.
LARGEST: Final = 1 / 8
# What an entry takes beside its bytes: its header fields as text, and Python's objects. Measured
# on answers of the library; roughly.
OVERHEAD_BYTES: Final = 6 * 1024
# A longer body of a request is no question that comes again.
MAX_BODY: Final = 64 * 1024

KEEP: Final = "cebu.keep"
_HIT: Final = metrics.CACHE.labels("hit")
_MISS: Final = metrics.CACHE.labels("miss")
# Conditions are part of the key: 304 is an answer as well.
_CONDITIONS: Final = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)
# What no answer to be kept was made for: a token, a part, a body in a coding.
_BYPASS: Final = ("HTTP_AUTHORIZATION", "HTTP_RANGE", "HTTP_CONTENT_ENCODING")

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An answer as it was sent, and the route that made it."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    route: str
    size: int


class ResponseCache:
    """Middleware that answers from what it kept, `size` bytes at most."""

    def __init__(self, app: "WSGIApplication", services: Services, size: int) -> None:
        self.app = app
        self._services = services
        self._lock = threading.Lock()
        self._entries: LRUCache[Key, _Entry] = LRUCache(size, getsizeof=lambda entry: entry.size)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer from what was kept, or pass the request on and keep the answer if it may be."""
        key = self._key(environ)
        if key is None:
            return self.app(environ, start_response)
        with self._lock:
            entry = self._entries.get(key)
        if entry is None:
            return self._make(key, environ, start_response)
        _HIT.inc()
        environ[ROUTE] = entry.route
        # All is as it was made, but sent now (RFC 9110, section 6.6.1).
        start_response(entry.status, [*entry.headers, ("Date", http_date())])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [entry.body]

    def _has_room(self, status: str, headers: list[tuple[str, str]]) -> bool:
        """Say whether an answer may be taken whole and kept."""
        if status.startswith("304"):
            return True
        length = _length(headers)
        most = self._entries.maxsize * LARGEST
        return status.startswith("200") and length is not None and length <= most

    @property
    def size(self) -> int:
        """Return how many bytes are taken."""
        with self._lock:
            return int(self._entries.currsize)

    def _key(self, environ: "WSGIEnvironment") -> Key | None:
        """Return all that the answer depends on; None if it is not looked for here."""
        method = environ["REQUEST_METHOD"]
        host = environ.get("HTTP_HOST")
        if not host or any(name in environ for name in _BYPASS):
            return None
        sent: bytes | None = None
        if method == "POST":
            sent = body(environ)
            if sent is None:
                return None
        elif method not in {"GET", "HEAD"} or environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
            return None
        conditions = tuple(environ.get(name) for name in _CONDITIONS)
        coding = environ.get("HTTP_ACCEPT_ENCODING")
        return (
            self._state(),
            environ["wsgi.url_scheme"],
            host,
            environ.get("SCRIPT_NAME"),
            environ.get("PATH_INFO"),
            environ.get("QUERY_STRING"),
            environ.get("HTTP_ACCEPT"),
            # Many texts, few codings. A condition may name the tag of any coding that is taken.
            _coding(coding) if conditions == (None,) * len(conditions) else (coding,),
            conditions,
            sent,
            environ.get("CONTENT_TYPE") if sent is not None else None,
        )

    def _state(self) -> tuple[str, int]:
        """Return what changes when the data does, whichever of the two changes first."""
        return self._services.data.version, self._services.engine.generation

    def _make(
        self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401
            begun.append((status, headers))
            return start_response(status, headers, *more)

        parts = self.app(environ, begin)
        if environ["REQUEST_METHOD"] == "HEAD" or len(begun) != 1:
            return parts
        status, headers = begun[0]
        if not environ.get(KEEP) or not self._has_room(status, headers):
            return parts
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        _MISS.inc()
        text = sum(len(part) for part in key if isinstance(part, str | bytes))
        size = len(body) + 4 * text + OVERHEAD_BYTES
        # The data may have changed while the answer was made.
        if size <= self._entries.maxsize and key[0] == self._state():
            fields = tuple(field for field in headers if field[0] != "Date")
            entry = _Entry(status, fields, body, environ.get(ROUTE, "none"), size)
            with self._lock:
                self._entries[key] = entry
        return [body]


def _length(headers: Iterable[tuple[str, str]]) -> int | None:
    """Return the length of a body that is whole already; None if it is made while it is sent."""
    return next((int(text) for name, text in headers if name == "Content-Length"), None)


def register(app: Flask, services: Services) -> None:
    """Put a cache before `app`, unless its size is set to 0."""
    if services.settings.cache:
        cache = ResponseCache(app.wsgi_app, services, services.settings.cache)
        app.wsgi_app = cache  # type: ignore[method-assign]
        app.extensions["cebu-cache"] = cache


def keep() -> None:
    """Note that the answer to this request depends on nothing but what the key holds."""
    request.environ[KEEP] = True


def body(environ: "WSGIEnvironment") -> bytes | None:
    """Return the body, read already (`server.http.bodies`), and leave it to be read again."""
    if environ.get(BODY) != "whole" or (length := int(environ["CONTENT_LENGTH"])) > MAX_BODY:
        return None
    read: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(read)
    return read


@lru_cache(maxsize=256)
def _coding(accept_encoding: str | None) -> str:
    return choose_coding(accept_encoding, CODINGS) or "identity"
