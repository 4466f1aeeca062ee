"""Validators and cache directives (RFC 9110, section 8.8; RFC 9111).

What a GET address answers depends on the data, on this program, on the address and on the Accept
header, and on nothing else. So its entity tag is known before the answer is made, and a client
that has the answer already is told so without any work.

The tags are weak: the same answer can come with its rows or blank nodes in another order. What
depends on more (the time, chance, other servers) gets no tag, and so does all that says
`Cache-Control: no-store`.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, current_app, g, request
from werkzeug.http import quote_etag

from server.http import error_pages, response_cache
from server.http.compression import CODINGS
from server.http.negotiation import acceptable_codings
from server.http.problems import Problem
from server.services import services
from server.settings import ROOT, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# The parts of the server whose answers depend on nothing else.
_VERSIONED: Final = frozenset(
    (
        *("completion", "datasets", "explore", "graph_store", "history", "home", "labels"),
        *("linked_data", "questions", "search", "sources", "sparql", "vocabulary"),
    )
)
# To be kept, but asked about each time: the data may change at any moment.
DIRECTIVE: Final = "no-cache"

_ADDRESS: Final = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
_SOURCES: Final = ("server", "ontology", "shapes")
_SUFFIXES: Final = frozenset((".py", ".html", ".ttl", ".css", ".js", ".svg", ".rq", ".csv", ".mo"))
_NOT_SERVED: Final = frozenset(("frontend", "__pycache__"))

# Functions that answer differently each time, and calls of other servers. `\\u` could spell them.
_WORDS: Final = ("\\U", "NOW", "RAND", "UUID", "BNODE", "SERVICE")
_VOLATILE: Final = re.compile(
    r"\\u|(?<![\w?$:])(?:NOW|RAND|UUID|STRUUID|BNODE|SERVICE)(?![\w:])", re.I | re.A
)


@dataclass(slots=True)
class Versions:
    """A digest of program and settings, and since when each version of the data is here."""

    program: str
    changed: datetime
    _seen: dict[str, datetime] = field(default_factory=dict)

    def modified(self, version: str, store: Path) -> datetime:
        """Return when what is served last changed: the data of `version`, or the program."""
        if version not in self._seen:
            built = store / version / "meta.json"
            when = _time(built) if built.is_file() else datetime.now(UTC)
            self._seen = {version: when}
        return max(self._seen[version], self.changed)


def register(app: Flask, settings: Settings) -> None:
    """Make `app` answer conditional requests about what it is made of with `settings`."""
    app.extensions["cebu-versions"] = _versions(settings)
    app.before_request(_note_state)
    app.before_request(_not_modified)


def is_volatile(query: str) -> bool:
    """Say whether the query may answer differently over the same data; if in doubt, yes."""
    # Most queries have none of the words, which is quicker to see without the pattern.
    upper = query.upper()
    return any(word in upper for word in _WORDS) and _VOLATILE.search(query) is not None


def do_not_tag() -> None:
    """Note that the answer to this request depends on more than data, address and Accept."""
    g.untagged = True


def label(response: Response) -> None:
    """Put on the validators and the directives for caches, unless the view has done so."""
    if response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    if not _is_repeatable(response):
        return
    modified = _modified()
    # A date counts in seconds: what changed in this very second may change again in it.
    is_dated = datetime.now(UTC) - modified > timedelta(seconds=2)
    if is_dated and not g.get("explained") and "Cebu-Truncated" not in response.headers:
        response_cache.keep()
    if request.method == "POST":
        return
    response.headers.setdefault("Cache-Control", DIRECTIVE)
    if response.status_code == 304 or response.get_etag()[0]:
        return
    response.set_etag(_tag(negotiated=bool(g.get("negotiated"))), weak=True)
    if is_dated:
        response.last_modified = modified


def check(response: Response) -> Response:
    """Return the answer to a conditional request (RFC 9110, section 13.2.2).

    That is `response` itself, 304 if the client has what it says, or 412 if the request has
    If-Match and names another one.
    """
    if response.status_code != 200 or request.method not in {"GET", "HEAD"}:
        return response
    if not (response.get_etag()[0] or response.last_modified):
        return response
    environ = dict(request.environ)
    if request.if_match.star_tag:  # any state will do; the framework would compare it
        del environ["HTTP_IF_MATCH"]
    response.make_conditional(environ)
    if response.status_code == 412:
        detail = "What is at this address now is not what the request names."
        failed = error_pages.respond(Problem("precondition", detail))
        failed.cache_control.no_store = True
        return failed
    return response


def _note_state() -> None:
    g.state = services().state()


def _not_modified() -> Response | None:
    """Return 304 if the client already has the answer that would be made."""
    known = request.if_none_match
    if not _is_tagged() or known.star_tag or not known or "If-Match" in request.headers:
        return None
    codings = acceptable_codings(request.headers.get("Accept-Encoding"), CODINGS)
    suffixes = ["" if coding == "identity" else f"-{coding}" for coding in codings]
    for negotiated in (True, False):
        for suffix in suffixes:
            tag = _tag(negotiated=negotiated) + suffix
            if known.contains_weak(tag):
                g.negotiated = negotiated
                headers = {"ETag": quote_etag(tag, weak=True), "Cache-Control": DIRECTIVE}
                response = Response(status=304, headers=headers)
                response.vary.add("Accept-Encoding")
                return response
    return None


def _is_tagged() -> bool:
    return request.method in {"GET", "HEAD"} and _is_versioned()


def _is_versioned() -> bool:
    return (
        request.blueprint in _VERSIONED
        # Whoever shows a token may be answered differently one day.
        and "Authorization" not in request.headers
    )


def _is_repeatable(response: Response) -> bool:
    """Say whether the answer depends on nothing but the data, this program and the request."""
    return (
        request.method in {"GET", "HEAD", "POST"}
        and _is_versioned()
        and response.status_code in {200, 304}
        and not g.get("untagged")
        # While data change, nobody knows which of them an answer was made of.
        and g.state.is_settled
        and g.state == services().state()
        and not response.cache_control.no_store
    )


def _tag(*, negotiated: bool) -> str:
    """Return the opaque part of the entity tag of this request's answer, without its coding.

    The host is in it, because some documents have addresses of this server in them.
    """
    return _opaque(current_app, request.environ, services().data.version, negotiated=negotiated)


def etag(app: Flask, environ: "WSGIEnvironment", version: str) -> str:
    """Return the ETag of the negotiated, plain answer to a request over data of that version."""
    return quote_etag(_opaque(app, environ, version, negotiated=True), weak=True)


def _opaque(app: Flask, environ: "WSGIEnvironment", version: str, *, negotiated: bool) -> str:
    accept = environ.get("HTTP_ACCEPT", "") if negotiated else "-"
    parts = [_of_app(app).program, version, *(environ.get(name, "") for name in _ADDRESS), accept]
    # As a list is written, no two lists are alike.
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _modified() -> datetime:
    here = services()
    return _of_app(current_app).modified(here.data.version, here.settings.store)


def _of_app(app: Flask) -> Versions:
    versions = app.extensions["cebu-versions"]
    assert isinstance(versions, Versions)  # noqa: S101 (put there by `register`)
    return versions


def _versions(settings: Settings) -> Versions:
    folders = [ROOT / name for name in _SOURCES]
    # Beside the graph, which has a version of its own, lies what else is known of the data.
    beside = [
        path
        for pattern in ("*.yaml", "sources/*.txt", "annotations/*.yaml")
        for path in settings.data.glob(pattern)
        if path.is_file()
    ]
    files = sorted({*_files(*folders, settings.queries), *beside})
    # The settings count as well: a limit that is raised makes a longer answer. The room for answers
    # that were made changes none.
    program = _digest(
        [repr(replace(settings, cache=0)).encode(), *(path.read_bytes() for path in files)]
    )
    return Versions(program, max(map(_time, files)))


def _files(*folders: Path) -> Iterator[Path]:
    for top in folders:
        for place, inner, names in os.walk(top):
            # Of the front end answers have what is built of it, in static/.
            inner[:] = [name for name in inner if name not in _NOT_SERVED]
            yield from (Path(place, name) for name in names if Path(name).suffix in _SUFFIXES)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
