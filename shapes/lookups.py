"""Lookups in a graph that stays as it is, each made once however often it is asked for."""

from collections.abc import Iterator

from rdflib import Graph

from shapes.views import Pattern, Triple


class Lookups:
    """What was looked up in a graph already; of a lookup with many matches as many as were asked.

    Joins ask the same things again and again, and to ask a store takes longer than all else.
    """

    def __init__(self, data: Graph) -> None:
        self._data = data
        self._known: dict[Pattern, tuple[list[Triple], Iterator[Triple]]] = {}

    def triples(self, pattern: Pattern) -> Iterator[Triple]:
        """Yield the triples that match the pattern, as the graph itself does."""
        known = self._known.get(pattern)
        if known is None:
            known = self._known[pattern] = [], iter(self._data.triples(pattern))
        found, rest = known
        place = 0
        while True:
            # Several may be reading, each at another place.
            if place == len(found):
                triple = next(rest, None)
                if triple is None:
                    return
                found.append(triple)
            yield found[place]
            place += 1

    def __contains__(self, triple: Pattern) -> bool:
        """Say whether the graph has a triple that matches."""
        return next(self.triples(triple), None) is not None
