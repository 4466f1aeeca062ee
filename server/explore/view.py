"""What the views of /explore are made of: filters, their query, what it finds, its sources."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from cachetools import LRUCache
from flask import request

from ontology.iris import path_of
from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.explore.drawing import Pen, as_file, in_page
from server.http.problems import Problem
from server.linked_data.addresses import query_link
from server.store.kept import kept_by_version
from server.store.store import GraphStore

Row = dict[str, str]

# Every choice of one filter, and combinations that people come back to.
_ANSWERS_KEPT: Final = 256
_DOCUMENT: Final = ID + "document/"
_NAMED_BY: Final = (
    "cebu",
    "dcterms",
    "oa",
    "org",
    "qb",
    "rdf",
    "rdfs",
    "sdmx-attribute",
    "sdmx-dimension",
    "sdmx-measure",
    "skos",
)
# What is written beside the fields of the filters.
_OTHER_FIELDS: Final = frozenset(("format",))


@dataclass(slots=True)
class _Answers:
    """What is known of one state of the data: what no filter changes, and what was asked lately."""

    kept: dict[str, list[Row]] = field(default_factory=dict)
    lately: LRUCache[str, list[Row]] = field(default_factory=lambda: LRUCache(_ANSWERS_KEPT))


@kept_by_version
def _answers(_data: GraphStore) -> _Answers:
    return _Answers()


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of the address: its choices, each with a name, and what is chosen, if anything.

    `groups` has the name of the group of a choice, if it is in one; `empty` is what the form says
    if nothing is chosen.
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    values: tuple[str, ...] = ()
    is_multiple: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    empty: str = "All"

    @property
    def value(self) -> str | None:
        """Return what is chosen, the first of several."""
        return self.values[0] if self.values else None

    @property
    def chosen(self) -> str:
        """Return the names of what is chosen, nothing if nothing is."""
        names = dict(self.choices)
        return ", ".join(names[value] for value in self.values)

    @property
    def grouped(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the choices by the names of their groups, in their order."""
        return [
            (name, list(items))
            for name, items in groupby(self.choices, lambda choice: self.groups.get(choice[0], ""))
        ]

    @property
    def iri(self) -> str:
        """Return the IRI of what is chosen."""
        return ID + (self.value or "")

    @property
    def iris(self) -> str:
        """Return the IRIs of all that is chosen, as terms of a query."""
        return " ".join(f"<{ID}{value}>" for value in self.values)


@dataclass(frozen=True, slots=True)
class View:
    """What a view shows, and hands out as a table.

    `queries` are the SPARQL queries behind it, the first one that of the table; `columns` are the
    names of the table's columns, `rows` its rows. `draw` draws the view with a pen of a page, or
    of a file; a view without one has no picture.
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
    draw: Callable[[Pen], None] | None = None
    width: int = 960

    @property
    def heading(self) -> str:
        """Return the title with what is chosen."""
        words = [f"{item.label}: {item.chosen}" for item in self.filters if item.value]
        return "; ".join([self.title, *words])

    def picture(self, key: str = "picture") -> str:
        """Return the picture as a part of a page, nothing if there is none."""
        if self.draw is None:
            return ""
        pen = Pen(self.width)
        self.draw(pen)
        return in_page(pen, self.heading, self.lead, key)

    def drawing(self, root: str, address: str) -> str:
        """Return the picture as a file that says where it comes from; `root` is this server."""
        if self.draw is None:
            raise ValueError("a view without a picture")
        pen = Pen(self.width, root)
        self.draw(pen)
        names = "; ".join(title for _, title in self.sources)
        return as_file(pen, self.heading, self.lead, [f"Sources: {names}", address])

    @property
    def workbench(self) -> list[tuple[str, str, str]]:
        """Return each query with its name, and the path that opens it in the workbench."""
        return [(name, text, query_link(text)) for name, text in self.queries]


def select(data: GraphStore, query: str, *, is_fixed: bool = False) -> list[Row]:
    """Return the solutions of one of our own queries, kept as long as the data are the same.

    One that `is_fixed`, whatever the reader filters, is never given up for others.
    """
    known = _answers(data)
    place = known.kept if is_fixed else known.lately
    rows = place.get(query)
    if rows is None:
        rows = place[query] = data.select(query)
    return rows


def query(
    variables: str,
    patterns: Iterable[str],
    order: str,
    group: str = "",
    *,
    plain: bool = False,
) -> str:
    """Return a SELECT query with its prefixes, its patterns one below the other.

    A `plain` one, of a single number, has no need of DISTINCT, nor has one with a `group`.
    """
    form = "SELECT" if group or plain else "SELECT DISTINCT"
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
        for row in select(data, text, is_fixed=True)
        if row[variable].startswith(ID)
    ]


def chosen(
    name: str,
    label: str,
    offered: Sequence[tuple[str, str]],
    *,
    multiple: bool = False,
    groups: Mapping[str, str] | None = None,
    empty: str = "All",
) -> Filter:
    """Return the filter with the values of the request; an empty field chooses nothing.

    Raises `Problem`, which lists the choices, if a value is none of them, or if there are several
    where one can be chosen.
    """
    known = dict(offered)
    # In the order of the choices: one choice, one answer, however it is written.
    given = {value for value in request.args.getlist(name) if value}
    for value in sorted(given - known.keys()):
        raise Problem(
            "parameter",
            f"{name} is {value[:80]!r}, which is none of the values of “{label}”.",
            next_step=f"Leave {name} out, or choose one of those available.",
            more={"available": list(known)},
        )
    if len(given) > 1 and not multiple:
        raise Problem(
            "parameter",
            f"{name} is given {len(given)} times with different values.",
            next_step=f"Give {name} once.",
            more={"available": list(known)},
        )
    values = tuple(value for value in known if value in given)
    return Filter(name, label, offered, values, multiple, groups or {}, empty)


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
    """Return the name of each source document, by its IRI; titles may be all capitals."""
    text = query(
        "?document ?title",
        [f"?document a <{Cebu.SourceDocument}> ;\n  rdfs:label ?title ."],
        "?document",
    )
    return {row["document"]: row["title"] for row in select(data, text, is_fixed=True)}


def sources(data: GraphStore, documents: Iterable[str]) -> list[tuple[str, str]]:
    """Return the address of each document's page here, with its title."""
    names = titles(data)
    return [
        (f"/sources/{iri.removeprefix(_DOCUMENT)}", names[iri])
        for iri in sorted(set(documents))
        if iri in names
    ]
