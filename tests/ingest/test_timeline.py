"""Printed timelines and the days they bound."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timeline import Timeline, read_timeline

YEARS = st.integers(1900, 2099)


@pytest.mark.parametrize(
    ("printed", "earliest", "latest"),
    [
        ("2018", date(2018, 1, 1), date(2018, 12, 31)),
        ("2018-2021", date(2018, 1, 1), date(2021, 12, 31)),
        ("2019 - 2021", date(2019, 1, 1), date(2021, 12, 31)),
        ("On-going (2018-2025)", date(2018, 1, 1), date(2025, 12, 31)),
        ("Mid 2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2018 (on-going)", date(2018, 1, 1), None),
        ("2022 (2-day Workshop)", date(2022, 1, 1), date(2022, 12, 31)),
        ("TBC", None, None),
        ("Annual", None, None),
    ],
)
def test_a_timeline_gives_its_bounds(
    printed: str, earliest: date | None, latest: date | None
) -> None:
    assert read_timeline(printed) == Timeline(earliest, latest)


@given(st.sets(YEARS, min_size=2, max_size=5))
def test_a_list_of_years_is_those_years_and_not_a_span(years: set[int]) -> None:
    timeline = read_timeline(", ".join(map(str, sorted(years))))
    assert timeline.years == tuple(sorted(years))
    assert timeline.earliest == date(min(years), 1, 1)
    assert timeline.latest == date(max(years), 12, 31)


@given(YEARS, YEARS, st.sampled_from("-–"))
def test_a_span_is_never_read_backwards(first: int, last: int, dash: str) -> None:
    if first > last:
        with pytest.raises(ValueError, match="ends before it begins"):
            read_timeline(f"{first}{dash}{last}")
    else:
        timeline = read_timeline(f"{first}{dash}{last}")
        assert (timeline.earliest, timeline.latest) == (date(first, 1, 1), date(last, 12, 31))


def test_words_without_a_year_are_refused() -> None:
    with pytest.raises(ValueError, match="'soon' has no year"):
        read_timeline("soon")
