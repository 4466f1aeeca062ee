"""Versions in time: the Memento framework (RFC 7089)."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from flask import request

from server.problems import Problem
from server.services import services


def when(number: int) -> datetime | None:
    """Return since when a version is, None if that is not known."""
    log = services().data.log
    if log is None or number < log.first:
        return None
    return log.heading(number).time


def version_at(moment: datetime) -> int:
    """Return the version that was served at a moment; the first one for any earlier."""
    log = services().data.log
    if log is None:
        return services().data.number
    low, high = log.first - 1, log.last
    while low < high:
        middle = (low + high + 1) // 2
        if log.heading(middle).time <= moment:
            low = middle
        else:
            high = middle - 1
    return low


def moment_asked() -> datetime | None:
    """Return the time of Accept-Datetime (RFC 7089, section 2.1.1), None if there is none.

    Raises `Problem` if it cannot be read.
    """
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError as error:
        raise Problem("bad-request", f"Accept-Datetime is no date: {error}.") from error
    if found.tzinfo is None:
        raise Problem("bad-request", "Accept-Datetime has no time zone.")
    return found


def http_date(moment: datetime) -> str:
    """Return a time as HTTP has it (RFC 9110, section 5.6.7)."""
    return format_datetime(moment, usegmt=True)


def versions_of(iri: str) -> list[int]:
    """Return the numbers of the changes that name a thing."""
    log = services().data.log
    name = f"<{iri}>".encode()
    numbers = range(log.first, log.last + 1) if log else range(0)
    return [number for number in numbers if log and name in log.patch(number)]
