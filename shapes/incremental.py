"""Validation of a change, at a cost that follows the change and not the graph.

The report is that of `shapes.validate` on the state after the change. Only pairs of a shape and a
focus node are validated whose verdict the change can alter; the results of all others are those
of the state before.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from rdflib import XSD, BNode, Graph, Literal
from rdflib.compare import to_canonical_graph
from rdflib.term import Node

from shapes.affected import Affected, affected
from shapes.data_graph import DataGraph
from shapes.direct_targets import direct_targets
from shapes.footprint import Footprint
from shapes.fragments import Fragments
from shapes.joins import DisconnectedError
from shapes.locate import locate
from shapes.report import ValidationReport, read_report
from shapes.root_results import Former, Pair, RootResult, digest
from shapes.root_shapes import RootShapes
from shapes.validator import labels, load_shapes, merged_graph
from shapes.views import UNION, Triple, view

# From this number of pairs on, a copy of the graph in memory is quicker than looking it up.
MOST_PAIRS: Final = 5_000


@dataclass(frozen=True)
class Validated:
    """What a validation gives: the verdict, the report, and what the next one needs of it.

    `checked` is the number of pairs of a shape and a focus node that were validated, and `again`
    their results. `whole` says why the whole graph was copied into memory, and is empty if it was
    not. The reports are written when they are asked for, from the data as it is then.
    """

    conforms: bool
    former: Former
    again: tuple[RootResult, ...]
    checked: int
    whole: str
    written: Callable[[Iterable[RootResult]], ValidationReport] = field(repr=False)

    @functools.cached_property
    def report(self) -> ValidationReport:
        """The report on the whole state, as full validation gives it."""
        return self.written(self.former.results)

    @functools.cached_property
    def touched(self) -> ValidationReport:
        """The part of the report that is about what the change could alter."""
        return self.written(self.again)


class IncrementalValidator:
    """Validates changes against shapes, which are analysed once.

    `shapes` are those of `load_shapes` if not given. Raises `ValueError` if they are no sound
    SHACL. Not for use by several threads at once.
    """

    def __init__(self, shapes: Graph | None = None) -> None:
        graph = direct_targets(canonical(load_shapes() if shapes is None else shapes))
        self._basis = digest((graph, _ontology()))
        self._shapes = RootShapes(graph)
        self._footprints = {
            root: Footprint(graph, root, classes) for root, classes in self._shapes.roots().items()
        }

    @property
    def basis(self) -> str:
        """The digest of the shapes and the ontology, as in `Former`."""
        return self._basis

    def report(
        self,
        results: Iterable[RootResult],
        data: Graph | ox.Store,
        *,
        graph: Any = UNION,  # noqa: ANN401
    ) -> ValidationReport:
        """Return the report of some results that were found in a state."""
        seen = state(data, graph=graph)
        sound, found = self._shapes.report(results, seen)
        return read_report(sound, found, labels(seen), {})

    def validate_whole(
        self,
        after: Graph | ox.Store,
        files: Iterable[Path] = (),
        *,
        graph: Any = UNION,  # noqa: ANN401
        why: str = "there is no former validation",
    ) -> Validated:
        """Validate a state from its beginnings; the arguments are those of `validate_change`."""
        copy = after if isinstance(after, DataGraph) else _copied(state(after, graph=graph))
        results: list[RootResult] = []
        checked = 0
        for root in self._footprints:
            nodes = self._shapes.focus_nodes(root, copy)
            checked += len(nodes)
            results += self._shapes.validate(root, nodes, copy)
        return self._validated(Former.of(self._basis, results), results, copy, files, checked, why)

    def validate_change(
        self,
        after: Graph | ox.Store,
        added: Iterable[Triple],
        removed: Iterable[Triple],
        former: Former | None,
        files: Iterable[Path] = (),
        *,
        graph: Any = UNION,  # noqa: ANN401
    ) -> Validated:
        """Validate the state `after` a change, given what was found in the state before it.

        `after` is a graph, a dataset (its union) or an Oxigraph store, of which `graph` names the
        graph that is validated (see `shapes.views.view`); it is looked up, not copied. `added` and
        `removed` are all triples that only the state after, or only that before, has in that graph,
        as it holds them. `former` is that of the validation before; without it, or if the shapes
        or the ontology are others now, all is validated, and `whole` says so. `files` are the
        Turtle files that the report names lines of.

        Raises `ValueError` if an added triple is not in `after`, or if the shapes cannot be used.
        """
        if former is None:
            return self.validate_whole(after, files, graph=graph)
        if former.basis != self._basis:
            why = "the shapes or the ontology have changed"
            return self.validate_whole(after, files, graph=graph, why=why)
        new = state(after, graph=graph)
        change, lost = _change(new, _beside(after), added, removed)
        # All that the state before had, and all that the state after has: what hangs together in
        # either of them does so here.
        both = state(after, _graph_of(lost), graph=graph)
        found = affected(self._footprints, change, both, former)
        if found.count() > MOST_PAIRS:
            why = f"the change touches more than {MOST_PAIRS:,} focus nodes"
            return self.validate_whole(after, files, graph=graph, why=why)
        return self._again(found, new, former, files)

    def _again(
        self, found: Affected, new: Graph, former: Former, files: Iterable[Path]
    ) -> Validated:
        """Validate what is affected, and keep the former results of everything else."""
        kept = _kept(found, former)
        selected = {
            (root, node)
            for root, nodes in found.nodes.items()
            for node in nodes
            if root not in found.roots and self._footprints[root].selects(node, new)
        }
        partly = {
            (root, node): values
            for (root, node), values in found.values.items()
            if root not in found.roots
            and (root, node) not in found
            and self._footprints[root].selects(node, new)
        }
        why, data = found.whole, new
        if not why:
            try:
                data = self._fragments(selected, partly, new)
            except DisconnectedError:
                why = "a SPARQL constraint looks at all of the graph"
        if why:
            data = _copied(new)
            selected |= {
                (root, node)
                for root in found.roots
                for node in self._shapes.focus_nodes(root, data)
            }
        again = list(self._results(selected, partly, data))
        checked = len(selected) + len(partly)
        return self._validated(former.changed(kept, again), again, data, files, checked, why)

    def _fragments(
        self,
        selected: Iterable[tuple[Node, Node]],
        partly: dict[tuple[Node, Node], set[Node]],
        new: Graph,
    ) -> Fragments:
        data = Fragments(new)
        for root, node in selected:
            data.take(self._footprints[root], node)
        for (root, node), values in partly.items():
            for value in values:
                data.take(self._footprints[root], node, value)
        return data

    def _results(
        self,
        selected: Iterable[tuple[Node, Node]],
        partly: dict[tuple[Node, Node], set[Node]],
        data: Graph,
    ) -> Iterator[RootResult]:
        by_root: defaultdict[Node, list[Node]] = defaultdict(list)
        for root, node in selected:
            by_root[root].append(node)
        for root, nodes in by_root.items():
            yield from self._shapes.validate(root, nodes, data)
        for (root, node), values in partly.items():
            for row in self._shapes.validate(root, [node], data):
                if row.value in values:
                    yield row

    def _validated(
        self,
        former: Former,
        again: Iterable[RootResult],
        data: Graph,
        files: Iterable[Path],
        checked: int,
        whole: str,
    ) -> Validated:
        def written(results: Iterable[RootResult]) -> ValidationReport:
            rows = list(results)
            sound, graph = self._shapes.report(rows, data)
            return read_report(sound, graph, labels(data), locate(paths) if rows else {})

        paths = list(files)
        return Validated(former.conforms, former, tuple(again), checked, whole, written)


@functools.cache
def _default() -> IncrementalValidator:
    return IncrementalValidator()


def validate_whole(
    after: Graph | ox.Store,
    files: Iterable[Path] = (),
    *,
    graph: Any = UNION,  # noqa: ANN401
) -> Validated:
    """Validate a state against the project's shapes, from its beginnings."""
    return _default().validate_whole(after, files, graph=graph)


