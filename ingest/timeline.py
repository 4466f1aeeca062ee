"""Printed timelines read as bounds: the earliest and the latest day they can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_YEAR = r"(?P<{}>(?:19|20)\d\d)"
_SPAN = re.compile(rf"{_YEAR.format('first')}\s*[-–]\s*{_YEAR.format('last')}")
_SINGLE = re.compile(_YEAR.format("year"))
_LIST = re.compile(r"(?:19|20)\d\d(?:\s*(?:,|and|&)\s*(?:19|20)\d\d)+")
_UNDATED = re.compile(r"TBC|Annual(?:ly)?", re.IGNORECASE)
_ONGOING = re.compile(r"on-?going", re.IGNORECASE)


@dataclass(frozen=True)
class Timeline:
    """The bounds of a printed timeline; `years` only for a printed list of single years."""

    earliest: date | None = None
    latest: date | None = None
    years: tuple[int, ...] = ()


def read_timeline(printed: str) -> Timeline:
    """Return the bounds of a timeline such as `2018-2021`, `Mid 2019`, `2018 (on-going)` or `TBC`.

    A year alone, however qualified, gives that year's first and last day. An activity that began
    in a year and goes on has no latest day. `TBC` and `Annual` have no bounds.

    Raises:
        ValueError: no year and none of the known words is in it, or a span runs backwards.

    """
    if match := _SPAN.search(printed):
        first, last = int(match["first"]), int(match["last"])
        if first > last:
            raise ValueError(f"the timeline {printed!r} ends before it begins")
        return Timeline(date(first, 1, 1), date(last, 12, 31))
    if match := _LIST.search(printed):
        years = tuple(sorted(int(year) for year in re.findall(r"\d{4}", match.group())))
        return Timeline(date(years[0], 1, 1), date(years[-1], 12, 31), years)
    if match := _SINGLE.search(printed):
        year = int(match["year"])
        latest = None if _ONGOING.search(printed) else date(year, 12, 31)
        return Timeline(date(year, 1, 1), latest)
    if _UNDATED.search(printed):
        return Timeline()
    raise ValueError(f"the timeline {printed!r} has no year, TBC or Annual in it")
