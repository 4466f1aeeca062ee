"""All statements of a graph of another engine, also if that engine gives only so many at once."""

import time
from typing import Final

import pyoxigraph as ox

from server.backend.client import BackendClient
from server.http.problems import Problem
from server.sparql.guard import Dataset

# A hash of the subject divides a graph into parts; parts of parts, as often as that.
_DEEPEST: Final = 4
_DIGITS: Final = "0123456789abcdef"
# The library takes no time for no limit of time.
_LEAST_SECONDS: Final = 0.001


def statements(
    client: BackendClient,
    name: str | None,
    dataset: Dataset | None = None,
    deadline: float | None = None,
) -> set[ox.Triple]:
    """Return the statements of the graph `name`, or of the default graph of the dataset.

    An engine may cut its answers without a word: the number of statements is asked too, and if
    they are fewer, they are fetched in parts. Raises `Problem` if they do not come to that number,
    or not before `deadline` (of the monotonic clock).
    """
    pattern = "?s ?p ?o" if name is None else f"GRAPH <{name}> {{ ?s ?p ?o }}"
    dataset = Dataset((), (name,)) if name is not None else dataset
    return _part(client, pattern, dataset, "", deadline)


def _part(
    client: BackendClient,
    pattern: str,
    dataset: Dataset | None,
    prefix: str,
    deadline: float | None,
) -> set[ox.Triple]:
    where = f"{{ {pattern} }}"
    if prefix:
        where = f'{{ {pattern} FILTER(STRSTARTS(LCASE(MD5(STR(?s))), "{prefix}")) }}'
    rows = client.rows(f"SELECT (COUNT(*) AS ?n) WHERE {where}", dataset, _left(deadline))
    number = int(rows[0]["n"].value)
    if number == 0:
        return set()
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {where}"
    with client.ask(text, dataset, _left(deadline)) as reply:
        assert not isinstance(reply.results, ox.QuerySolutions | ox.QueryBoolean)  # noqa: S101
        found = set(reply.results)
    if len(found) >= number:
        return found
    if len(prefix) == _DEEPEST:
        raise Problem(
            "backend-failed",
            f"The engine counts {number:,} statements and gives {len(found):,} of them.",
            next_step="Raise its limit of rows (ResultSetMaxRows in virtuoso.ini).",
        )
    return set().union(
        *(_part(client, pattern, dataset, prefix + digit, deadline) for digit in _DIGITS)
    )


def _left(deadline: float | None) -> float | None:
    """Return the seconds that are left; the client says what it means when there are none."""
    return None if deadline is None else max(_LEAST_SECONDS, deadline - time.monotonic())
