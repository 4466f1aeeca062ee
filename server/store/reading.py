"""A state of the graph that can be read: the served one, or a past one."""

from typing import Final

import pyoxigraph as ox
from rdflib import Graph

from ontology.namespaces import PREFIXES
from server.store.change_log import ChangeLog

Term = ox.NamedNode | ox.BlankNode | ox.Literal

_COUNT: Final = "COUNT(*)"
# Without the copy in the default graph a triple comes once for each graph that it stands in.
_COUNT_SET: Final = "COUNT(DISTINCT TRIPLE(?s, ?p, ?o))"


class Reading:
    """The state after change `number`: its store, its view for rdflib, and the names of its graphs.

    `graph` is what rdflib reads: all named graphs as one. `union` says whether the default graph
    holds a copy of every triple of the named graphs, which makes it their union as a set (a triple
    of two documents counts once). `version` is its digest; a past state has none.
    """

    store: ox.Store
    graph: Graph
    graphs: frozenset[str]
    union: bool
    number: int
    version: str
    log: ChangeLog | None

    @property
    def triples(self) -> int:
        """Return the number of statements, each counted once however many graphs have it."""
        count = _COUNT if self.union else _COUNT_SET
        return int(self.select(f"SELECT ({count} AS ?n) {{ ?s ?p ?o }}")[0]["n"])

    def dump(self, wanted: ox.RdfFormat, name: str | None) -> bytes:
        """Return one graph as a document; None names the default graph."""
        graph = ox.DefaultGraph() if name is None else ox.NamedNode(name)
        return self.store.dump(format=wanted, from_graph=graph, prefixes=PREFIXES) or b""

    def dump_all(self, wanted: ox.RdfFormat) -> bytes:
        """Return all graphs as a document."""
        # The copy that makes the default graph the union is no statement of its own.
        quads = (
            quad
            for quad in self.store.quads_for_pattern(None, None, None, None)
            if not (self.union and isinstance(quad.graph_name, ox.DefaultGraph))
        )
        return ox.serialize(quads, format=wanted, prefixes=PREFIXES) or b""

    def select(self, query: str) -> list[dict[str, str]]:
        """Return the solutions of one of our own SELECT queries over all graphs, as plain text.

        Unbound variables are left out. Never give it a stranger's text: nothing is checked.
        """
        return [{name: term.value for name, term in row.items()} for row in self.rows(query)]

    def rows(self, query: str) -> list[dict[str, Term]]:
        """Return the same as terms, which tell a name from a text."""
        solutions = self.store.query(query, use_default_graph_as_union=not self.union)
        if not isinstance(solutions, ox.QuerySolutions):
            raise TypeError("only SELECT queries have solutions")
        names = [variable.value for variable in solutions.variables]
        return [
            {
                name: term
                for name in names
                if isinstance(term := solution[name], ox.NamedNode | ox.BlankNode | ox.Literal)
            }
            for solution in solutions
        ]
