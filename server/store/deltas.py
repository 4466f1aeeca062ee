"""What a change does to the dataset, statement by statement, and how it is made to a store.

An `Effect` is what an operation asks for: it may add what is there and remove what is not. A
`Delta` is what has become of it: exactly the statements and graphs that are there now and were not
before, or the other way round. In the union setting the default graph holds copies only, so a delta
has statements of named graphs alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import pyoxigraph as ox

from ontology.namespaces import GRAPH
from server.http.problems import Problem

# What is written to the default graph in the union setting.
OWN: Final = GRAPH + "default"

Name = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
GraphName = ox.NamedNode | ox.BlankNode
DEFAULT: Final = ox.DefaultGraph()
_OWN: Final = ox.NamedNode(OWN)
# Each statement removed by itself is a transaction; fewer are not worth the words.
_FEW: Final = 50
_AT_ONCE: Final = 20_000
# With more it is quicker to look through the whole graph once. MINUS is a hash join here.
_MANY: Final = 5_000
_UNNAMED: Final = "SELECT ?s ?p ?o { ?s ?p ?o MINUS { GRAPH ?g { ?s ?p ?o } } }"
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one operation removes and then adds, in the terms that the engine keeps.

    `created` and `dropped` are graphs that it makes or removes as such, empty or not.
    """

    removed: frozenset[ox.Quad] = frozenset()
    added: frozenset[ox.Quad] = frozenset()
    created: frozenset[GraphName] = frozenset()
    dropped: frozenset[GraphName] = frozenset()


@dataclass(frozen=True, slots=True)
class Delta:
    """What a change has added and removed, as sorted lines of N-Quads; no line is in both lists.

    `created` and `dropped` are the names of the graphs that came and went, in the form of N-Quads.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything was changed."""
        return bool(self.added or self.removed or self.created or self.dropped)

    def inverse(self) -> "Delta":
        """Return the delta that leads back."""
        return Delta(self.removed, self.added, self.dropped, self.created)

    def effect(self) -> Effect:
        """Return the delta as the effect of an operation."""
        return Effect(
            frozenset(quads(self.removed)),
            frozenset(quads(self.added)),
            frozenset(map(_graph_name, self.created)),
            frozenset(map(_graph_name, self.dropped)),
        )


def quads(lines: Iterable[str]) -> list[ox.Quad]:
    """Return the statements of lines of N-Quads, with their blank nodes as they are."""
    return list(ox.parse("\n".join(lines), format=ox.RdfFormat.N_QUADS))


def canonical(found: Iterable[ox.Quad]) -> frozenset[ox.Quad]:
    """Return statements in the terms that the engine keeps: it knows numbers by their value."""
    scratch = ox.Store()
    scratch.bulk_extend(found)
    return frozenset(scratch)


def net(deltas: Iterable[Delta]) -> Delta:
    """Return the delta of several changes, one after the other."""
    statements: dict[str, bool] = {}
    graphs: dict[str, bool] = {}
    for delta in deltas:
        for line in delta.removed:
            _note(statements, line, is_new=False)
        for line in delta.added:
            _note(statements, line, is_new=True)
        for name in delta.dropped:
            _note(graphs, name, is_new=False)
        for name in delta.created:
            _note(graphs, name, is_new=True)

    def chosen(noted: dict[str, bool], *, is_new: bool) -> tuple[str, ...]:
        return tuple(sorted(key for key, found in noted.items() if found is is_new))

    return Delta(
        chosen(statements, is_new=True),
        chosen(statements, is_new=False),
        chosen(graphs, is_new=True),
        chosen(graphs, is_new=False),
    )


def difference(old: ox.Store, new: ox.Store) -> Delta:
    """Return what leads from one dataset to another, of which the default graphs are left aside."""
    names, new_names = ({str(name) for name in store.named_graphs()} for store in (old, new))
    return Delta(
        _lines(quad for quad in new if not _is_default(quad) and quad not in old),
        _lines(quad for quad in old if not _is_default(quad) and quad not in new),
        tuple(sorted(new_names - names)),
        tuple(sorted(names - new_names)),
    )


