"""The statistics that the documents print, as charts and tables, with their notes."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from ontology.iris import path_of
from server.explore import figures
from server.explore.charts import Bar, bars
from server.explore.drawing import Pen
from server.explore.evidence import NOWHERE
from server.explore.notes import CAPTIONS, captions, notes
from server.explore.view import (
    Filter,
    Row,
    View,
    check_fields,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.services import services
from server.store.store import GraphStore

# More bars make a chart that nobody reads, and a page that is slow.
MOST_BARS: Final = 100
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.A)
_NOT_BY_SEX: Final = "none"
_COLUMNS: Final = (
    *figures.VARIABLES.replace("?", "").split(),
    *("measure", "source", "passage"),
)
_LOOKS: Final = {"Female": "bar-female", "Male": "bar-male"}


def statistics(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    every = select(data, figures.ALL, is_fixed=True)
    filters = _filters(every)
    check_fields(filters)
    text = query(figures.VARIABLES, _wanted(filters), figures.ORDER)
    said = figures.said(data)
    nobody = figures.Said(NOWHERE, "")
    rows = []
    hrefs: dict[str, str] = {}
    for row in select(data, text):
        found = said.get(row["figure"], nobody)
        hrefs[row["figure"]] = found.place.href
        where = {"source": found.source, "passage": found.place.passage}
        rows.append({**row, "measure": figures.measure(row), **where})
    is_chosen = any(item.value for item in filters)
    names = captions(data)
    shown = {row["dataset"]: row["datasetName"] for row in rows}
    folder = services().settings.data
    return View(
        "statistics",
        "Statistics",
        "The figures that the documents print, each with its unit and period, its table’s own"
        " notes, and the words that say it.",
        filters,
        [
            ("The figures", text),
            ("The words behind them", figures.EVIDENCE),
            ("The captions of the tables", CAPTIONS),
        ],
        _COLUMNS,
        rows,
        sources(data, (row["source"] for row in rows)),
        "explore/statistics.html",
        {
            "is_chosen": is_chosen,
            "datasets": [
                {
                    "path": path_of(iri),
                    "href": local(iri),
                    "name": name,
                    "number": sum(row["dataset"] == iri for row in rows),
                    "units": sorted({row["unitName"] for row in rows if row["dataset"] == iri}),
                    "captions": names.get(iri, []),
                    "notes": notes(data, folder, iri),
                }
                for iri, name in shown.items()
            ],
            "charted": min(len(rows), MOST_BARS),
            "number": figures.number,
            "hrefs": hrefs,
            "local": local,
        },
        draw=lambda pen: _draw(pen, rows, hrefs, is_chosen=is_chosen),
    )


def _filters(every: list[Row]) -> list[Filter]:
    datasets = {path_of(row["dataset"]): row["datasetName"] for row in every}
    units = {path_of(row["unit"]): row["unitName"] for row in every}
    areas = {path_of(row["area"]): row["areaName"] for row in every if "area" in row}
    sexes = {path_of(row["sex"]): row["sexName"] for row in every if "sex" in row}
    years = sorted({year for row in every for year in _YEAR.findall(row.get("period", ""))})
    measures = _measures(every)
    return [
        chosen("dataset", "Data set", sorted(datasets.items(), key=_by_name)),
        chosen("measure", "What is measured", [(name, name) for name in measures]),
        chosen("unit", "Unit", sorted(units.items(), key=_by_name)),
        chosen("sex", "Sex", [*sorted(sexes.items(), key=_by_name), (_NOT_BY_SEX, "Not by sex")]),
        chosen("area", "State or region", sorted(areas.items(), key=_by_name), multiple=True),
        chosen("year", "Year of the period", [(year, year) for year in years], multiple=True),
    ]


def _measures(every: list[Row]) -> list[str]:
    """Return what several figures measure, where the beginning of their labels says it alone."""
    counted = Counter(figures.measure(row) for row in every)
    return sorted(
        name
        for name, times in counted.items()
        # Most are of one figure: the labels are not looked through for them.
        if times > 1 and times == sum(row["label"].startswith(name) for row in every)
    )


def _by_name(choice: tuple[str, str]) -> tuple[str, str]:
    return choice[1], choice[0]


def _wanted(filters: list[Filter]) -> list[str]:
    dataset, measure, unit, sex, area, year = filters
    wanted = [
        *([f"VALUES ?dataset {{ <{dataset.iri}> }}"] if dataset.value else []),
        *([f"VALUES ?unit {{ <{unit.iri}> }}"] if unit.value else []),
        *figures.PATTERNS,
    ]
    if measure.value:
        wanted.append(f'FILTER (STRSTARTS(STR(?label), "{_escaped(measure.value)}"))')
    if sex.value == _NOT_BY_SEX:
        wanted.append("FILTER (!BOUND(?sex))")
    elif sex.value:
        wanted.append(f"FILTER (?sex = <{sex.iri}>)")
    if area.value:
        wanted.append(f"FILTER (?area IN ({area.iris.replace(' ', ', ')}))")
    if year.value:
        years = "|".join(year.values)
        wanted.append(f'FILTER (REGEX(?period, "(^|[^0-9])({years})($|[^0-9])"))')
    return wanted


def _escaped(words: str) -> str:
    """Return words as they stand in a short string of SPARQL 1.1 (section 19.7)."""
    return words.replace("\\", "\\\\").replace('"', '\\"')


def _draw(pen: Pen, rows: list[Row], hrefs: Mapping[str, str], *, is_chosen: bool) -> None:
    if not is_chosen:
        counted: dict[tuple[str, str], int] = {}
        for row in rows:
            key = row["dataset"], row["datasetName"]
            counted[key] = counted.get(key, 0) + 1
        items = [
            Bar(name, times, f"{times:,}", f"/explore/statistics?dataset={path_of(iri)}")
            for (iri, name), times in counted.items()
        ]
        bars(pen, {"Figures in each data set": items})
        return
    panels: dict[str, list[Bar]] = {}
    for row in rows[:MOST_BARS]:
        words = figures.number(row["value"])
        if "period" in row and row["period"] not in row["label"]:
            words += f" ({row['period']})"
        look = _LOOKS.get(row.get("sexName", ""), "bar")
        panels.setdefault(row["unitName"], []).append(
            Bar(row["label"], float(row["value"]), words, hrefs[row["figure"]] or None, look)
        )
    bars(pen, panels)
