"""Where the words behind a row of a view stand: the first of its passages, as a link."""

from collections.abc import Iterable

from server.explore.view import Row
from server.linked_data.addresses import source_link


def first_places(rows: Iterable[Row], *names: str) -> dict[tuple[str, ...], str]:
    """Return the first passage behind what the columns `names` have in common, as a path.

    The rows have a `passage`, and the `line` at which it begins, from 1. What has no passage in a
    document here is left out.
    """
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        place = int(row["line"]), row["passage"]
        if key not in first or place < first[key]:
            first[key] = place
    links = {key: source_link(passage, str(line)) for key, (line, passage) in first.items()}
    return {key: link for key, link in links.items() if link}
