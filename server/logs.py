"""Structured logs: one JSON object a line, on standard error, without what clients sent.

A line about a request has its method, the route (the pattern, never the address), the status, the
milliseconds, the format and the bytes of the answer. No query, token, header or client address is
written: those who log addresses do it in the proxy.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, request

from server import metrics
from server.http.environ import ROUTE
from server.settings import LogLevel

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OURS: Final = ("server", "_granian")

_encode: Final = json.JSONEncoder().encode
_requests = logging.getLogger("server.requests")


class JsonLines(logging.Formatter):
    """Log records as JSON lines.

    Of an exception the types and places are told, not the message, which may quote a query. Of
    libraries' records only the place is told, for the same reason.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        line: dict[str, Any] = {
            "time": _written(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name.partition(".")[0] in _OURS:
            line["message"] = record.getMessage()
        else:
            line["place"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            line["error"], line["places"] = _without_words(record.exc_info[1])
        return _encode(line)


def configure(level: LogLevel) -> None:
    """Send the log records of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _requests.setLevel(logging.INFO if level == "requests" else logging.WARNING)


def watch(app: Flask) -> None:
    """Log and count every request to `app`; what wraps `app.wsgi_app` later is not seen."""
    app.before_request(_note_route)
    app.wsgi_app = _Watcher(app.wsgi_app)  # type: ignore[method-assign]


def _note_route() -> None:
    rule = request.url_rule
    request.environ[ROUTE] = rule.rule if rule is not None else "none"


class _Watcher:
    """Middleware that sees each answer from its start to the end of its body."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        seen = _Seen(environ)

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401
            seen.status = int(status[:3])
            seen.format = next((v for k, v in headers if k.lower() == "content-type"), "")
            return start_response(status, headers, *more)

        body = self._app(environ, begin)
        if isinstance(body, list):
            seen.bytes = sum(map(len, body))
            seen.done()
            return body
        return _Body(body, seen)


class _Seen:
    """What there is to tell of one request."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ
        self._started = time.perf_counter()
        self._told = False
        self.status = 500
        self.format = ""
        self.bytes = 0

    def done(self) -> None:
        """Tell it, once."""
        if self._told:
            return
        self._told = True
        seconds = time.perf_counter() - self._started
        route = self._environ.get(ROUTE, "none")
        method = metrics.known(self._environ.get("REQUEST_METHOD", ""))
        metrics.request_answered(route, method, self.status, seconds, self.bytes)
        if not _requests.isEnabledFor(logging.INFO):
            return
        # There is one for each request, and a record of the library takes longer than most of them.
        sys.stderr.write(
            f'{{"time": "{_written(time.time())}", "level": "info", "logger": "{_requests.name}", '
            f'"message": "request", "method": "{method}", "route": {_quoted(route)}, '
            f'"status": {self.status}, "milliseconds": {seconds * 1000:.1f}, '
            f'"format": {_quoted(self.format.partition(";")[0])}, "bytes": {self.bytes}}}\n'
        )


class _Body:
    """The body of an answer, counted as it is sent."""

    def __init__(self, parts: Iterable[bytes], seen: _Seen) -> None:
        self._parts = parts
        self._seen = seen

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._seen.bytes += len(part)
            yield part

    def close(self) -> None:
        """Let the body go, and tell of the request."""
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            self._seen.done()


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return _encode(text)


def _written(seconds: float) -> str:
    """Return a time as it stands in a line: RFC 3339, to the millisecond."""
    whole, part = divmod(seconds, 1)
    return f"{_second(int(whole))}.{int(part * 1000):03}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _without_words(error: BaseException) -> tuple[list[str], list[str]]:
    """Return the types of an exception and of its causes, and where it came from."""
    types: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(types) < 10:
        types.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)
    return types, [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
