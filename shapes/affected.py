"""Which focus nodes a change can concern."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rdflib import BNode, Graph
from rdflib.term import Node

from shapes.automaton import Step
from shapes.footprint import Footprint
from shapes.joins import DisconnectedError, matched, solutions
from shapes.lookups import Lookups
from shapes.query_patterns import THIS, VALUE
from shapes.root_results import DATA, Former, Pair
from shapes.views import Triple


@dataclass
class Affected:
    """The pairs of a shape and a focus node whose verdict may be another one now.

    Of the shapes in `roots` it may be that of all focus nodes, and `whole` says why. `values` holds
    pairs of which only the results about some values may be others.
    """

    nodes: defaultdict[Node, set[Node]] = field(default_factory=lambda: defaultdict(set))
    values: defaultdict[Pair, set[Node]] = field(default_factory=lambda: defaultdict(set))
    roots: set[Node] = field(default_factory=set)
    whole: str = ""

    def __contains__(self, pair: Pair) -> bool:
        return pair[1] in self.nodes.get(pair[0], ())

    def count(self) -> int:
        """Return the number of pairs that are known one by one."""
        return sum(map(len, self.nodes.values())) + sum(map(len, self.values.values()))

    def everything(self, root: Node, why: str) -> None:
        """Take all focus nodes of a shape."""
        self.roots.add(root)
        self.whole = self.whole or why


def affected(
    footprints: Mapping[Node, Footprint],
    change: Collection[Triple],
    both: Graph,
    former: Former,
) -> Affected:
    """Return what a change can concern.

    `both` has the triples of the states before and after: a triple can only matter to a focus node
    that is connected with it by other triples, of either state.
    """
    found = Affected()
    if not change:
        return found
    steps, lookups = _Steps(both), Lookups(both)
    for root, footprint in footprints.items():
        if footprint.opaque:
            found.everything(root, footprint.opaque)
            continue
        reached = {place for triple in change for place in footprint.automaton.touched(triple)}
        try:
            reached |= _queried(footprint, change, lookups, found)
        except DisconnectedError:
            found.everything(root, f"a SPARQL constraint of {root} looks at all of the graph")
            continue
        found.nodes[root] |= footprint.automaton.origins(reached, steps.sources)
    _described_anew(change, both, former, found)
    return found


class _Steps:
    """The steps back that were made already, for other shapes."""

    def __init__(self, data: Graph) -> None:
        self._data = data
        self._known: dict[tuple[Node, Node | None, bool], list[Node]] = {}

    def sources(self, node: Node, step: Step) -> list[Node]:
        key = node, step.predicate, step.inverse
        if key not in self._known:
            self._known[key] = list(self._look(*key))
        return self._known[key]

    def _look(self, node: Node, predicate: Node | None, inverse: bool) -> Iterator[Node]:
        if inverse:
            return self._data.objects(node, predicate, unique=True)
        return self._data.subjects(predicate, node, unique=True)


def _queried(
    footprint: Footprint, change: Iterable[Triple], both: Lookups, found: Affected
) -> set[tuple[Node, int]]:
    """Return where SPARQL constraints are touched; results that fall apart go to `found`."""
    reached: set[tuple[Node, int]] = set()
    wanted = [THIS, VALUE] if footprint.by_value else [THIS]
    for part in footprint.sparql:
        for link in part.patterns.links:
            for triple in change:
                known = matched(link.pattern, triple, {})
                if known is None:
                    continue
                for solution in solutions(both, link.context, known, wanted):
                    if footprint.by_value:
                        found.values[footprint.root, solution[THIS]].add(solution[VALUE])
                    else:
                        reached.add((solution[THIS], part.state))
    return reached


def _described_anew(change: Iterable[Triple], both: Graph, former: Former, found: Affected) -> None:
    """Take the results that name a blank node whose description is another now.

    pySHACL writes the description into its messages.
    """
    waiting = [subject for subject, _, _ in change if isinstance(subject, BNode)]
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += [other for other in both.subjects(None, node) if isinstance(other, BNode)]
    if seen:
        for row in former.results:
            if any(kind == DATA and term in seen for _, _, kind, term in row.statements):
                found.nodes[row.root].add(row.focus)
