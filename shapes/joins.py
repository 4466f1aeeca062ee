"""Conjunctive queries over a graph, asked from what is known outwards."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Final

from rdflib import Variable
from rdflib.term import Node

from shapes.lookups import Lookups
from shapes.query_patterns import Terms
from shapes.views import Pattern, Triple

Bindings = Mapping[Variable, Node]

# How many matches of each pattern are looked at, at first, to find the one with the fewest.
_FIRST: Final = 8


class DisconnectedError(Exception):
    """Raised if a pattern shares no term with what is known: it could be any triple."""


def matched(pattern: Terms, triple: Triple, known: Bindings) -> dict[Variable, Node] | None:
    """Return `known` with what a triple gives the pattern's variables, or None for no match."""
    found = dict(known)
    for term, node in zip(pattern, triple, strict=True):
        if isinstance(term, Variable):
            if found.setdefault(term, node) != node:
                return None
        elif term != node:
            return None
    return found


def solutions(
    data: Lookups,
    patterns: Collection[Terms],
    known: Bindings,
    wanted: Collection[Variable] | None = None,
    see: Callable[[Triple], object] = lambda triple: None,
) -> Iterator[Bindings]:
    """Yield bindings of the patterns that agree with `known`, with repetitions.

    With `wanted`, only as many patterns are joined as bind these variables, so that more may be
    yielded than there are. `see` is called with each triple that a pattern matches on the way.
    Raises `DisconnectedError` if it had to walk through the graph.
    """
    if wanted is not None and all(name in known for name in wanted):
        if all(_holds(data, pattern, known) for pattern in patterns):
            yield known
        return
    if not patterns:
        if wanted is not None:
            raise DisconnectedError
        yield known
        return
    chosen = _fewest(data, patterns, known)
    rest = [pattern for pattern in patterns if pattern is not chosen]
    for triple in data.triples(_bound(chosen, known)):
        found = matched(chosen, triple, known)
        if found is not None:
            see(triple)
            yield from solutions(data, rest, found, wanted, see)


def _bound(pattern: Terms, known: Bindings) -> Pattern:
    subject, predicate, value = (
        known.get(term) if isinstance(term, Variable) else term for term in pattern
    )
    return subject, predicate, value


def _holds(data: Lookups, pattern: Terms, known: Bindings) -> bool:
    """Say whether a pattern may hold: one with a variable that is not known is not asked."""
    asked = _bound(pattern, known)
    return None in asked or asked in data


def _fewest(data: Lookups, patterns: Collection[Terms], known: Bindings) -> Terms:
    """Return the pattern with the fewest matches, of those that begin or end at something known."""
    asked = [(pattern, _bound(pattern, known)) for pattern in patterns]
    near = [(pattern, to) for pattern, to in asked if to[0] is not None or to[2] is not None]
    if not near:
        raise DisconnectedError
    if len(near) == 1:
        return near[0][0]
    limit = _FIRST
    while True:
        for pattern, to in near:
            found = sum(1 for _ in islice(data.triples(to), limit))
            if found < limit:
                return pattern
        limit *= 8
