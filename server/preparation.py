"""What the pages of one state of the graph have in common, made ready before anybody asks.

Pages that depend on nothing but the state of the graph are made once beside the readers: what they
count and read is kept by the parts that do so, and their templates are compiled then.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flask import Flask

from server.explore import routes as explore
from server.http.problems import Problem
from server.linked_data.addresses import local
from server.sources.documents import slugs, stored_document
from server.store.store import GraphStore

QUIET_SECONDS: Final = 1.0
"""How long the graph has been the same before anything is made of it again."""

# Of the time that a step takes; readers who come meanwhile have the rests to themselves.
_PAUSES: Final = 0.5
_LONGEST_PAUSE: Final = 0.5
_STOP_SECONDS: Final = 2.0
_ACCEPT: Final = {"Accept": "text/html"}
# The same in every state of the graph: made once. The light ones compile what others share.
_FIXED: Final = (
    *("/about", "/sparql", "/validate", "/problems", "/prefixes", "/ontology", "/shapes"),
)
_OF_THE_GRAPH: Final = (
    "/",
    "/sources",
    "/dataset",
    "/quality",
    "/queries",
    "/sitemap.xml",
    "/explore",
)

_log = logging.getLogger(__name__)


class Preparation:
    """A thread that makes the pages of the served graph ready, and those of each new state of it.

    It does one thing after the other and rests after each. It asks the views alone, so nothing of
    it is in the log, in the metrics or among the kept answers.
    """

    def __init__(self, app: Flask, data: GraphStore) -> None:
        """Prepare nothing yet; `start` does."""
        self._app = app
        self._data = data
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.ready = ""
        """The version of the graph whose pages are ready."""

    def start(self, after: Callable[[], object]) -> None:
        """Begin once `after` returns, which waits for the server's first answer."""
        self._thread = threading.Thread(
            target=self._run, args=(after,), daemon=True, name="preparation"
        )
        self._thread.start()

    def close(self) -> None:
        """Stop, so that nothing reads the store any more; wait a moment for what is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self, after: Callable[[], object]) -> None:
        after()
        fixed: Iterable[str] = _FIXED
        while not self._stopped.is_set():
            version = self._data.version
            if version != self.ready and self._made(version, fixed):
                self.ready, fixed = version, ()
            self._stopped.wait(QUIET_SECONDS)

    def _made(self, version: str, fixed: Iterable[str]) -> bool:
        """Make everything of a version; give up where it is not served any more."""
        for step in self._steps(fixed):
            if self._stopped.is_set() or self._data.version != version:
                return False
            began = time.perf_counter()
            try:
                step()
            # Its reader gets the same, with the words of the page for it.
            except (Problem, OSError, RuntimeError, sqlite3.Error) as error:
                _log.debug("not prepared: %r", error)
            except AttributeError:
                if not self._stopped.is_set():  # who stops the server takes the store away
                    raise
            took = time.perf_counter() - began
            self._stopped.wait(min(took * _PAUSES, _LONGEST_PAUSE))
        return True

    def _steps(self, fixed: Iterable[str]) -> Iterator[Callable[[], object]]:
        """Yield what is to be made, what more readers come to first."""
        settings = self._app.extensions["cebu"].settings
        yield lambda: self._page("/")
        # Each by itself: it is ready for its own page before the others are.
        for slug in slugs(self._data):
            yield lambda slug=slug: stored_document(self._data, settings, slug)  # type: ignore[misc]
        graphs = filter(None, map(local, sorted(self._data.graphs)))
        for path in (*fixed, *_OF_THE_GRAPH, *explore.paths(), *graphs):
            yield lambda path=path: self._page(path)  # type: ignore[misc]

    def _page(self, path: str) -> None:
        with self._app.test_request_context(path, headers=_ACCEPT):
            self._app.dispatch_request()
