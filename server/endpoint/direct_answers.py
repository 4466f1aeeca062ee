"""Answers to queries, given before the framework (a WSGI middleware).

The framework takes longer over a request than the engine over most queries. A plain query, whose
answer has nothing unusual about it, is therefore answered here: by the same functions, and with
the header fields that the framework itself puts on such an answer, which it is asked for once.

Whatever else comes goes on to the framework: pages, conditions, tokens, encoded answers, errors. If
the query was asked already, its answer or its refusal goes with the request (`found`), so that
nothing is evaluated twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flask import Flask, g, request
from werkzeug.sansio.utils import get_host

from server.endpoint import forms
from server.endpoint.labelled import FORMAT_KEYS
from server.endpoint.query_requests import Field, choices, query_request
from server.engine.evaluation import Answer
from server.http import caching, response_cache
from server.http.compression import CODINGS, MIN_BYTES
from server.http.environ import ROUTE
from server.http.negotiation import choose_coding
from server.http.problems import Problem
from server.http.responses import answer
from server.services import Services, State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/sparql"
DIRECT: Final = "application/sparql-query"

_FOUND: Final = "cebu.found"
_FIELDS: Final = frozenset(("query", "format", "timeout", "default-graph-uri", "named-graph-uri"))
# With one of these an answer is another, or none.
_UNUSUAL: Final = (
    "HTTP_AUTHORIZATION",
    "HTTP_CONTENT_ENCODING",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_RANGE",
)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The header fields of an answer, but its length and tag; and whether it may be kept."""

    plain: tuple[tuple[str, str], ...]
    is_tagged: bool
    is_kept: bool


class DirectAnswers:
    """Middleware that answers plain queries itself."""

    def __init__(self, app: "WSGIApplication", flask: Flask) -> None:
        self.app = app
        self._flask = flask
        self._fields_of: dict[tuple[State, str, str, bool], _Fields] = {}

    @property
    def _services(self) -> Services:
        here = self._flask.extensions["cebu"]
        assert isinstance(here, Services)  # noqa: S101 (put there by the factory)
        return here

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a plain query, or pass the request on."""
        if environ["PATH_INFO"] != PATH or any(name in environ for name in _UNUSUAL):
            return self.app(environ, start_response)
        state = self._services.state()
        fields = self._fields(environ)
        if fields is None or not state.is_settled or not _is_host(environ.get("HTTP_HOST")):
            return self.app(environ, start_response)
        name = next((value for key, value in fields if key == "format"), None)
        formats = choices(environ.get("HTTP_ACCEPT"), name)
        if formats.is_page or name in FORMAT_KEYS:
            return self.app(environ, start_response)
        try:
            asked = query_request(fields, formats)
            if caching.is_volatile(asked.text):
                return self.app(environ, start_response)
            result = self._services.engine.query(asked)
        except Exception as error:  # the framework answers each in its way
            environ[_FOUND] = error
            return self.app(environ, start_response)
        choice = formats.of(result.kind)
        coding = environ.get("HTTP_ACCEPT_ENCODING")
        is_plain = coding is None or len(result.body) < MIN_BYTES or _is_plain(coding)
        if choice is None or result.cut or not is_plain or state != self._services.state():
            if state == self._services.state():
                environ[_FOUND] = result
            return self.app(environ, start_response)
        return self._respond(environ, start_response, state, choice.content_type, result.body)

    def _fields(self, environ: "WSGIEnvironment") -> list[Field] | None:
        """Return the fields of a query; None if there is anything else about the request."""
        method = environ["REQUEST_METHOD"]
        try:
            fields = forms.fields(environ.get("QUERY_STRING", "").encode("latin-1"))
            if method == "POST":
                body = response_cache.body(environ)
                if body is None:
                    return None
                kind = environ.get("CONTENT_TYPE")
                if kind == forms.FORM:
                    fields += forms.fields(body)
                elif kind == DIRECT:
                    fields.append(("query", forms.text(body)))
                else:
                    return None
            elif method != "GET" or environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
                return None
        except Problem:
            return None
        return fields if all(key in _FIELDS for key, _ in fields) else None

    def _respond(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        state: State,
        content_type: str,
        body: bytes,
    ) -> Iterable[bytes]:
        fields = self._known(environ, state, content_type, is_long=len(body) >= MIN_BYTES)
        headers = [*fields.plain, ("Content-Length", str(len(body)))]
        if fields.is_tagged:
            headers.append(("ETag", caching.etag(self._flask, environ, state.version)))
        environ[ROUTE] = PATH
        if fields.is_kept:
            environ[response_cache.KEEP] = True
        start_response("200 OK", headers)
        return [body]

    def _known(
        self, environ: "WSGIEnvironment", state: State, content_type: str, *, is_long: bool
    ) -> _Fields:
        """Return the fields that the framework puts on such an answer."""
        method = environ["REQUEST_METHOD"]
        fields = self._fields_of.get((state, method, content_type, is_long))
        if fields is None:
            fields = self._from_framework(method, content_type, is_long)
            # Until a change is some seconds old, answers get no date and are not kept.
            if fields.is_kept and state == self._services.state():
                former = self._fields_of.items()
                known = {key: value for key, value in list(former) if key[0] == state}
                self._fields_of = {**known, (state, method, content_type, is_long): fields}
        return fields

    def _from_framework(self, method: str, content_type: str, is_long: bool) -> _Fields:
        with self._flask.test_request_context(PATH, method=method):
            self._flask.preprocess_request()
            g.negotiated = True
            response = answer(b"x" * (MIN_BYTES if is_long else 1), content_type)
            response = self._flask.process_response(response)
            headers = response.get_wsgi_headers(request.environ)
            plain = tuple(
                (name, value)
                for name, value in headers
                if name.lower() not in {"etag", "content-length", "date"}
            )
            return _Fields(plain, "ETag" in headers, bool(request.environ.get(response_cache.KEEP)))


def found() -> Answer | None:
    """Return the answer to this request's query if it was asked already.

    Raises the `Problem`, or whatever else it came to, if there was no answer.
    """
    known: Answer | Exception | None = request.environ.get(_FOUND)
    if isinstance(known, Exception):
        raise known
    return known


def register(app: Flask) -> None:
    """Put the middleware before `app`."""
    direct = DirectAnswers(app.wsgi_app, app)
    app.wsgi_app = direct  # type: ignore[method-assign]
    app.extensions["cebu-direct"] = direct


@lru_cache(maxsize=256)
def _is_plain(coding: str) -> bool:
    """Say whether a client with that Accept-Encoding gets an answer as it is."""
    return choose_coding(coding, CODINGS) in {None, "identity"}


@lru_cache(maxsize=256)
def _is_host(host: str | None) -> bool:
    """Say whether the Host header is one that `server.http.hosts` lets pass."""
    return bool(host and get_host("http", host))
