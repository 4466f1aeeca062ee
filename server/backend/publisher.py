"""Loads graphs into another SPARQL engine over HTTP, and compares what is there with what was sent.

Writes go to the engine's Graph Store address (SPARQL 1.1 Graph Store HTTP Protocol, section 5) or,
if only that is known, to its update address. Neither can load several graphs at once. So they are
loaded into graphs that nobody reads, and take their places by one update request; whether readers
see that whole or not at all is the engine's affair.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from server.backend.client import BackendClient
from server.backend.parts import statements
from server.backend.settings import BackendSettings
from server.http.problems import Problem

# Statements in one request; Virtuoso takes no longer updates.
_STORED: Final = 20_000
_INSERTED: Final = 1_000
_WORDS: Final = 300

Progress = Callable[[int], None]


class Writer:
    """Replaces graphs of the engine. `seconds` is the time that one request may take."""

    def __init__(self, settings: BackendSettings, seconds: float) -> None:
        self._settings = settings
        self._seconds = seconds
        handlers: list[urllib.request.BaseHandler] = []
        if settings.user:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            for address in filter(None, (settings.store, settings.update)):
                known.add_password(None, address, settings.user, settings.password)
            # The engine says which of the two it wants.
            handlers = [
                urllib.request.HTTPDigestAuthHandler(known),
                urllib.request.HTTPBasicAuthHandler(known),
            ]
        self._opener = urllib.request.build_opener(*handlers)

    def replace(self, name: str, triples: Collection[ox.Triple], progress: Progress) -> None:
        """Make the graph `name` exactly `triples`; `progress` is told how many more are there.

        The first request replaces the graph, so that a small one is never seen empty. Raises
        `Problem` if the engine refuses or is gone: the graph may then have some of them.
        """
        if not triples:
            self.drop(name)
        size = _STORED if self._settings.store else _INSERTED
        for number, some in enumerate(_parts(triples, size)):
            lines = ox.serialize(some, format=ox.RdfFormat.N_TRIPLES) or b""
            if self._settings.store:
                method = "POST" if number else "PUT"
                self._send(method, self._graph(name), "application/n-triples", lines)
            else:
                graph = name.encode()
                before = b"" if number else b"DROP SILENT GRAPH <%b> ;\n" % graph
                self._update(before + b"INSERT DATA { GRAPH <%b> {\n%b} }" % (graph, lines))
            progress(len(some))

    def swap(
        self, moved: Mapping[str, str], dropped: Iterable[str], known: Iterable[ox.Triple], at: str
    ) -> None:
        """Move graphs, drop others, and make the graph `at` what is `known`: in one request.

        (SPARQL 1.1 Update, section 3: "should be treated atomically".) Raises `Problem` as
        `replace` does.
        """
        lines = ox.serialize(known, format=ox.RdfFormat.N_TRIPLES) or b""
        operations = [
            *(f"DROP SILENT GRAPH <{name}>" for name in dropped),
            *(f"MOVE GRAPH <{source}> TO GRAPH <{name}>" for source, name in moved.items()),
            f"DROP SILENT GRAPH <{at}>",
            f"INSERT DATA {{ GRAPH <{at}> {{\n{lines.decode()}}} }}",
        ]
        self._update(" ;\n".join(operations).encode())

    def drop(self, name: str) -> None:
        """Remove the graph `name` if it is there."""
        if self._settings.store:
            self._send("DELETE", self._graph(name), None, None, missing=True)
        else:
            self._update(b"DROP SILENT GRAPH <%b>" % name.encode())

    def _graph(self, name: str) -> str:
        store = self._settings.store
        return f"{store}{'&' if '?' in store else '?'}graph={quote(name, safe='')}"

    def _update(self, text: bytes) -> None:
        self._send("POST", self._settings.update, "application/sparql-update", text)

    def _send(
        self,
        method: str,
        address: str,
        media_type: str | None,
        body: bytes | None,
        *,
        missing: bool = False,
    ) -> None:
        headers = {"Content-Type": media_type} if media_type else {}
        request = urllib.request.Request(address, body, headers, method=method)  # noqa: S310
        try:
            self._opener.open(request, timeout=self._seconds).close()
        except urllib.error.HTTPError as error:
            if missing and error.code == 404:
                return
            words = " ".join(error.read().decode("utf-8", "replace").split())[:_WORDS]
            raise Problem(
                "backend-failed",
                f"The engine refused {method} with status {error.code}. {words}".strip(),
                next_step="Check CEBU_BACKEND_STORE or CEBU_BACKEND_UPDATE, and that "
                "CEBU_BACKEND_USER may write there.",
            ) from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise Problem(
                "backend-gone", f"The connection to the engine failed ({reason})."
            ) from error


@dataclass(frozen=True, slots=True)
class Difference:
    """How a graph of the engine differs from the one that it should be.

    `missing` are statements that are not there, `extra` those that should not be. `altered` pairs
    those of both that agree in subject and property: the engine wrote the value in another way.
    """

    graph: str
    altered: list[tuple[ox.Triple, ox.Triple]]
    missing: list[ox.Triple]
    extra: list[ox.Triple]


def compare(client: BackendClient, name: str, expected: set[ox.Triple]) -> Difference | None:
    """Return how the graph `name` of the engine differs from `expected`; None if it does not.

    Terms are compared as RDF 1.1 does: literals by their characters, datatype and language tag.
    Raises `Problem` if the engine does not give the graph.
    """
    there = statements(client, name)
    if there == expected:
        return None
    missing = sorted(expected - there, key=str)
    extra = sorted(there - expected, key=str)
    others: dict[tuple[object, object], list[ox.Triple]] = {}
    for triple in extra:
        others.setdefault((triple.subject, triple.predicate), []).append(triple)
    altered = [
        (triple, found.pop(0))
        for triple in missing
        if (found := others.get((triple.subject, triple.predicate), []))
    ]
    paired = {triple for pair in altered for triple in pair}
    missing = [triple for triple in missing if triple not in paired]
    extra = [triple for triple in extra if triple not in paired]
    return Difference(name, altered, missing, extra)


def _parts(triples: Iterable[ox.Triple], size: int) -> Iterator[list[ox.Triple]]:
    rest = iter(triples)
    while some := list(islice(rest, size)):
        yield some
