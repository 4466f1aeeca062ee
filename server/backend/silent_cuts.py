"""Graphs that an engine has cut without a word.

Virtuoso 7 ends each answer at a number of rows (`ResultSetMaxRows`). It says so in a header of an
answer to SELECT that has so many, and of no other answer. A CONSTRUCT gets as many statements and
one more, a DESCRIBE as many things and one more.
"""

from typing import Final

from server.backend.client import BackendClient, Reply, form
from server.sparql.guard import Dataset
from server.sparql.lexer import Token, tokens

_SILENT: Final = "Virtuoso/"
# As many rows as anybody wants, of any data.
_ROWS: Final = "SELECT ?s WHERE {{ ?s ?p ?o . ?a ?b ?c }} LIMIT {}"
_LIST_ENDS: Final = frozenset(("FROM", "WHERE"))


def is_cut(
    client: BackendClient, text: str, dataset: Dataset | None, reply: Reply, statements: int
) -> bool:
    """Say whether the engine may have cut its answer to a query that asks for a graph.

    `statements` is the number of those that came. Raises `Problem` if the engine does not answer
    what it is asked for that.
    """
    if not reply.engine.startswith(_SILENT):
        return False
    match form(text):
        case "CONSTRUCT":
            return _is_beyond(client, statements)
        case "DESCRIBE":
            things, twin = _described(text)
            return _is_beyond(client, things) or (twin != "" and _limit(client, twin, dataset) > 0)
    return False


def _is_beyond(client: BackendClient, number: int) -> bool:
    """Say whether the engine gives fewer rows than that."""
    return number > 1 and 0 < _limit(client, _ROWS.format(number)) < number


def _limit(client: BackendClient, text: str, dataset: Dataset | None = None) -> int:
    """Return the number of rows at which the engine has ended its answer, 0 if it has not."""
    with client.ask(text, dataset) as reply:
        return reply.cut or 0


def _described(text: str) -> tuple[int, str]:
    """Return how many things a DESCRIBE names, and a SELECT of those that it looks for, if any."""
    found = [token for token in tokens(text) if token.kind != "comment"]
    at = next(
        index
        for index, token in enumerate(found)
        if token.kind == "word" and token.text.upper() == "DESCRIBE"
    )
    named: list[Token] = []
    end = len(text)
    for token in found[at + 1 :]:
        if token.text == "{" or (token.kind == "word" and token.text.upper() in _LIST_ENDS):
            end = token.start
            break
        named.append(token)
    wanted = [token.text for token in named if token.kind == "variable"]
    things = len(named) - len(wanted)
    if named and not wanted:
        return things, ""
    # What is no token is the star.
    twin = f"{text[: found[at].start]}SELECT DISTINCT {' '.join(wanted) or '*'} {text[end:]}"
    return things, twin
