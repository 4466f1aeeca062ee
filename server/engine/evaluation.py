"""One query on one store: what it may reach, its answer, and what went wrong."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import pyoxigraph as ox

from server.engine import cutting
from server.engine.cutting import Cut
from server.engine.limits import Limits
from server.http.formats import FORMATS, Format, for_kind
from server.http.problems import Problem
from server.sparql import guard, syntax
from server.sparql.guard import Dataset
from server.store.store import merged

AnswerKind = Literal["bindings", "boolean", "graph"]

# The parser and the planner go one level deeper for each bracket, but also for each UNION, `||`
# or `+` in a row. Measured: 64 KiB of text take at most 142 MiB of stack, and a thread with the
# usual 2 MiB ends the whole process. Only what is touched becomes memory.
STACK_BYTES: Final = 512 * 1024 * 1024


class QueryRequest(NamedTuple):
    """A query as the protocol gives it, in plain values that another process can be sent.

    The formats are keys of `server.http.formats.FORMATS`, one for each kind of answer; None says
    that the client takes no format of that kind. `dataset` is the one that the request itself
    names, if it does (SPARQL 1.1 Protocol, section 2.1.4); it goes before the query's own.
    `seconds`, `rows` (of a table) and `statements` (of a graph) are limits of the request's own,
    which count if they are less than the server's.
    """

    text: str
    bindings: str | None = "json"
    boolean: str | None = "json"
    graph: str | None = "ttl"
    dataset: Dataset | None = None
    seconds: float | None = None
    rows: int | None = None
    statements: int | None = None


class Answer(NamedTuple):
    """The serialised answer to a query; `format` is a key of `server.http.formats.FORMATS`.

    `rows` is about how many rows or statements it has; `cut` says where it ends if a limit cut it.
    """

    kind: AnswerKind
    format: str
    body: bytes
    rows: int = 1
    cut: Cut | None = None

    def without_body(self) -> "Answer":
        """Return what is said of the answer, for the body to be sent beside it."""
        return self._replace(body=b"")

    def with_body(self, body: bytes) -> "Answer":
        """Return the whole answer again."""
        return self._replace(body=body)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A store with the addresses of its graphs, and the limits of answers from it."""

    store: ox.Store
    graphs: Collection[str]
    limits: Limits

    def answer(self, request: QueryRequest) -> Answer:
        """Answer a query that `guard.check_size` let pass, on a stack of `STACK_BYTES`.

        Raises `Problem` if it is refused, malformed or fails.
        """
        try:
            if request.dataset:
                asked = [*request.dataset.defaults, *request.dataset.named]
                guard.check_graphs(asked, self.graphs)
            own = guard.check_reach(request.text, self.graphs, self.limits.service_hosts)
            # No local name for what the engine returns: it must end in this thread, and rdflib's
            # parser, which may have read the dataset, keeps this frame in its cache of failures.
            return serialised(
                self._start(request.text, request.dataset or own), request, self.limits
            )
        except SyntaxError as error:
            raise _syntax_problem(request.text, error) from error
        except MemoryError as error:
            raise memory_problem(self.limits) from error
        except (ValueError, RuntimeError, OSError) as error:
            raise Problem("query-failed", f"The engine stopped: {error}.") from error

    def _start(
        self, text: str, dataset: Dataset | None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        if dataset is None:
            return self.store.query(text, base_iri=syntax.BASE_IRI)
        store = self.store
        defaults: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
        defaults = [ox.NamedNode(name) for name in dataset.defaults]
        if len(set(dataset.defaults)) > 1:
            store = merged(store, dataset.defaults, dataset.named)
            defaults = [ox.DefaultGraph()]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(name) for name in dataset.named]
        return store.query(
            text, base_iri=syntax.BASE_IRI, default_graph=defaults, named_graphs=named
        )


def serialised(
    results: ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple],
    request: QueryRequest,
    limits: Limits,
) -> Answer:
    """Return the results in the format that the request takes, cut at the limits.

    Raises `Problem` if it takes no format of that kind.
    """
    size, rows = limits.size, limits.rows
    match results:
        case ox.QuerySolutions():
            wanted = _wanted("bindings", request.bindings)
            assert wanted.results is not None  # noqa: S101 (the table of formats says so)
            document = cutting.table(
                results, wanted.results, rows=_least(rows, request.rows), size=size
            )
            return Answer("bindings", wanted.key, document.body, document.rows, document.cut)
        case ox.QueryBoolean():
            wanted = _wanted("boolean", request.boolean)
            return Answer("boolean", wanted.key, results.serialize(format=wanted.results) or b"")
        case _:
            wanted = _wanted("graph", request.graph)
            assert wanted.rdf is not None  # noqa: S101
            document = cutting.graph(
                results, wanted.rdf, rows=_least(rows, request.statements), size=size
            )
            return Answer("graph", wanted.key, document.body, document.rows, document.cut)


def memory_problem(limits: Limits, kind: str = "query") -> Problem:
    """Return the problem of a query, or a change (`write`), that took more memory than one may."""
    return Problem(
        f"{kind}-memory",
        f"The {kind} took more than {limits.memory:,} bytes of memory.",
        more={"limit": limits.memory},
    )


def _least(limit: int, asked: int | None) -> int:
    return limit if asked is None else min(limit, asked)


def _wanted(kind: AnswerKind, name: str | None) -> Format:
    if name is None:
        available = [item.media_type for item in for_kind(kind)]
        raise Problem(
            "not-acceptable",
            f"This query answers with {_NOUNS[kind]}; the request takes no format of that kind.",
            more={"available": available},
        )
    return FORMATS[name]


def _syntax_problem(text: str, error: SyntaxError) -> Problem:
    mistake = syntax.find_mistake(text)
    if mistake is None:
        return Problem("query-syntax", f"The engine says: {error}.")
    return syntax.problem(mistake)


_NOUNS: Final = {"bindings": "a table", "boolean": "true or false", "graph": "a graph"}