@dataclass(slots=True)
class Ledger:
    """A store that effects are made to, and what they have changed all together."""

    store: ox.Store
    union: bool
    _statements: dict[ox.Quad, bool] = field(default_factory=dict)
    _graphs: dict[GraphName, bool] = field(default_factory=dict)

    def make(self, effect: Effect) -> None:
        """Make the effect; in the union setting the default graph is the union again afterwards.

        Raises `Problem` if it would delete from the union what a named graph holds.
        """
        removed = [quad for quad in effect.removed - effect.added if quad in self.store]
        added = [quad for quad in effect.added if quad not in self.store]
        if not self.union:
            self._remove(removed)
            self._add(added)
        else:
            self._make_in_union(removed, added, effect)
        for name in effect.created:
            self._name(name)
        for name in effect.dropped:
            if not any(self.store.quads_for_pattern(None, None, None, name)):
                self._forget(name)

    def delta(self) -> Delta:
        """Return what was changed since the beginning."""
        return Delta(
            _lines(quad for quad, is_new in self._statements.items() if is_new),
            _lines(quad for quad, is_new in self._statements.items() if not is_new),
            tuple(sorted(str(name) for name, is_new in self._graphs.items() if is_new)),
            tuple(sorted(str(name) for name, is_new in self._graphs.items() if not is_new)),
        )

    def _make_in_union(self, removed: list[ox.Quad], added: list[ox.Quad], effect: Effect) -> None:
        named_out = [quad for quad in removed if not _is_default(quad)]
        named_in = [quad for quad in added if not _is_default(quad)]
        self._remove(named_out)
        self._add(named_in)
        # Also what stands there already: another graph may just have let it go.
        for quad in effect.added:
            if _is_default(quad) and not self._holders(quad.triple):
                own = _quad(quad.triple, _OWN)
                self._add([own])
                named_in.append(own)
        for quad in removed:
            if _is_default(quad) and self._delete_own(quad.triple):
                named_out.append(_quad(quad.triple, _OWN))
        gone = {quad.triple for quad in (*named_out, *removed)}
        if len(gone) > _MANY:
            lone = self._unnamed()
        else:
            lone = [triple for triple in gone if not self._holders(triple)]
        _discard(self.store, [_quad(triple, DEFAULT) for triple in lone])
        copies = [_quad(quad.triple, DEFAULT) for quad in named_in if quad in self.store]
        _extend(self.store, copies)

    def _delete_own(self, triple: ox.Triple) -> bool:
        """Delete what was deleted from the union, and say whether it was there.

        Raises `Problem` if a graph holds it that nobody named.
        """
        holders = self._holders(triple)
        if holders - {_OWN}:
            holder = min(str(name) for name in holders - {_OWN})
            raise Problem(
                "default-graph",
                f"The default graph is the union of all graphs, and {holder} holds "
                f"a triple that would go: {triple}.",
            )
        if holders:
            self._remove([_quad(triple, _OWN)])
        return bool(holders)

    def _holders(self, triple: ox.Triple) -> set[Name]:
        found = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return {quad.graph_name for quad in found} - {DEFAULT}

    def _unnamed(self) -> list[ox.Triple]:
        """Return the triples of the default graph that no named graph has: copies of nothing."""
        found = self.store.query(_UNNAMED)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 (our own SELECT)
        return [ox.Triple(row["s"], row["p"], row["o"]) for row in found]

    def _add(self, new: list[ox.Quad]) -> None:
        for name in {quad.graph_name for quad in new}:
            if not isinstance(name, ox.DefaultGraph):
                self._name(name)
        _extend(self.store, new)
        for quad in new:
            _note(self._statements, quad, is_new=True)

    def _remove(self, old: list[ox.Quad]) -> None:
        _discard(self.store, old)
        for quad in old:
            _note(self._statements, quad, is_new=False)

    def _name(self, name: GraphName) -> None:
        if not self.store.contains_named_graph(name):
            self.store.add_graph(name)
            _note(self._graphs, name, is_new=True)

    def _forget(self, name: GraphName) -> None:
        if self.store.contains_named_graph(name):
            self.store.remove_graph(name)
            _note(self._graphs, name, is_new=False)


def _extend(store: ox.Store, new: list[ox.Quad]) -> None:
    """Add statements: many as files of the engine, which is quicker than one transaction."""
    if len(new) > _AT_ONCE:
        store.bulk_extend(new)
    else:
        store.extend(new)


def _discard(store: ox.Store, old: list[ox.Quad]) -> None:
    """Remove statements: many in one transaction of the engine, where it has words for that."""
    by_graph: dict[Name, list[ox.Triple]] = {}
    for quad in old:
        if len(old) < _FEW or any(isinstance(term, ox.BlankNode | ox.Triple) for term in quad):
            store.remove(quad)
        else:
            by_graph.setdefault(quad.graph_name, []).append(quad.triple)
    for name, triples in by_graph.items():
        for start in range(0, len(triples), _AT_ONCE):
            part = triples[start : start + _AT_ONCE]
            text = (ox.serialize(part, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
            inner = text if isinstance(name, ox.DefaultGraph) else f"GRAPH {name} {{ {text} }}"
            store.update(f"DELETE DATA {{ {inner} }}")


def _note(noted: dict[_Key, bool], key: _Key, *, is_new: bool) -> None:
    """Note that something came or went; both, and it is as it was."""
    if key in noted:
        del noted[key]
    else:
        noted[key] = is_new


def _lines(found: Iterable[ox.Quad]) -> tuple[str, ...]:
    text = ox.serialize(found, format=ox.RdfFormat.N_QUADS) or b""
    return tuple(sorted(text.decode().split("\n")[:-1]))


def _graph_name(text: str) -> GraphName:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text[1:-1])


def _is_default(quad: ox.Quad) -> bool:
    return isinstance(quad.graph_name, ox.DefaultGraph)


def _quad(triple: ox.Triple, name: Name) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, name)
