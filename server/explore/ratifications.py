"""Ratifications: states and conventions, as the documents of 2017 and 2020 print them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ontology.namespaces import ID
from ontology.terms import Cebu
from server.explore.charts import grid
from server.explore.drawing import Pen
from server.explore.view import (
    Row,
    View,
    check_fields,
    choices,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.store.store import GraphStore

_VARIABLES: Final = (
    "?entry ?state ?stateName ?instrument ?instrumentName ?kind ?act ?actName"
    " ?dateAsPrinted ?earliest ?latest ?asOf ?source"
)
_PATTERNS: Final = (
    "?entry cebu:state ?state ;\n  cebu:instrument ?instrument .",
    "?claim rdf:subject ?entry ;\n"
    "  rdf:predicate cebu:treatyStatus ;\n"
    "  rdf:object ?act ;\n"
    "  cebu:statedIn ?source .",
    "?instrument rdfs:label ?instrumentName ;\n  a ?kind .",
    "?state rdfs:label ?stateName .",
    "?act rdfs:label ?actName .",
    "OPTIONAL { ?entry cebu:dateAsPrinted ?dateAsPrinted }",
    "OPTIONAL { ?entry cebu:earliest ?earliest ; cebu:latest ?latest }",
    "# Only the annexes of 2017 say as of which day.\nOPTIONAL { ?entry cebu:asOf ?asOf }",
)
_ORDER: Final = "?instrument ?state ?source ?dateAsPrinted"
_EVERY: Final = query(_VARIABLES, _PATTERNS, _ORDER)
_COLUMNS: Final = ("difference", *_VARIABLES.replace("?", "").split())
_IN_ANNEXES: Final = query(
    "?instrument ?asOf",
    ["?annex cebu:asOf ?asOf ;\n  cebu:instrument ?instrument ."],
    "?instrument",
)
_INSTRUMENTS: Final = ("?entry a cebu:TreatyStatus ;\n  cebu:instrument ?instrument .",)
_LISTED: Final = ("?entry a cebu:TreatyStatus ;\n  cebu:state ?state .",)
_SOURCED: Final = ("?claim rdf:predicate cebu:treatyStatus ;\n  cebu:statedIn ?source .",)
_ACTS: Final = ID + "concept/treaty-status/"
_CONVENTION: Final = re.compile(r"ilo-[cp](\d+)", re.A)
# Of the picture: room for the names of the instruments, in pixels.
_NAMES: Final = 270
_PARTY: Final = frozenset((_ACTS + "ratified", _ACTS + "acceded"))

NEW: Final = "new since 2017"
DIFFERENT: Final = "differs"
_DIFFERENCES: Final = {"new": NEW, "differs": DIFFERENT}
SYMBOLS: Final = {NEW: "▲", DIFFERENT: "◆"}


@dataclass(slots=True)
class Entry:
    """What one document says of a state and an instrument."""

    words: str
    href: str | None


@dataclass(slots=True)
class Cell:
    """What is said of a state and an instrument in 2017 and in 2020, and how that differs."""

    before: list[Entry] = field(default_factory=list)
    after: list[Entry] = field(default_factory=list)
    difference: str = ""
    why: str = ""

    @property
    def symbol(self) -> str:
        """Return the sign of the difference, nothing if there is none."""
        return SYMBOLS.get(self.difference, "")


def ratifications(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    filters = [
        chosen("state", "State", choices(data, "state", _LISTED)),
        chosen("instrument", "Instrument", choices(data, "instrument", _INSTRUMENTS)),
        chosen("kind", "Kind of instrument", _kinds(data)),
        chosen("source", "Source", choices(data, "source", _SOURCED)),
        chosen("difference", "Difference", [(key, name) for key, name in _DIFFERENCES.items()]),
    ]
    check_fields(filters)
    state, instrument, kind, source, differing = filters
    wanted = [
        *([f"VALUES ?state {{ <{state.iri}> }}"] if state.value else []),
        *([f"VALUES ?instrument {{ <{instrument.iri}> }}"] if instrument.value else []),
        *([f"VALUES ?kind {{ cebu:{kind.value} }}"] if kind.value else []),
    ]
    # At the end: put first, the engine begins with all claims of the document.
    last = [f"VALUES ?source {{ <{source.iri}> }}"] if source.value else []
    if differing.value:
        # What differs is found by comparing two documents, so it is worked out here.
        last.append(_places(data, _DIFFERENCES[differing.value]))
    text = query(_VARIABLES, [*wanted, *_PATTERNS, *last], _ORDER)
    found = select(data, text)
    # Which instruments the annexes list does not depend on what the reader filters.
    annexes = {} if source.value else _annexes(data)
    cells = _cells(found, annexes)
    rows = [{"difference": cells[_place(row)].difference, **row} for row in found]
    names = {row["instrument"]: row["instrumentName"] for row in found}
    states = sorted({(row["state"], row["stateName"]) for row in found})
    instruments = [(iri, names[iri]) for iri in sorted(names, key=_by_number)]
    return View(
        "ratifications",
        "Ratifications",
        "Which conventions and protocols each member state had ratified by October 2017, and what"
        " was printed in 2020. An empty place is silence: no document says anything.",
        filters,
        [
            ("The entries of the table", text),
            ("The conventions that the annexes list", _IN_ANNEXES),
        ],
        _COLUMNS,
        rows,
        sources(data, (row["source"] for row in found)),
        "explore/ratifications.html",
        {
            "states": [(iri, name, local(iri)) for iri, name in states],
            "instruments": [(iri, name, local(iri)) for iri, name in instruments],
            "cells": cells,
            "none": Cell(),
            "entries": len({(row["entry"], row["source"]) for row in found}),
            "differences": {
                name: sum(cell.difference == name for cell in cells.values()) for name in SYMBOLS
            },
            "symbols": SYMBOLS,
        },
        draw=lambda pen: _draw(pen, states, instruments, cells),
        width=max(480, _NAMES + 122 * len(states)),
    )


def _places(data: GraphStore, kind: str) -> str:
    """Return the pairs of instrument and state where the years differ, as a part of a query."""
    annexes = _annexes(data)
    cells = _cells(select(data, _EVERY, is_fixed=True), annexes)
    pairs = sorted(place for place, cell in cells.items() if cell.difference == kind)
    lines = "\n".join(f"  (<{instrument}> <{state}>)" for instrument, state in pairs)
    return f"VALUES (?instrument ?state) {{\n{lines}\n}}"


def _annexes(data: GraphStore) -> dict[str, str]:
    """Return the instruments that the annexes list, with the day as of which they do."""
    return {row["instrument"]: row["asOf"] for row in select(data, _IN_ANNEXES, is_fixed=True)}


def _draw(
    pen: Pen,
    states: Sequence[tuple[str, str]],
    instruments: Sequence[tuple[str, str]],
    cells: Mapping[tuple[str, str], Cell],
) -> None:
    def cell(row: int, column: int) -> tuple[list[str], str]:
        found = cells.get((instruments[row][0], states[column][0]))
        if found is None:
            return [], "cell"
        words = [
            f"{year}: {entry.words}"
            for year, entries in (("2017", found.before), ("2020", found.after))
            for entry in entries
        ]
        if found.difference:
            words.append(f"{found.symbol} {found.difference}")
        return words, "cell-changed" if found.difference else "cell"

    rows = [(name, local(iri)) for iri, name in instruments]
    grid(pen, rows, [name for _, name in states], cell, names=_NAMES)


def _kinds(data: GraphStore) -> list[tuple[str, str]]:
    text = query(
        "?kind ?label",
        [
            "?entry cebu:treatyStatus ?act ;\n  cebu:instrument/a ?kind .",
            "?kind rdfs:label ?label .",
        ],
        "?label",
    )
    namespace = str(Cebu)
    return [
        (row["kind"].removeprefix(namespace), row["label"][:1].upper() + row["label"][1:])
        for row in select(data, text, is_fixed=True)
    ]


def _place(row: Row) -> tuple[str, str]:
    return row["instrument"], row["state"]


def _cells(rows: list[Row], annexes: Mapping[str, str]) -> dict[tuple[str, str], Cell]:
    """Return the cell of each instrument and state.

    `annexes` has the instruments that can be compared, with the day as of which they are listed.
    """
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault(_place(row), []).append(row)
    cells = {}
    for place, said in grouped.items():
        cell = cells[place] = Cell()
        before = [row for row in said if "asOf" in row]
        after = [row for row in said if "asOf" not in row]
        cell.before, cell.after = _entries(before), _entries(after)
        if place[0] in annexes:
            cell.difference, cell.why = difference(before, after, annexes[place[0]])
    return cells


def _entries(rows: list[Row]) -> list[Entry]:
    entries: dict[str, Entry] = {}
    for row in rows:
        if row["entry"] not in entries:
            entries[row["entry"]] = Entry(row["actName"], local(row["entry"]))
        if "dateAsPrinted" in row:
            entry = entries[row["entry"]]
            entry.words += f"{',' if ' ' in entry.words else ''} {row['dateAsPrinted']}"
    return list(entries.values())


def difference(before: list[Row], after: list[Row], day: str) -> tuple[str, str]:
    """Return how the two years differ, and in which respect.

    An act that the later document dates before `day`, as of which the annexes are, and that has no
    mark in them is not new: the documents differ. What one of them does not list at all is no
    difference.
    """
    if not after:
        return "", ""
    acts = {row["act"] for row in before}
    later = {row["act"] for row in after}
    if acts and not later & acts and not (acts <= _PARTY and later <= _PARTY):
        return DIFFERENT, "The two documents print different acts"
    if not acts and later & _PARTY:
        dates = [row["latest"] for row in after if "latest" in row]
        if dates and max(dates) < day:
            return DIFFERENT, "Dated earlier, but without a mark in the annexes of 2017"
        return NEW, "Without a mark in 2017"
    if not acts and _ACTS + "denounced" in later:
        return DIFFERENT, "Printed as denounced, but without a mark in the annexes of 2017"
    return "", ""


def _by_number(iri: str) -> tuple[str, int, str]:
    """Sort ILO conventions by their number, the others by their names in the address."""
    slug = iri.rpartition("/")[2]
    convention = _CONVENTION.fullmatch(slug)
    return ("ilo", int(convention[1]), slug) if convention else (slug, 0, slug)
