"""The paths that lead from a focus node to what its verdict rests on, and the way back."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from shapes.views import Triple

START: Final = 0


class Step(NamedTuple):
    """A step along a triple: from its subject to its object, or back if `inverse`.

    `predicate` is `None` for any.
    """

    source: int
    predicate: Node | None
    inverse: bool
    target: int


class Automaton:
    """A finite automaton over triples; its start is the focus node of a shape."""

    def __init__(self) -> None:
        self._states = 1
        self._known: dict[tuple[int, Node | None, bool], int] = {}
        self._into: defaultdict[int, list[Step]] = defaultdict(list)
        self._out: defaultdict[int, list[Step]] = defaultdict(list)
        self._free: defaultdict[int, set[int]] = defaultdict(set)
        self._freed: defaultdict[int, set[int]] = defaultdict(set)
        self.steps: defaultdict[Node | None, list[Step]] = defaultdict(list)

    def step(self, state: int, predicate: Node | None, inverse: bool = False) -> int:
        """Add a step from a state, and return the state it leads to."""
        key = state, predicate, inverse
        if key not in self._known:
            self._known[key] = self._state()
            self._add(Step(state, predicate, inverse, self._known[key]))
        return self._known[key]

    def repeat(self, state: int, predicate: Node) -> int:
        """Add any number of steps, also none, and return the state after them."""
        loop = self._state()
        self._join(state, loop)
        self._add(Step(loop, predicate, False, loop))
        return loop

    def path(self, shapes: Graph, node: Node, state: int, inverse: bool = False) -> int:
        """Add a SHACL property path (SHACL section 2.3.1), and return the state at its end.

        Raises `ValueError` if it is none.
        """
        if isinstance(node, URIRef):
            return self.step(state, node, inverse)
        if (node, RDF.first, None) in shapes:
            items = list(shapes.items(node))
            end = self._state()
            self._join(self._sequence(shapes, items, state, inverse), end)
            if inverse:  # pySHACL keeps the order of an inverse sequence, where SPARQL turns it
                self._join(self._sequence(shapes, items[::-1], state, inverse), end)
            return end
        for kind, build in (
            (SH.inversePath, self._inverse),
            (SH.alternativePath, self._alternative),
            (SH.zeroOrMorePath, self._any),
            (SH.oneOrMorePath, self._some),
            (SH.zeroOrOnePath, self._optional),
        ):
            for inner in shapes.objects(node, kind):
                return build(shapes, inner, state, inverse)
        raise ValueError(f"{node} is no property path")

    def origins(
        self, reached: Iterable[tuple[Node, int]], sources: Callable[[Node, Step], Iterable[Node]]
    ) -> set[Node]:
        """Return the nodes from which the automaton can reach a node in a state.

        `sources` gives the nodes from which a step leads to a node.
        """
        seen: set[tuple[Node, int]] = set()
        waiting = list(reached)
        while waiting:
            node, state = waiting.pop()
            if (node, state) in seen:
                continue
            seen.add((node, state))
            waiting += [(node, source) for source in self._free[state]]
            for step in self._into[state]:
                waiting += [(source, step.source) for source in sources(node, step)]
        return {node for node, state in seen if state == START}

    def reached(self, node: Node, state: int, data: Graph) -> set[Node]:
        """Return the nodes that the automaton reaches in a state from a node at its start."""
        seen: set[tuple[Node, int]] = set()
        waiting = [(node, START)]
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            waiting += [(place[0], target) for target in self._freed[place[1]]]
            for step in self._out[place[1]]:
                if step.inverse:
                    found = data.subjects(step.predicate, place[0], unique=True)
                else:
                    found = data.objects(place[0], step.predicate, unique=True)
                waiting += [(other, step.target) for other in found]
        return {found for found, at in seen if at == state}

    def touched(self, triple: Triple) -> Iterable[tuple[Node, int]]:
        """Return where the automaton stands when it is about to take a step along a triple."""
        subject, predicate, value = triple
        for key in (predicate, None):
            for step in self.steps.get(key, ()):
                yield (value if step.inverse else subject), step.source

    def _state(self) -> int:
        self._states += 1
        return self._states - 1

    def _add(self, step: Step) -> None:
        self._into[step.target].append(step)
        self._out[step.source].append(step)
        self.steps[step.predicate].append(step)

    def _join(self, source: int, target: int) -> None:
        self._free[target].add(source)
        self._freed[source].add(target)

    def _sequence(self, shapes: Graph, items: list[Node], state: int, inverse: bool) -> int:
        for item in items:
            state = self.path(shapes, item, state, inverse)
        return state

    def _inverse(self, shapes: Graph, inner: Node, state: int, inverse: bool) -> int:
        return self.path(shapes, inner, state, not inverse)

    def _alternative(self, shapes: Graph, inner: Node, state: int, inverse: bool) -> int:
        end = self._state()
        for item in shapes.items(inner):
            self._join(self.path(shapes, item, state, inverse), end)
        return end

    def _any(self, shapes: Graph, inner: Node, state: int, inverse: bool) -> int:
        loop = self._state()
        self._join(state, loop)
        self._join(self.path(shapes, inner, loop, inverse), loop)
        return loop

    def _some(self, shapes: Graph, inner: Node, state: int, inverse: bool) -> int:
        return self._any(shapes, inner, self.path(shapes, inner, state, inverse), inverse)

    def _optional(self, shapes: Graph, inner: Node, state: int, inverse: bool) -> int:
        end = self._state()
        self._join(state, end)
        self._join(self.path(shapes, inner, state, inverse), end)
        return end
