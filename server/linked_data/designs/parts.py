"""What the designs of pages about things are made of: facts, tables, groups and a timeline."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rdflib import RDFS, URIRef

from ontology.terms import Cebu
from server.explore.timeline import Bar, Scale, scale
from server.linked_data.entity import Entity, Pointer
from server.linked_data.labels import counted, short
from server.linked_data.statements import Link, Quote, Value, iris, quotes_of_value, statements

# Marks words for the catalogues (gettext's own idiom); templates translate them.
N_: Final = str

LABELLED: Final = f'OPTIONAL {{ ?x <{RDFS.label}> ?label FILTER(LANG(?label) = "en") }}'
"""In a query: the English label of ?x."""
ROWS_SHOWN: Final = 25
"""Of one table; the rest is on the pages of its property."""
MANY: Final = 100
"""Rows of the table that a page is for."""
ITEMS_SHOWN: Final = 3
"""Of one kind in one group."""

Property = URIRef | str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to see at a glance; `derived` says from what, if no statement is it."""

    name: str
    values: list[Value]
    derived: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, and the properties whose values it shows.

    With `is_role` it shows by which of the properties a thing points at the entity; with
    `is_figure` its digits are written in threes. Words that say
    the same as another column's need not be `said` again; the thing's own page has them.
    """

    name: str
    properties: Sequence[Property]
    is_role: bool = False
    said: bool = True
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: for each column its values."""

    cells: list[list[Value]]

    @property
    def is_said(self) -> bool:
        """Say whether any of its values has words."""
        return any(value.quotes for cell in self.cells for value in cell)

    def said(self, columns: Sequence[str]) -> list[tuple[str, list[Quote]]]:
        """Return the words for the values of each column; the same words come once."""
        found: dict[str, tuple[str, list[Quote]]] = {}
        for name, cell in zip(columns, self.cells, strict=True):
            said = {quote.passage.iri: quote for value in cell for quote in value.quotes}
            if said:
                found[name] = name, list(said.values())
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading, and from which statements it is made.

    `more` is the property (as addresses name it) whose pages list the rows that are not here.
    """

    key: str
    heading: str
    derived: str
    columns: list[str]
    lines: list[Line]
    total: int
    more: str = ""
    kind: str = "table"

    @property
    def is_said(self) -> bool:
        """Say whether any of its rows has words."""
        return any(line.is_said for line in self.lines)


@dataclass(frozen=True, slots=True)
class Item:
    """Things under one heading: `total` of them, some here."""

    link: Link | None
    counts: list[tuple[str, int]]
    pointers: list[Pointer]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(number for _, number in self.counts)

    @property
    def counted(self) -> list[str]:
        """Return how many there are of each kind, in words."""
        return [counted(number, kind) for kind, number in self.counts]

    @property
    def is_by_kind(self) -> bool:
        """Say whether what they have in common is their kind."""
        return self.link is not None and [kind for kind, _ in self.counts] == [self.link.label]


@dataclass(frozen=True, slots=True)
class Groups:
    """Things by something that they have in common."""

    key: str
    heading: str
    derived: str
    items: list[Item]
    more: str = ""
    about: str = ""
    kind: str = "groups"


@dataclass(frozen=True, slots=True)
class Side:
    """A claim beside others: what it says, and in which words."""

    claim: Link
    subject: Value
    property: Value
    value: Value
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class Sides:
    """Claims side by side."""

    key: str
    heading: str
    derived: str
    sides: list[Side]
    kind: str = "sides"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a timeline: what, when, where it leads, and the words that say when."""

    name: str
    href: str | None
    when: str
    bars: list[Bar]
    quotes: list[Quote]
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Spans and days on a line of years."""

    scale: Scale
    events: list[Event]

    @property
    def marks(self) -> list[tuple[int, float]]:
        """Return the years that are written: all of them, or so many as have room."""
        years = self.scale.years
        step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 1000) if len(years) <= 10 * size)
        return [(year, x) for year, x in years if year % step == 0]


@dataclass(slots=True)
class Design:
    """What is shown of a thing first."""

    facts: list[Fact] = field(default_factory=list)
    sections: list[Table | Groups | Sides] = field(default_factory=list)
    timeline: Timeline | None = None
    timeline_last: bool = False
    lead: Fact | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """What goes on a timeline: a name with a link, two dates and years, and the words for them."""

    link: Link
    printed: str
    earliest: str | None
    latest: str | None
    years: Sequence[str]
    quotes: list[Quote]


class Desk:
    """What a design works with: the entity, and ways to read more of the graph."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.iri = str(entity.iri)
        self.names = entity.names
        self.own = entity.own
        self.design = Design()

    def values(self, *properties: Property) -> list[Value]:
        """Return the entity's own values of the properties."""
        return [value for name in properties for value in self.own.get(str(name), [])]

    def lead(self, name: str, *properties: Property) -> None:
        """Put the entity's own words first."""
        values = self.values(*properties)
        if values:
            self.design.lead = Fact(name, values)

    def fact(self, name: str, *properties: Property) -> None:
        """Show the values of the properties, if there are any."""
        values = self.values(*properties)
        if values:
            self.design.facts.append(Fact(name, values))

    def derived(self, name: str, texts: Iterable[str | Link], derived: str) -> None:
        """Show what no statement is, and say from what it comes."""
        values = [
            Value(text, None, None, []) if isinstance(text, str) else plain(text) for text in texts
        ]
        if values:
            self.design.facts.append(Fact(name, values, derived))

    def pointing(self, *properties: Property, kind: Property = "") -> list[str]:
        """Return what points at the entity by one of the properties, by label."""
        linking = {group.property.iri for group in self.entity.links}
        properties = tuple(name for name in properties if str(name) in linking)
        if not properties:
            return []
        typed = f"?x a <{kind}> ." if kind else ""
        names = iris(map(str, properties))
        return self.found(f"VALUES ?p {{ {names} }} ?x ?p <{self.iri}> . {typed}")

    def found(self, pattern: str) -> list[str]:
        """Return what ?x is in the pattern, by label, numbers in their order."""
        rows = self.entity.data.select(
            f"SELECT DISTINCT ?x ?label {{ {pattern} {LABELLED} FILTER(isIRI(?x)) }}"
        )
        return self.sorted({self.named(row) for row in rows})

    def named(self, row: dict[str, str]) -> str:
        """Return what ?x is in a row, and keep its label for later."""
        return self.names.link(row["x"], row.get("label")).iri

    def sorted(self, found: Iterable[str]) -> list[str]:
        """Return things by label, numbers in their order."""
        return sorted(found, key=lambda iri: (natural(self.names.link(iri).label), iri))

    def table(
        self,
        key: str,
        heading: str,
        name: str,
        things: Sequence[str],
        columns: Sequence[Column],
        derived: str,
        *,
        more: Property = "",
        most: int = ROWS_SHOWN,
    ) -> None:
        """Show the first `most` things as a table, if there are any."""
        if not things:
            return
        shown = things[:most]
        wanted = [name for column in columns for name in column.properties]
        said = [name for column in columns if column.said for name in column.properties]
        read = statements(self.names, shown, wanted, said=said)
        lines = []
        for thing in shown:
            cells = [[plain(self.names.link(thing))]]
            cells += [self._cell(column, read[thing]) for column in columns]
            lines.append(Line(cells))
        headings = [name, *(column.name for column in columns)]
        # A column of which nothing is known tells nothing.
        kept = [
            place
            for place in range(len(headings))
            if place == 0 or any(line.cells[place] for line in lines)
        ]
        self.design.sections.append(
            Table(
                key,
                heading,
                derived,
                [headings[place] for place in kept],
                [Line([line.cells[place] for place in kept]) for line in lines],
                len(things),
                short(str(more)) if more else "",
            )
        )

    def groups(
        self,
        key: str,
        heading: str,
        derived: str,
        rows: Iterable[tuple[str, str, str]],
        said_by: Property = "",
        about: str = "",
        *,
        said: bool = True,
    ) -> None:
        """Show things by what they share: rows of a common thing, a kind in words, and a thing.

        `said_by` is the property by which they point at the entity, whose words are shown if
        `said`; its pages have the words of all. `about` is put behind the heading.
        """
        by_common: dict[str, dict[str, set[str]]] = {}
        for common, kind, thing in rows:
            by_common.setdefault(common, {}).setdefault(kind, set()).add(thing)
        if not by_common:
            return
        shown = {
            (common, kind): self.sorted(things)[:ITEMS_SHOWN]
            for common, kinds in by_common.items()
            for kind, things in kinds.items()
        }
        all_shown = {thing for things in shown.values() for thing in things}
        pairs = [(thing, str(said_by)) for thing in all_shown] if said and said_by else []
        words = quotes_of_value(self.names, pairs, self.iri)
        items = [
            Item(
                self.names.link(common) if common else None,
                [(kind, len(by_common[common][kind])) for kind in sorted(by_common[common])],
                [
                    Pointer(self.names.link(thing), words.get((thing, str(said_by)), []))
                    for kind in sorted(by_common[common])
                    for thing in shown[common, kind]
                ],
            )
            for common in sorted(
                by_common,
                key=lambda iri: (not iri, natural(self.names.link(iri).label if iri else "")),
            )
        ]
        more = short(str(said_by)) if said_by else ""
        self.design.sections.append(Groups(key, heading, derived, items, more, about))

    def spans(self, things: Sequence[str]) -> list[Span]:
        """Return when the things are, as the graph has it; those without a date are left out.

        Of the entity itself the words are there too; the others have theirs on their own pages.
        """
        wanted = (
            Cebu.earliest,
            Cebu.latest,
            Cebu.year,
            Cebu.timelineAsPrinted,
            Cebu.dateAsPrinted,
        )
        others = [thing for thing in things if thing != self.iri]
        read = statements(self.names, others, wanted, said=())
        read[self.iri] = self.own
        spans = []
        for thing in things:
            found = read[thing]
            dated = [value for name in wanted[:3] for value in found.get(str(name), [])]
            if not dated:
                continue
            printed = [value for name in wanted[3:] for value in found.get(str(name), [])]
            words: dict[str, Quote] = {}
            for value in [*printed, *dated]:
                words.update((said.passage.iri, said) for said in value.quotes)
            spans.append(
                Span(
                    self.names.link(thing),
                    ", ".join(value.text for value in printed),
                    _text(found, wanted[0]),
                    _text(found, wanted[1]),
                    [value.text for value in found.get(str(wanted[2]), [])],
                    list(words.values()),
                )
            )
        return spans

    def timeline(self, spans: Sequence[Span]) -> None:
        """Draw spans on a line of years, if there are any."""
        days = [day for span in spans for day in (span.earliest, span.latest) if day]
        days += [f"{year}-01-01" for span in spans for year in span.years if _is_year(year)]
        if not days or not spans:
            return
        line = scale(days)
        events = []
        for span in spans:
            bars = [
                bar
                for year in span.years
                if (bar := line.bar(f"{year}-01-01", f"{year}-12-31")) is not None
            ]
            if not bars and (bar := line.bar(span.earliest or span.latest, span.latest)):
                bars = [bar]
            if bars:
                events.append(
                    Event(
                        span.link.label,
                        span.link.href if span.link.iri != self.iri else None,
                        _when(span),
                        bars,
                        span.quotes,
                        is_other=span.link.iri != self.iri,
                    )
                )
        if events:
            self.design.timeline = Timeline(line, events)

    def _cell(self, column: Column, found: dict[str, list[Value]]) -> list[Value]:
        if not column.is_role:
            values = [value for name in column.properties for value in found.get(str(name), [])]
            return list(map(figure, values)) if column.is_figure else values
        cell = []
        for name in column.properties:
            for value in found.get(str(name), []):
                if value.iri == self.iri:
                    link = self.names.link(str(name))
                    cell.append(Value(link.label, None, None, value.quotes))
        return cell


def plain(link: Link) -> Value:
    """Return a link as a value without words of its own."""
    return Value(link.label, link, None, [])


def figure(value: Value) -> Value:
    """Return a value with the digits of its whole number in threes; other texts stay."""
    whole = re.fullmatch(r"(-?[0-9]{4,})(\.[0-9]+)?", value.text)
    if not whole:
        return value
    return replace(value, text=f"{int(whole[1]):,}{whole[2] or ''}")


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return what texts are sorted by, so that 9 goes before 10."""
    return [
        (0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part.casefold())
        for part in re.split(r"([0-9]{1,9})", text)
        if part
    ]


def _text(found: dict[str, list[Value]], name: Property) -> str | None:
    values = found.get(str(name), [])
    return values[0].text if values else None


def _when(span: Span) -> str:
    if span.printed:
        return span.printed
    if span.years:
        return ", ".join(span.years)
    days = [day for day in (span.earliest, span.latest) if day]
    return " – ".join(dict.fromkeys(days))


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit()