def validate_change(
    after: Graph | ox.Store,
    added: Iterable[Triple],
    removed: Iterable[Triple],
    former: Former | None,
    files: Iterable[Path] = (),
    *,
    graph: Any = UNION,  # noqa: ANN401
) -> Validated:
    """Validate a change against the project's shapes: see `IncrementalValidator`."""
    return _default().validate_change(after, added, removed, former, files, graph=graph)


def _kept(found: Affected, former: Former) -> dict[Pair, list[RootResult]]:
    """Return, for each pair that is validated again, the former results that stay."""
    kept: dict[Pair, list[RootResult]] = {
        (root, node): [] for root, nodes in found.nodes.items() for node in nodes
    }
    if found.roots:
        kept |= {pair: [] for pair in former.found if pair[0] in found.roots}
    for pair, values in found.values.items():
        if pair not in kept:
            kept[pair] = [row for row in former.found.get(pair, ()) if row.value not in values]
    return kept


def state(after: Graph | ox.Store, *more: Graph, graph: Any = UNION) -> Graph:  # noqa: ANN401
    """Return what is validated: `after`, with the ontology, and more graphs; nothing is copied."""
    return view(after, *_beside(after), *more, graph=graph)


def _beside(after: Graph | ox.Store) -> tuple[Graph, ...]:
    """Return the ontology, unless a graph of `merged_graph` holds it already."""
    return () if isinstance(after, DataGraph) else (_ontology(),)


@functools.cache
def _ontology() -> Graph:
    """Return the ontology as `merged_graph` holds it, its strings with their datatype."""
    return merged_graph()


def _change(
    new: Graph, beside: Iterable[Graph], added: Iterable[Triple], removed: Iterable[Triple]
) -> tuple[set[Triple], set[Triple]]:
    """Return the triples that only one of the states has, and those that only the former has."""
    gained = {_typed(triple) for triple in added}
    for triple in gained:
        if triple not in new:
            raise ValueError(
                f"the added triple {' '.join(term.n3() for term in triple)} is not in the data: "
                "give each triple as the data holds it"
            )
    lost = {triple for triple in map(_typed, removed) if triple not in new}
    for ontology in beside:
        gained = {triple for triple in gained if triple not in ontology}
    return gained | lost, lost


def _typed(triple: Triple) -> Triple:
    subject, predicate, value = triple
    if isinstance(value, Literal) and value.datatype is None and value.language is None:
        return subject, predicate, Literal(str(value), datatype=XSD.string)
    return triple


def _graph_of(triples: Iterable[Triple]) -> Graph:
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def _copied(data: Graph) -> DataGraph:
    copy = DataGraph()
    copy.addN((*triple, copy) for triple in data)
    return copy


def canonical(shapes: Graph) -> Graph:
    """Give the blank nodes of shapes identifiers by what they say, the same in every process."""
    if not any(isinstance(term, BNode) for triple in shapes for term in triple):
        return shapes
    named = Graph("SimpleMemory", bind_namespaces="none")
    for triple in to_canonical_graph(shapes):
        named.add(triple)
    return named
