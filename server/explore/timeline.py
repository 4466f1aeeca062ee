"""The geometry of a timeline: from dates to places on a line of years."""

from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 240
"""Of the line of years, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span on the line: where it begins, how long it is, and whether its end is not printed."""

    x: float
    width: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """A line that runs from the first day of `first` to the last day of `last`, both years."""

    first: int
    last: int

    def x(self, day: date) -> float:
        """Return the place of a day."""
        start = date(self.first, 1, 1)
        days = (date(self.last + 1, 1, 1) - start).days
        return round(WIDTH * min(max((day - start).days, 0), days) / days, 1)

    def bar(self, earliest: str | None, latest: str | None) -> Bar | None:
        """Return the span between two dates (`xsd:date`), None if no beginning is known.

        Without an end it runs to the end of the line.
        """
        begin, end = _day(earliest), _day(latest)
        if begin is None:
            return None
        left = self.x(begin)
        right = self.x(date.fromordinal(end.toordinal() + 1)) if end else float(WIDTH)
        return Bar(left, max(round(right - left, 1), 1.0), end is None)

    @property
    def years(self) -> list[tuple[int, float]]:
        """Return each year and where it begins."""
        return [(year, self.x(date(year, 1, 1))) for year in range(self.first, self.last + 1)]


def scale(days: list[str]) -> Scale:
    """Return a line on which all the days (`xsd:date`) have room."""
    years = [day.year for text in days if (day := _day(text)) is not None]
    return Scale(min(years), max(years)) if years else Scale(2016, 2025)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # a date with a time zone, or of a year that Python does not know
        return None
