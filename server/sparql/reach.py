"""What an update must satisfy before it is evaluated (compare `server.sparql.guard` for queries).

It is bounded in length and nesting. It has no LOAD, which would make the engine fetch an address,
and no SERVICE but for hosts that the operator named: both are asked of the engine's own parser, as
decision 8 says. USING names graphs that are here.
"""

import re
from collections.abc import Collection
from typing import Final

import pyoxigraph as ox

from server.http.problems import Problem
from server.sparql import guard, syntax
from server.sparql.lexer import occurrences, replaced
from server.sparql.sequence import Operation, operations

MAX_BYTES: Final = 8 * 1024 * 1024
# Longer texts are not searched for the very place of a mistake: the engine's own word must do.
_MOST_EXPLAINED: Final = 256 * 1024
_OUTWARD: Final = ("SERVICE", "LOAD")


def check_size(text: str) -> None:
    """Raise `Problem` if the update is longer or deeper than we let a parser see."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        raise Problem(
            "too-large",
            f"The update has {length:,} bytes; at most {MAX_BYTES:,} are taken.",
            next_step="Send it in parts, or send statements to /graphs.",
            more={"limit": MAX_BYTES},
        )
    if guard.too_deep(text):
        raise Problem(
            "query-too-deep",
            f"The brackets of the update are nested more than {guard.MAX_NESTING} deep.",
            more={"limit": guard.MAX_NESTING},
        )


def parse(text: str, hosts: Collection[str] = ()) -> list[Operation]:
    """Return the operations of an update that leads nowhere.

    A `LOAD SILENT` is left out: it is one that failed, and was to fail in silence. Raises
    `Problem` if the update does not parse, has another LOAD, or a SERVICE for a host that is not
    among `hosts`. Needs the stack of an evaluation.
    """
    cut = operations(text)
    found = [item for item in cut if not item.is_silent_load]
    if _problem(text, hosts) is None:
        # It parses, and none of it leads out. Should we have cut it wrongly, it stays whole.
        if len(found) > 1 and any(_problem(item.text, hosts) for item in found):
            return [Operation("", text)]
        return found
    if problem := _problem(_without_loads(text), hosts):
        # Even with every LOAD allowed it is no update.
        raise (
            problem
            if problem.slug != "load-refused"
            else Problem(
                "update-syntax",
                "LOAD is followed by one address, perhaps by INTO GRAPH and another.",
            )
        )
    if len(found) == len(cut):
        raise _problem(text, hosts) or AssertionError
    for item in found:
        if problem := _problem(item.text, hosts):
            raise problem
    return found


def check_graphs(operation: Operation, graphs: Collection[str]) -> None:
    """Raise `Problem` if USING names a graph that is not among `graphs`."""
    if not operation.names_graphs:
        return
    from rdflib.plugins.sparql.algebra import translateUpdate  # as in `server.sparql.guard`
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        algebra = translateUpdate(parseUpdate(operation.text), base=syntax.BASE_IRI).algebra
        clauses = [clause for item in algebra for clause in item.using or ()]
    except Exception as error:  # rdflib raises many kinds, RecursionError among them
        raise Problem(
            "graph-unknown",
            "The update has a USING clause, and its graphs could not be read from it.",
            next_step="Send them as using-graph-uri and using-named-graph-uri instead.",
        ) from error
    guard.check_graphs([str(item.default or item.named) for item in clauses], graphs)


def _problem(text: str, hosts: Collection[str]) -> Problem | None:
    """Return why the update may not be evaluated, None if it may."""
    bare = guard.without_calls(text, hosts) if hosts else text
    others = {}
    for keyword in _OUTWARD:
        if not re.search(keyword, bare, re.IGNORECASE):
            continue
        other = guard.other_spelling(bare, keyword)
        if other is None:
            return _refusal(keyword)
        others[other] = keyword
        bare = re.sub(keyword, other, bare, flags=re.IGNORECASE)
    message = _error(bare)
    if message is None:
        return None
    if len(text) > _MOST_EXPLAINED:
        mentioned = f" It may not use {' or '.join(others.values())}." if others else ""
        return Problem("update-syntax", f"The engine says: {message}.{mentioned}")
    mistake = syntax.find_mistake(bare, _error)
    if mistake is None:
        return Problem("update-syntax", f"The engine says: {message}.")
    for other, keyword in others.items():
        if other in mistake.near.lower():
            return _refusal(keyword)
    problem = syntax.problem(mistake)
    return Problem("update-syntax", problem.detail, next_step=problem.next_step, more=problem.more)


def _without_loads(text: str) -> str:
    """Return the text with a harmless operation of the same form in place of each LOAD."""
    changes = []
    for word, after in occurrences(text, "LOAD"):
        if not after or after[0].kind not in {"iri", "name"}:
            continue
        if [token.text.upper() for token in after[1:3]] == ["INTO", "GRAPH"]:
            changes.append((word.start, after[2].start, f"ADD {after[0].text} TO "))
        else:
            changes.append((word.start, after[0].start, "CLEAR SILENT GRAPH "))
    return replaced(text, changes)


def _error(text: str) -> str | None:
    """Return why the text is no update, None if it is one. Never give it LOAD or SERVICE."""
    try:
        ox.Store().update(text, base_iri=syntax.BASE_IRI)
    except SyntaxError as error:
        return str(error)
    except (RuntimeError, ValueError, OSError):  # it parses, and fails on an empty store
        return None
    return None


def _refusal(keyword: str) -> Problem:
    if keyword == "LOAD":
        return Problem("load-refused", "The update uses LOAD, which would fetch an address.")
    return Problem(
        "service-refused", "The update uses SERVICE, which would make this server call another."
    )
