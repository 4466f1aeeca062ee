"""Where the words behind a row of a view stand: the first of its passages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.explore.view import Row
from server.linked_data.addresses import source_link


@dataclass(frozen=True, slots=True)
class Place:
    """A passage by its address, and the path that shows it in its document."""

    passage: str = ""
    href: str = ""


NOWHERE: Final = Place()


def first_places(rows: Iterable[Row], *names: str) -> dict[tuple[str, ...], Place]:
    """Return the first passage behind what the columns `names` have in common.

    The rows have a `passage`, and the `line` at which it begins, from 1. What has no passage in a
    document here is left out.
    """
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        place = int(row["line"]), row["passage"]
        if key not in first or place < first[key]:
            first[key] = place
    return {
        key: Place(passage, link)
        for key, (line, passage) in first.items()
        if (link := source_link(passage, str(line)))
    }
