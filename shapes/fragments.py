"""The part of a graph that SPARQL constraints can look at from some focus nodes."""

from typing import Any

from rdflib import Graph, Variable
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from shapes.automaton import START
from shapes.data_graph import DataGraph
from shapes.footprint import Footprint
from shapes.joins import solutions
from shapes.lookups import Lookups
from shapes.query_patterns import THIS, VALUE


class Fragments(Graph):
    """A graph that is looked up where it lies, but whose queries are asked of a copied part.

    The part has every triple that a query can match for the focus nodes, and nothing that the
    graph has not: so the solutions are the same (SPARQL 1.1, section 18.6). All nodes must be
    taken before the first query.
    """

    def __init__(self, data: Graph) -> None:
        super().__init__(store=data.store, bind_namespaces="none")
        self._data = data
        self._lookups = Lookups(data)
        self._part = DataGraph()
        self._taken: set[tuple[Any, ...]] = set()

    def take(self, footprint: Footprint, node: Node, value: Node | None = None) -> None:
        """Copy what the constraints of a shape can look at from a focus node.

        With `value`, only what matters to the results about it. Raises `DisconnectedError` if that
        could be anything.
        """
        for part in footprint.sparql:
            for this in self._focus_nodes(footprint, node, part.state):
                known: dict[Variable, Node] = {THIS: this}
                if value is not None:
                    known[VALUE] = value
                for patterns in {frozenset((*link.context, link.pattern))
                                 for link in part.patterns.links}:  # fmt: skip
                    key = patterns, this, value
                    if key not in self._taken:
                        self._taken.add(key)
                        for _ in solutions(self._lookups, patterns, known, see=self._part.add):
                            pass

    def _focus_nodes(self, footprint: Footprint, node: Node, state: int) -> set[Node]:
        """Return the focus nodes of a constraint, which a shape within the shape may have."""
        if state == START:
            return {node}
        return footprint.automaton.reached(node, state, self._data)

    def query(
        self,
        query_object: str | Query,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Result:
        """Answer a query from the part that was copied."""
        return self._part.query(query_object, *args, **kwargs)
