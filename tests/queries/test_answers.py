"""Every question of the library has the answer that was checked against the documents."""

import csv
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from server.engine.embedded import EmbeddedEngine, QueryRequest
from server.library.library import Question
from server.store.store import GraphStore
from tests.rdflib_answers import RdflibAnswers, rows

ROWS = 300


def text(question: Question) -> str:
    """Return the query with the default parameters."""
    return question.query(question.values({}))


def ask(data: GraphStore, query: str) -> ox.QuerySolutions:
    solutions = data.store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


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


def test_rdflib_gives_the_same_rows(
    question: Question, data: GraphStore, by_rdflib: RdflibAnswers
) -> None:
    body = ask(data, text(question)).serialize(format=ox.QueryResultsFormat.JSON)
    assert body is not None
    found = Counter(rows(body, ox.QueryResultsFormat.JSON))
    assert found == Counter(by_rdflib.table(text(question)))


def test_the_order_of_rows_is_that_of_the_query_alone(
    question: Question, other_way_round: ox.Store, folder: Path
) -> None:
    answer = other_way_round.query(text(question))
    assert isinstance(answer, ox.QuerySolutions)
    found = answer.serialize(format=ox.QueryResultsFormat.CSV)
    assert found is not None
    lines = (folder / f"{question.name}.csv").read_bytes().splitlines()
    assert found.splitlines() == lines, "two rows are equal in all that ORDER BY names"


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
