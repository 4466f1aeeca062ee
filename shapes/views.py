"""Graphs that are looked up where they lie, and never copied or walked whole."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final, cast

import pyoxigraph as ox
from oxrdflib._converter import from_ox, to_ox
from rdflib import XSD, Dataset, Graph, Literal
from rdflib.store import Store
from rdflib.term import Node

from shapes.data_graph import DataGraph

Triple = tuple[Node, Node, Node]
Pattern = tuple[Node | None, Node | None, Node | None]
Lookup = Callable[[Pattern], Iterable[Triple]]

UNION: Final = ox.DefaultGraph()


class _LookupStore(Store):
    """A read-only rdflib store: some small graphs in memory, and one large graph beside them."""

    # pySHACL wants a store that could hold several graphs.
    context_aware = True
    graph_aware = True

    def __init__(self, small: tuple[Graph, ...], large: Lookup) -> None:
        super().__init__()
        self._small = small
        self._large = large
        self.graphs: tuple[Graph, ...] = ()

    def triples(
        self, triple_pattern: Pattern, context: Graph | None = None
    ) -> Iterator[tuple[Triple, Iterator[Graph]]]:
        for number, graph in enumerate(self._small):
            for triple in graph.triples(triple_pattern):
                if not any(triple in other for other in self._small[:number]):
                    yield triple, iter(self.graphs)
        for found in self._large(triple_pattern):
            if not any(found in graph for graph in self._small):
                yield found, iter(self.graphs)

    def __len__(self, context: Graph | None = None) -> int:
        """Return 1 for any graph that is not empty: counting would walk it."""
        return int(any(True for _ in self.triples((None, None, None))))


def view(after: Graph | ox.Store, *small: Graph, graph: Any = UNION) -> Graph:  # noqa: ANN401
    """Return the union of `after` and some small graphs, without copying it.

    `after` is a graph, a dataset (the union of its graphs) or an Oxigraph store, of which `graph`
    names the graph that is meant: the default one, which in the server holds the union of all, or
    `None` for the union of all graphs. Strings have their datatype, as in `merged_graph`.
    """
    large = _in_store(after, graph) if isinstance(after, ox.Store) else _in_graph(after)
    store = _LookupStore(small, large)
    seen = Graph(store=store, bind_namespaces="none")
    store.graphs = (seen,)
    return seen


def _in_graph(graph: Graph) -> Lookup:
    if isinstance(graph, DataGraph):
        return graph.triples
    if isinstance(graph, Dataset):
        dataset = graph
        return _typed(lambda pattern: {quad[:3]: None for quad in dataset.quads((*pattern, None))})
    return _typed(graph.triples)


def _typed(lookup: Lookup) -> Lookup:
    """Look up a graph in which some strings may lack their datatype."""

    def typed(pattern: Pattern) -> Iterator[Triple]:
        value = pattern[2]
        if isinstance(value, Literal) and value.language is None:
            if value.datatype is None:
                return
            if value.datatype == XSD.string:
                plain = (pattern[0], pattern[1], Literal(str(value)))
                found = chain(lookup(pattern), lookup(plain))
                yield from dict.fromkeys((s, p, value) for s, p, _ in found)
                return
        for subject, predicate, term in lookup(pattern):
            if isinstance(term, Literal) and term.datatype is None and term.language is None:
                string = Literal(str(term), datatype=XSD.string)
                if not any(True for _ in lookup((subject, predicate, string))):
                    yield subject, predicate, string
            else:
                yield subject, predicate, term

    return typed


def _in_store(store: ox.Store, graph: Any) -> Lookup:  # noqa: ANN401
    def found(pattern: Pattern) -> Iterator[Triple]:
        subject, predicate, value = pattern
        if isinstance(subject, Literal) or (
            isinstance(value, Literal) and value.datatype is None and value.language is None
        ):
            return
        try:
            terms: Any = to_ox(subject), to_ox(predicate), to_ox(value)
        except ValueError:  # what is no term of RDF is in no store
            return
        for quad in store.quads_for_pattern(terms[0], terms[1], terms[2], graph):
            # The store finds a number by its value, memory by its spelling.
            other = _node(quad.object)
            if value is None or other == value:
                yield (
                    _node(quad.subject) if subject is None else subject,
                    _node(quad.predicate) if predicate is None else predicate,
                    other,
                )

    if graph is not None:
        return found
    return lambda pattern: dict.fromkeys(found(pattern))


def _node(term: Any) -> Node:  # noqa: ANN401
    node: Any = from_ox(term)
    return cast(Node, node)
