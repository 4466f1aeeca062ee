"""What the views of /explore are made of: filters, their query, what it finds, its sources."""

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cachetools import LRUCache
from flask import request

from ontology.iris import path_of
from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.http.problems import Problem
from server.linked_data.addresses import query_link
from server.store.store import GraphStore

Row = dict[str, str]

# Every choice of one filter, and combinations that people come back to.
_ANSWERS_KEPT: Final = 128
_DOCUMENT: Final = ID + "document/"
_NAMED_BY: Final = ("cebu", "dcterms", "oa", "rdf", "rdfs", "skos")
# What is written beside the fields of the filters.
_OTHER_FIELDS: Final = frozenset(("format",))

_answers: weakref.WeakKeyDictionary[GraphStore, tuple[str, "LRUCache[str, list[Row]]"]] = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of the address: its choices, each with a name, and what is chosen, if anything."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    value: str | None

    @property
    def chosen(self) -> str:
        """Return the name of what is chosen, nothing if nothing is."""
        return dict(self.choices).get(self.value or "", "")

    @property
    def iri(self) -> str:
        """Return the IRI of what is chosen."""
        return ID + (self.value or "")


@dataclass(frozen=True, slots=True)
class View:
    """What a view shows, and hands out as a table.

    `queries` are the SPARQL queries behind it, the first one that of the table; `columns` are the
    names of the table's columns, `rows` its rows.
    """

    name: str
    title: str
    lead: str
    filters: Sequence[Filter]
    queries: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: list[Row]
    sources: list[tuple[str, str]]
    template: str
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def workbench(self) -> list[tuple[str, str, str]]:
        """Return each query with its name, and the path that opens it in the workbench."""
        return [(name, text, query_link(text)) for name, text in self.queries]


def select(data: GraphStore, query: str) -> list[Row]:
    """Return the solutions of one of our own queries, kept as long as the data are the same."""
    known = _answers.get(data)
    if known is None or known[0] != data.version:
        known = _answers[data] = data.version, LRUCache(_ANSWERS_KEPT)
    rows = known[1].get(query)
    if rows is None:
        rows = known[1][query] = data.select(query)
    return rows


def query(variables: str, patterns: Iterable[str], order: str, group: str = "") -> str:
    """Return a SELECT query with its prefixes, its patterns one below the other."""
    form = "SELECT" if group else "SELECT DISTINCT"
    group_by = f"GROUP BY {group}\n" if group else ""
    body = "\n".join(f"  {line}" for pattern in patterns for line in pattern.splitlines())
    prefixes = "\n".join(
        f"PREFIX {name}: <{PREFIXES[name]}>" for name in _NAMED_BY if f"{name}:" in body
    )
    return f"{prefixes}\n\n{form} {variables}\nWHERE {{\n{body}\n}}\n{group_by}ORDER BY {order}\n"


def choices(data: GraphStore, variable: str, patterns: Iterable[str]) -> list[tuple[str, str]]:
    """Return what `?variable` can be, as paths below `id/`, with labels, by label."""
    text = query(f"?{variable} ?label", [*patterns, f"?{variable} rdfs:label ?label ."], "?label")
    return [
        (path_of(row[variable]), row["label"])
        for row in select(data, text)
        if row[variable].startswith(ID)
    ]


def chosen(name: str, label: str, offered: Sequence[tuple[str, str]]) -> Filter:
    """Return the filter with the value of the request; an empty field chooses nothing.

    Raises `Problem`, which lists the choices, if the value is none of them.
    """
    value = request.args.get(name) or None
    if value is not None and value not in dict(offered):
        raise Problem(
            "parameter",
            f"{name} is {value[:80]!r}, which is none of the values of “{label}”.",
            next_step=f"Leave {name} out, or choose one of those available.",
            more={"available": [key for key, _ in offered]},
        )
    return Filter(name, label, offered, value)


def check_fields(filters: Iterable[Filter]) -> None:
    """Raise `Problem` if the address has a field that the view does not know."""
    names = [item.name for item in filters]
    for name in request.args:
        if name not in _OTHER_FIELDS and name not in names:
            raise Problem(
                "parameter",
                f"This view has no filter {name[:80]!r}.",
                next_step="Leave it out, or use one of those available.",
                more={"available": [*names, *sorted(_OTHER_FIELDS)]},
            )


def titles(data: GraphStore) -> dict[str, str]:
    """Return the title of each source document, by its IRI."""
    text = query(
        "?document ?title",
        [f"?document a <{Cebu.SourceDocument}> ;\n  dcterms:title ?title ."],
        "?document",
    )
    return {row["document"]: row["title"] for row in select(data, text)}


def sources(data: GraphStore, documents: Iterable[str]) -> list[tuple[str, str]]:
    """Return the address of each document's page here, with its title."""
    names = titles(data)
    return [
        (f"/sources/{iri.removeprefix(_DOCUMENT)}", names[iri])
        for iri in sorted(set(documents))
        if iri in names
    ]
