"""Every question of the library has the answer that was checked against the documents."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
from rdflib import Graph, Literal
from rdflib.query import ResultRow
from rdflib.term import Node

from server.engine import EmbeddedEngine, QueryRequest
from server.library import Question
from server.store import GraphStore

ROWS = 300
Row = tuple[str | Decimal | None, ...]


def text(question: Question) -> str:
    """Return the query with the default parameters."""
    return question.query(question.values({}))


def ask(data: GraphStore, query: str) -> ox.QuerySolutions:
    solutions = data.store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


def plain(value: str, datatype: str | None) -> str | Decimal:
    """Return numbers as numbers, for engines write 100000 and 100000.0 for one decimal."""
    number = datatype is not None and datatype.rpartition("#")[2] in {"integer", "decimal"}
    return Decimal(value).normalize() if number else value


def from_oxigraph(term: object) -> str | Decimal | None:
    if isinstance(term, ox.Literal):
        return plain(term.value, term.datatype.value)
    if isinstance(term, ox.NamedNode):
        return term.value
    assert term is None, f"an answer has a term that no CSV can name: {term}"
    return None


def from_rdflib(term: Node | None) -> str | Decimal | None:
    if isinstance(term, Literal):
        return plain(str(term), term.datatype)
    return None if term is None else str(term)


def test_answer_is_the_expected_one(
    question: Question, engine: EmbeddedEngine, folder: Path
) -> None:
    found = engine.query(QueryRequest(text(question), "csv", "csv", None)).body
    expected = (folder / f"{question.name}.csv").read_bytes()
    assert found.decode() == expected.decode()
    assert found.count(b"\n") > 1, "an answer without rows shows nothing"


def test_expected_answer_can_be_read_through(question: Question, folder: Path) -> None:
    with (folder / f"{question.name}.csv").open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    assert rows <= ROWS, "filter, aggregate or give it a parameter"


def test_rdflib_gives_the_same_rows(question: Question, data: GraphStore, union: Graph) -> None:
    ours = ask(data, text(question))
    names = [variable.value for variable in ours.variables]
    expected: Counter[Row] = Counter(
        tuple(from_oxigraph(row[name]) for name in names) for row in ours
    )
    result = union.query(text(question))
    assert [str(variable) for variable in result.vars or ()] == names
    found: Counter[Row] = Counter()
    for row in result:
        assert isinstance(row, ResultRow)
        bound = row.asdict()
        found[tuple(from_rdflib(bound.get(name)) for name in names)] += 1
    assert found == expected


def test_no_answer_has_a_row_twice(question: Question, data: GraphStore) -> None:
    answer = ask(data, text(question))
    names = [variable.value for variable in answer.variables]
    rows = Counter(tuple(str(row[name]) for name in names) for row in answer)
    assert [row for row, times in rows.items() if times > 1] == []


def test_every_answer_belongs_to_a_question(library: list[Question], folder: Path) -> None:
    names = {question.name for question in library}
    assert len(names) >= 90
    assert {path.stem for path in folder.glob("*.csv")} == names
    assert {path.suffix for path in folder.iterdir()} == {".rq", ".csv"}


def test_the_query_is_one_for_all_values_too(asking: Question, data: GraphStore) -> None:
    default = {str(row) for row in ask(data, text(asking))}
    everything = {str(row) for row in ask(data, asking.text)}
    assert len(everything) >= len(default)
