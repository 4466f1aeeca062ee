"""The query of a request, in plain values (SPARQL 1.1 Protocol, section 2.1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from server.endpoint.results import MAX_ROWS
from server.engine.evaluation import AnswerKind, QueryRequest
from server.http.formats import FORMATS, GRAPHS, HTML, TABLES
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.sparql.guard import Dataset

Field = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """The format that a request takes of a table (or a truth value) and of a graph, if any."""

    table: Choice | None
    graph: Choice | None

    def of(self, kind: AnswerKind) -> Choice | None:
        """Return the format for an answer of that kind."""
        return self.graph if kind == "graph" else self.table

    @property
    def is_page(self) -> bool:
        """Say whether the request is a browser's, for a page."""
        return any(choice and choice.format is HTML for choice in (self.table, self.graph))


@lru_cache(maxsize=1024)
def choices(accept: str | None, name: str | None) -> Choices:
    """Return the formats for an Accept header and the value of `format=`, which goes first.

    A name of none of them is passed over: some clients send words of their own there, beside an
    Accept header that says what they want.
    """
    offers = (*TABLES, HTML), (*GRAPHS, HTML)
    named = FORMATS.get(name or "")
    if named is None:
        return Choices(*(choose(accept, offer) for offer in offers))
    given = Choice(named, named.media_type)
    return Choices(*(given if named in offer else choose(accept, offer) for offer in offers))


def query_request(fields: Iterable[Field], formats: Choices) -> QueryRequest:
    """Return the query that the fields of a request state.

    Raises `Problem` if there is none, or more than one, or a field cannot be used.
    """
    given: dict[str, list[str]] = {}
    for key, value in fields:
        given.setdefault(key, []).append(value)
    if given.get("update"):
        raise Problem("update-refused", "The request has an update.")
    queries = given.get("query", [])
    if len(queries) > 1:
        raise Problem("query-repeated", f"The request has {len(queries)} queries.")
    if not queries or not queries[0].strip():
        raise Problem("query-missing", "The request has no query.")
    defaults = tuple(given.get("default-graph-uri", ()))
    named = tuple(given.get("named-graph-uri", ()))
    return QueryRequest(
        text=queries[0],
        bindings=_engine_format(formats.table, "json"),
        boolean=_engine_format(formats.table, "json"),
        graph=_engine_format(formats.graph, "ttl"),
        dataset=Dataset(defaults, named) if defaults or named else None,
        seconds=_seconds(given.get("timeout", ())),
        rows=_most_rows(formats.table),
        statements=_most_rows(formats.graph),
    )


def _seconds(values: Iterable[str]) -> float | None:
    """Return the time that the client gives its query (`timeout=`), in seconds."""
    for value in values:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) or float(value) == 0:
            raise Problem("parameter", f"timeout is {value!r}: give seconds, such as 5 or 0.5.")
        return float(value)
    return None


def _engine_format(choice: Choice | None, for_page: str) -> str | None:
    """Return the format to ask of the engine; a page is made from the format `for_page`."""
    if choice is None:
        return None
    return for_page if choice.format is HTML else choice.format.key


def _most_rows(choice: Choice | None) -> int | None:
    """Return how much of an answer a page needs; other formats get all."""
    return MAX_ROWS if choice and choice.format is HTML else None
