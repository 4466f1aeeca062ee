"""The one door through which strangers' queries reach a SPARQL engine."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import pyoxigraph as ox

from ontology.namespaces import PREFIXES
from server import guard, syntax
from server.formats import FORMATS, for_kind
from server.guard import Dataset
from server.problems import Problem
from server.store import GraphStore, merged

AnswerKind = Literal["bindings", "boolean", "graph"]

# The parser and the planner go one level deeper for each bracket, but also for each UNION, `||`
# or `+` in a row. Measured: 64 KiB of text take at most 142 MiB of stack, and a thread with the
# usual 2 MiB ends the whole process. Only what is touched becomes memory.
STACK_BYTES: Final = 512 * 1024 * 1024
THREADS: Final = 8


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query as the protocol gives it, in plain values that another process could be sent.

    The formats are keys of `server.formats.FORMATS`, one for each kind of answer; None says that
    the client takes no format of that kind. `dataset` is the one that the request itself names, if
    it does (SPARQL 1.1 Protocol, section 2.1.4); it goes before the query's own.
    """

    text: str
    bindings: str | None = "json"
    boolean: str | None = "json"
    graph: str | None = "ttl"
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The serialised answer to a query; `format` is a key of `server.formats.FORMATS`."""

    kind: AnswerKind
    format: str
    body: bytes


class Engine(Protocol):
    """Whatever answers queries: this process, other processes, another server."""

    def query(self, request: QueryRequest) -> Answer:
        """Answer the query, or raise `Problem` if it is refused, malformed or fails."""
        ...

    def close(self) -> None:
        """Stop, and let go of everything that was taken for answering."""
        ...


class EmbeddedEngine:
    """Answers in this process, over the embedded store, in threads with a stack that suffices."""

    def __init__(self, data: GraphStore) -> None:
        self._data = data
        self._pool = _deep_threads(THREADS)

    def query(self, request: QueryRequest) -> Answer:
        """Answer the query; see `Engine.query`."""
        guard.check_size(request.text)
        if request.dataset:
            asked = [*request.dataset.defaults, *request.dataset.named]
            guard.check_graphs(asked, self._data.graphs)
        return self._pool.submit(self._evaluate, request).result()

    def close(self) -> None:
        """Stop the threads once they have answered."""
        self._pool.shutdown()

    def _evaluate(self, request: QueryRequest) -> Answer:
        try:
            own = guard.check_reach(request.text, self._data.graphs)
            results = self._start(request.text, request.dataset or own)
            match results:
                case ox.QuerySolutions():
                    return _serialised(results, "bindings", request.bindings)
                case ox.QueryBoolean():
                    return _serialised(results, "boolean", request.boolean)
                case ox.QueryTriples():
                    return _serialised(results, "graph", request.graph)
        except SyntaxError as error:
            raise _syntax_problem(request.text, error) from error
        except (ValueError, RuntimeError, OSError) as error:
            raise Problem("query-failed", f"The engine stopped: {error}.") from error

    def _start(
        self, text: str, dataset: Dataset | None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        store = self._data.store
        if dataset is None:
            return store.query(text)
        defaults: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
        defaults = [ox.NamedNode(name) for name in dataset.defaults]
        if len(set(dataset.defaults)) > 1:
            store = merged(store, dataset.defaults, dataset.named)
            defaults = [ox.DefaultGraph()]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(name) for name in dataset.named]
        return store.query(text, default_graph=defaults, named_graphs=named)


def _serialised(
    results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    kind: AnswerKind,
    name: str | None,
) -> Answer:
    if name is None:
        available = [item.media_type for item in for_kind(kind)]
        raise Problem(
            "not-acceptable",
            f"This query answers with {_NOUNS[kind]}; the request takes no format of that kind.",
            more={"available": available},
        )
    wanted = FORMATS[name]
    if isinstance(results, ox.QueryTriples):
        body = ox.serialize(results, format=wanted.rdf, prefixes=PREFIXES)
    else:
        body = results.serialize(format=wanted.results)
    return Answer(kind, name, body or b"")


def _syntax_problem(text: str, error: SyntaxError) -> Problem:
    mistake = syntax.find_mistake(text)
    if mistake is None:
        return Problem("query-syntax", f"The engine says: {error}.")
    return syntax.problem(mistake)


_NOUNS: Final = {"bindings": "a table", "boolean": "true or false", "graph": "a graph"}


def _deep_threads(number: int) -> ThreadPoolExecutor:
    """Return a pool whose threads are all started, each with a stack of `STACK_BYTES`."""
    started = threading.Barrier(number + 1)
    usual = threading.stack_size(STACK_BYTES)
    try:
        pool = ThreadPoolExecutor(number, thread_name_prefix="query")
        for _ in range(number):
            pool.submit(started.wait)
        started.wait()
    finally:
        threading.stack_size(usual)
    return pool
