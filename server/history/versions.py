"""The versions that a request may ask for: 0 is what was loaded, n the state after change n."""

import re
from typing import Final, cast

from flask import g, request

from server.http.problems import Problem
from server.services import services
from server.store import disk
from server.store.deltas import Delta, net
from server.store.reading import Reading
from server.store.store import Past

# The addresses that have versions; a change is listed, and not asked for by another's number.
_VERSIONED: Final = frozenset(
    (
        *("sparql.sparql", "linked_data.about", "datasets.dataset", "datasets.named_graph"),
        *("graph_store.read", "graph_store.read_direct"),
    )
)
_NUMBER: Final = re.compile(r"[0-9]{1,12}")


def version_asked() -> Past | None:
    """Return the past state that `version=` asks for, None for the served one.

    Raises `Problem` if there is no such version, or no room to make it again.
    """
    if "version" not in request.values:
        return None
    number = number_asked("version")
    data = services().data
    if services().settings.backend.query:
        raise Problem(
            "version-unknown",
            "The data are those of another engine (CEBU_BACKEND), of which only the present is "
            "known here.",
            next_step="Leave version= out, or ask the server where the data are changed.",
        )
    if number == data.number and data.log is None:
        return None
    try:
        g.past = data.at(number)
        return cast(Past, g.past)
    except KeyError:
        raise unknown(number) from None
    except (OSError, RuntimeError) as error:
        if problem := disk.full(error):
            raise problem from error
        raise


def reading_asked() -> Reading:
    """Return the state that `version=` asks for, the served one without it; see `version_asked`."""
    return version_asked() or services().data


def versioned(path: str) -> str:
    """Return the address of the same version as that of this request."""
    past = g.get("past")
    return path if past is None else f"{path}{'&' if '?' in path else '?'}version={past.number}"


def refuse_version() -> None:
    """Raise `Problem` if the request asks for a version where there is only the present."""
    if "version" in request.args and request.endpoint and request.endpoint not in _VERSIONED:
        raise Problem(
            "parameter",
            f"version= is not known at {request.path}: what is here is the present.",
            next_step="Ask /sparql, /doc/..., /dataset, /graph/... or /graphs for a version, or "
            "leave it out.",
        )


def difference(start: int, end: int) -> Delta:
    """Return what leads from one version to another. Raises `Problem` if one is unknown."""
    data = services().data
    log = data.log
    least = log.first - 1 if log else data.number
    for number in (start, end):
        if not least <= number <= data.number:
            raise unknown(number)
    if log is None:
        return Delta()
    low, high = sorted((start, end))
    found = net(log.delta(number) for number in range(low + 1, high + 1))
    return found if start <= end else found.inverse()


def number_asked(name: str, default: int | None = None) -> int:
    """Return the number in a field of the address, or of a form. Raises `Problem` if it is none."""
    text = request.values.get(name, "" if default is None else str(default))
    if not _NUMBER.fullmatch(text):
        raise Problem(
            "parameter", f"{name} is {text[:50]!r}, which is no number.",
            next_step="Take a number that /changes lists.",
        )  # fmt: skip
    return int(text)


def unknown(number: int) -> Problem:
    """Return the problem of a version that is not here."""
    data = services().data
    first = data.log.first - 1 if data.log else data.number
    return Problem(
        "version-unknown", f"The versions here are {first} to {data.number}; {number} is none."
    )
