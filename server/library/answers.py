"""The answer to a question as its page shows it: a table with links, and cells for pictures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rdflib.namespace import XSD

from server.endpoint.labels import labels_of
from server.library.pictures import Picture
from server.linked_data.addresses import local
from server.store.store import GraphStore

Binding = Mapping[str, Mapping[str, str]]

_NUMBERS: Final = frozenset(
    str(kind)
    for kind in (XSD.integer, XSD.decimal, XSD.double, XSD.float, XSD.int, XSD.long, XSD.short)
)
_LEAST_NAME: Final = 3
_LONG: Final = re.compile(r"-?[1-9][0-9]{4,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A variable, its name for people, and whether its values are numbers."""

    name: str
    heading: str
    is_numeric: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A value: what is read, where it leads, and its IRI or language if it has one."""

    text: str = ""
    href: str | None = None
    iri: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """The columns that are shown, the rows, and how many rows there are in all, if that is known.

    `left_out` are columns whose every value stands in the name of a thing beside it.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    left_out: Sequence[Column]
    total: int | None

    @property
    def is_cut(self) -> bool:
        """Say whether there are more rows than are shown."""
        return self.total != len(self.rows)


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The solutions of a SELECT query, with the names of the things in them."""

    variables: Sequence[str]
    bindings: Sequence[Binding]
    names: Mapping[str, str]

    @classmethod
    def read(cls, document: Mapping[str, Any], data: GraphStore) -> "TableAnswer":
        """Take SPARQL 1.1 Query Results JSON, and look up what its things are called."""
        bindings = document["results"]["bindings"]
        iris = {term["value"] for row in bindings for term in row.values() if term["type"] == "uri"}
        return cls(document["head"]["vars"], bindings, labels_of(data, iris))

    def table(self, total: int | None) -> AnswerTable:
        """Return the table, `total` being the rows in all."""
        shown = [name for name in self.variables if not self._is_said_beside(name)]
        return AnswerTable(
            [self._column(name) for name in shown],
            [[self._cell(row.get(name)) for name in shown] for row in self.bindings],
            [self._column(name) for name in self.variables if name not in shown],
            total,
        )

    def for_pictures(self, pictures: Sequence[Picture]) -> dict[str, Any]:
        """Return what the scripts draw: rows of cells with names and links, of the variables used.

        The form is that of `server/frontend/src/views/index.js`.
        """
        wanted = dict.fromkeys(name for item in pictures for name in item.variables)
        return {
            "variables": list(wanted),
            "rows": [
                {name: self._drawn(row[name]) for name in wanted if name in row}
                for row in self.bindings
            ],
        }

    def _drawn(self, term: Mapping[str, str]) -> dict[str, str]:
        cell = {"type": term["type"], "value": term["value"]}
        if term["type"] == "uri":
            cell["label"] = self.names[term["value"]]
            if href := local(term["value"]):
                cell["href"] = href
        if "datatype" in term:
            cell["datatype"] = term["datatype"]
        return cell

    def _cell(self, term: Mapping[str, str] | None) -> Cell:
        if term is None:
            return Cell()
        iri = term["value"]
        if term["type"] != "uri":
            text = _apart(iri) if term.get("datatype") in _NUMBERS else iri
            return Cell(text, language=term.get("xml:lang"))
        return Cell(self.names[iri], local(iri), iri)

    def _column(self, name: str) -> Column:
        kinds = {row[name].get("datatype") for row in self.bindings if name in row}
        return Column(name, heading(name), bool(kinds) and kinds <= _NUMBERS)

    def _is_said_beside(self, name: str) -> bool:
        """Say whether a column repeats the names of things of another: `project`, then `title`."""
        texts = [row.get(name) for row in self.bindings]
        if not any(texts) or any(term and term["type"] == "uri" for term in texts):
            return False
        return any(
            all(
                _ends(self._cell(row.get(other)), text)
                for row, text in zip(self.bindings, texts, strict=True)
            )
            for other in self.variables
            if other != name and self._is_thing(other)
        )

    def _is_thing(self, name: str) -> bool:
        return all(row[name]["type"] == "uri" for row in self.bindings if name in row)


def heading(name: str) -> str:
    """Return the name of a variable in words: "Co leads" for `coLeads`, "In 2020" for `in2020`."""
    spaced = (
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])", " ", name).replace("_", " ").lower()
    )
    return spaced[:1].upper() + spaced[1:]


def _apart(number: str) -> str:
    """Return a number with its thousands apart; not one of four digits, which may be a year."""
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}{point}{rest}" if _LONG.fullmatch(whole) else number


def _ends(thing: Cell, term: Mapping[str, str] | None) -> bool:
    """Say whether the name of a thing is the text, or ends in it; where one is not, neither is."""
    if term is None:
        return thing.iri is None
    text = term["value"]
    return thing.iri is not None and (
        thing.text == text or (len(text) > _LEAST_NAME and thing.text.endswith(f" {text}"))
    )
