"""Tables with labels: beside each column of IRIs one with their names (CSV, TSV, XLSX)."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from flask import Response, g, request

from server.endpoint.labels import labels_of
from server.engine.evaluation import Answer, QueryRequest
from server.explore.export import XLSX, as_xlsx
from server.explore.view import View
from server.http.formats import FORMATS, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.http.responses import answer, not_acceptable, told
from server.store.store import GraphStore, Past

FIELD: Final = "labels"
FORMAT_KEYS: Final = frozenset((XLSX.key,))
"""Values of `format=` that only this module knows."""

OFFERS: Final = (FORMATS["csv"], FORMATS["tsv"], XLSX)
MAX_ROWS: Final = 100_000
"""Rows of such a table: it is made here, not by the engine."""

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A table that is to be made here: its format, and whether labels go with it."""

    format: Format
    with_labels: bool
    media_type: str


def wish(values: Mapping[str, str]) -> Wish | None:
    """Return what the fields of the request ask for; None if the engine's own answer will do.

    Raises `Problem` if `labels` has another value than true or false, or the request takes none of
    the formats.
    """
    labels, name = values.get(FIELD), values.get("format")
    if labels not in {None, "true", "false"}:
        raise Problem(
            "parameter", f"labels is {labels[:50]!r}.", next_step="Give true, or leave it out."
        )
    if labels != "true" and name not in FORMAT_KEYS:
        return None
    g.negotiated = True
    named = next((offer for offer in OFFERS if offer.key == name), None)
    if named is not None:
        choice: Choice | None = Choice(named, named.media_type)
    elif name in FORMATS:
        choice = None  # it was asked for, and has no room for labels
    else:
        choice = choose(request.headers.get("Accept"), OFFERS)
    if choice is None:
        raise not_acceptable(OFFERS)
    return Wish(choice.format, labels == "true", choice.media_type)


def request_of(asked: QueryRequest) -> QueryRequest:
    """Return the query for the engine, whose answer `respond` makes a table of."""
    return asked._replace(bindings="json", boolean="json", graph="nt", rows=MAX_ROWS, statements=1)


def respond(
    wanted: Wish, result: Answer, data: GraphStore | Past, *, title: str, text: str
) -> Response:
    """Return the table as a download. Raises `Problem` if the answer is no table."""
    if result.kind != "bindings":
        raise Problem(
            "not-acceptable",
            "Labels and workbooks are for tables, and this query makes none.",
            next_step="Ask for it without labels=true, in another format.",
        )
    solutions = ox.parse_query_results(result.body, format=ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (bindings are solutions)
    names = [variable.value for variable in solutions.variables]
    rows: list[list[Term]] = [list(solution) for solution in solutions]
    named = _columns_of_iris(names, rows) if wanted.with_labels else set()
    iris = (str(term.value) for row in rows for term in row if isinstance(term, ox.NamedNode))
    labels = labels_of(data, iris) if named else {}
    header = _header(names, named)
    body = _WRITERS[wanted.format.key](header, _cells(rows, named, labels), title, text)
    response = answer(body, wanted.format.content_type(wanted.media_type))
    return told(response, result)


def _columns_of_iris(names: list[str], rows: list[list[Term]]) -> set[int]:
    return {
        place
        for place in range(len(names))
        if any(isinstance(row[place], ox.NamedNode) for row in rows)
    }


def _header(names: list[str], named: set[int]) -> list[str]:
    """Return the names of the columns; one of a label is none of the query's own."""
    header = []
    for place, name in enumerate(names):
        header.append(name)
        if place in named:
            label = f"{name}_label"
            while label in names:
                label += "_"
            header.append(label)
    return header


def _cells(
    rows: list[list[Term]], named: set[int], labels: Mapping[str, str]
) -> Iterator[list[Term]]:
    for row in rows:
        cells: list[Term] = []
        for place, term in enumerate(row):
            cells.append(term)
            if place in named:
                name = labels[term.value] if isinstance(term, ox.NamedNode) else None
                cells.append(None if name is None else ox.Literal(name))
        yield cells


def _plain(term: Term) -> str:
    """Return a term as CSV has it (SPARQL 1.1 Query Results CSV and TSV Formats, section 3.2)."""
    if isinstance(term, ox.NamedNode | ox.Literal):
        return term.value
    return "" if term is None else str(term)


def _exact(term: Term) -> str:
    """Return a term as TSV has it, in the syntax of Turtle (section 4.1)."""
    return "" if term is None else str(term).replace("\t", "\\t")


def _as_csv(header: list[str], cells: Iterator[list[Term]], _title: str, _text: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_plain(term) for term in row] for row in cells)
    return out.getvalue()


def _as_tsv(header: list[str], cells: Iterator[list[Term]], _title: str, _text: str) -> str:
    lines = ["\t".join(f"?{name}" for name in header)]
    lines += ["\t".join(_exact(term) for term in row) for row in cells]
    return "\n".join(lines) + "\n"


def _as_xlsx(header: list[str], cells: Iterator[list[Term]], title: str, text: str) -> bytes:
    rows = [dict(zip(header, map(_plain, row), strict=True)) for row in cells]
    view = View("answer", title, "", (), [("query", text)], header, rows, [], "")
    return as_xlsx(view, request.url)


_Writer = Callable[[list[str], Iterator[list[Term]], str, str], str | bytes]
_WRITERS: Final[dict[str, _Writer]] = {"csv": _as_csv, "tsv": _as_tsv, "xlsx": _as_xlsx}
