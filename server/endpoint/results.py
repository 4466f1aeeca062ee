"""The answer to a query as a table for people: labels beside IRIs, each a link."""

import json
from dataclasses import dataclass
from typing import Any, Final

from rdflib import Graph

from server.engine.embedded import Answer
from server.linked_data.addresses import local
from server.linked_data.labels import label, short

MAX_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: its text, the link and short IRI if it is a resource, the language if any."""

    text: str
    href: str | None = None
    iri: str | None = None
    short: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Column names and the first rows, with the number of rows in all, if that is known."""

    columns: list[str]
    rows: list[list[Cell]]
    total: int | None

    @property
    def is_cut(self) -> bool:
        """Say whether there are more rows than are shown."""
        return self.total != len(self.rows)


def table(answer: Answer, data: Graph) -> Table:
    """Return the table of a SELECT answer in SPARQL 1.1 Query Results JSON."""
    document = json.loads(answer.body)
    columns = list(document["head"]["vars"])
    bindings = document["results"]["bindings"]
    cells: dict[str, Cell] = {}
    rows = [
        [_cell(binding.get(name), data, cells) for name in columns]
        for binding in bindings[:MAX_ROWS]
    ]
    return Table(columns, rows, answer.cut.of if answer.cut else len(bindings))


def _cell(term: dict[str, Any] | None, data: Graph, known: dict[str, Cell]) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] != "uri":
        return Cell(str(term["value"]), language=term.get("xml:lang"))
    iri = term["value"]
    if iri not in known:
        known[iri] = Cell(label(data, iri), local(iri), iri, short(iri))
    return known[iri]
