"""The graph of another SPARQL engine, as pages and linked data read it.

Everything is asked of the engine when it is needed: there is no copy here that could be another
graph than the one that is served. What is known of the data (their version, their graphs, how many
triples) is asked at the start and then every few seconds.
"""

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

import pyoxigraph as ox
from rdflib import Graph
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from ontology.namespaces import PREFIXES
from server.backend.client import BackendClient
from server.backend.parts import statements
from server.backend.publication import PUBLICATION, STAGING, STATED, UNION
from server.backend.triples import BackendTriples
from server.http.problems import Problem
from server.settings import Settings
from server.sparql.guard import Dataset
from server.store.loader import StoreError
from server.store.reading import Term
from server.store.store import DraftPlace, GraphStore, Past, take_lock

_GRAPHS: Final = "SELECT DISTINCT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }"
_COUNT: Final = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last seen of the data; `is_stated` says that the engine tells their version."""

    version: str
    is_stated: bool
    graphs: frozenset[str]
    triples: int
    dataset: Dataset | None


class BackendData(GraphStore):
    """The graph behind a SPARQL endpoint, which others may change at any moment.

    `generation` grows whenever other data are seen, and `queried` is the version of which an answer
    surely is: none, if the engine does not say which it has.
    """

    def __init__(self, client: BackendClient, settings: Settings, lock: IO[str] | None) -> None:
        self.union = True
        # Its changes are the engine's own, and not ours to tell of.
        self.log = None
        self.number = 0
        self.generation = 0
        self.writing = threading.Lock()
        self._client = client
        self._is_union = settings.default_graph == "union"
        self._most = settings.in_memory
        self._lock = lock
        self._known = self._look(None)
        self._ends = threading.Event()
        self.graph = Graph(BackendTriples(self), DATASET_DEFAULT_GRAPH_ID)
        follow = threading.Thread(target=self._follow, daemon=True, name="backend")
        follow.start()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Return the graph of the engine that the settings name.

        Raises `StoreError` if it does not answer, or if another process holds the store's folder,
        where validations have their files.
        """
        client = BackendClient(settings.backend, settings.limits.seconds, settings.limits.size)
        lock = take_lock(settings.store)
        try:
            return cls(client, settings, lock)
        except Problem as problem:
            lock.close()
            raise StoreError(
                f"CEBU_BACKEND: {problem.kind.title}: {problem.detail} Check that the engine runs "
                "and that the address is that of its queries"
            ) from problem

    @property
    def version(self) -> str:  # type: ignore[override]
        """Return the version of the data, a new one each time if the engine states none."""
        return self._known.version

    @property
    def queried(self) -> str:
        """Return the version of the data if the engine states it, else nothing."""
        return self._known.version if self._known.is_stated else ""

    @property
    def graphs(self) -> frozenset[str]:  # type: ignore[override]
        """Return the names of the graphs."""
        return self._known.graphs

    @property
    def triples(self) -> int:
        """Return how many triples the default graph has."""
        return self._known.triples

    @property
    def dataset(self) -> Dataset | None:
        """Return what to name as the dataset of a query; None leaves it to the engine."""
        return self._known.dataset

    def close(self) -> None:
        """Look no more."""
        self._ends.set()
        if self._lock is not None:
            self._lock.close()

    def rows(self, query: str) -> list[dict[str, Term]]:
        """Return the terms of the solutions of one of our own SELECT queries."""
        return self._client.rows(query, self.dataset)

    def select(self, query: str) -> list[dict[str, str]]:
        """Return the solutions of one of our own SELECT queries; see `GraphStore.select`."""
        return [{name: term.value for name, term in row.items()} for row in self.rows(query)]

    def at(self, number: int) -> "Past":
        """Raise `KeyError`: only the present state is known."""
        raise KeyError(number)

    def backup(self, folder: Path, deadline: float | None = None) -> None:
        """Fetch all graphs into a database in `folder`.

        Raises `Problem` if there are more triples than may be held here (`CEBU_IN_MEMORY`), or if
        they do not come before `deadline` (of the monotonic clock).
        """
        self._check_size("The served graph")
        store = ox.Store(str(folder))
        for name in sorted(self.graphs):
            triples = statements(self._client, name, deadline=deadline)
            for graph in (ox.NamedNode(name), ox.DefaultGraph()):
                store.bulk_extend(
                    ox.Quad(triple.subject, triple.predicate, triple.object, graph)
                    for triple in triples
                )
        store.flush()

    def dump(self, wanted: ox.RdfFormat, name: str | None) -> bytes:
        """Return one graph as a document; None names the default graph."""
        self._check_size("This graph" if name is None else f"<{name}>", name)
        dataset = self.dataset if name is None else None
        triples = statements(self._client, name, dataset)
        return ox.serialize(triples, format=wanted, prefixes=PREFIXES) or b""

    def dump_all(self, wanted: ox.RdfFormat) -> bytes:
        """Return all graphs as a document."""
        self._check_size("The dataset")
        quads = (
            ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(name))
            for name in sorted(self.graphs)
            for triple in statements(self._client, name)
        )
        return ox.serialize(quads, format=wanted, prefixes=PREFIXES) or b""

    def missing(self, iris: Iterable[str]) -> frozenset[str]:
        """Return nothing: to ask another engine of each takes longer than a new index."""
        return frozenset()

    def built(self, settings: Settings) -> tuple[str, ox.Store] | None:
        """Raise `Problem`: a graph that was built anew is published."""
        raise Problem(
            "backend-limit",
            "The data are those of another engine (CEBU_BACKEND). Nothing was changed.",
        )

    @contextlib.contextmanager
    def draft(self) -> Iterator[DraftPlace]:
        """Raise `Problem`: changes are staged on a copy, and nobody can copy another's store."""
        raise Problem(
            "backend-limit",
            "The data are those of another engine (CEBU_BACKEND), which cannot make a change "
            "that is seen whole or not at all. Nothing was changed.",
        )
        yield

    def _check_size(self, what: str, name: str | None = None) -> None:
        number = self.triples
        if name is not None:
            count = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
            number = int(self.select(count)[0]["n"])
        if number > self._most:
            raise Problem(
                "backend-limit",
                f"{what} has {number:,} triples; at most {self._most:,} are fetched from the "
                "engine at once.",
                next_step="Ask for parts of it with a query, or raise CEBU_IN_MEMORY.",
                more={"limit": self._most},
            )

    def _follow(self) -> None:
        while not self._ends.wait(self._client.settings.seconds):
            known = self._known
            try:
                known = self._look(self._known)
            except Problem:
                # Nobody knows what it has; so nothing is kept or called the same as before.
                known = _Known(
                    secrets.token_hex(16), False, known.graphs, known.triples, known.dataset
                )
            if known != self._known:
                self._known = known
                self.generation += 1

    def _look(self, last: _Known | None) -> _Known:
        """Return what is known of the data now."""
        stated = self._client.rows(STATED, Dataset((), (PUBLICATION,)))
        versions = {row["version"].value for row in stated if "version" in row}
        is_stated = len(versions) == 1
        if is_stated:
            version = hashlib.sha256(repr(versions).encode()).hexdigest()[:32]
            if last is not None and last.is_stated and last.version == version:
                return last
        else:
            version = secrets.token_hex(16)
        named = stated or self._client.rows(_GRAPHS)
        graphs = frozenset(
            row["graph"].value
            for row in named
            if isinstance(row["graph"], ox.NamedNode)
            and row["graph"].value not in {UNION, PUBLICATION}
            and not row["graph"].value.startswith(STAGING)
        )
        dataset = None
        if stated and self._is_union:
            dataset = Dataset((UNION,), tuple(sorted(graphs)))
        triples = int(self._client.rows(_COUNT, dataset)[0]["n"].value)
        return _Known(version, is_stated, graphs, triples, dataset)
