"""The data graph that pySHACL validates: in rdflib's memory, with Oxigraph for its SPARQL."""

from typing import Any, Final, TypeGuard

from rdflib import XSD, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

_SCRATCH: Final = URIRef("urn:cebu:literal")


class DataGraph(Graph):
    """A graph in memory whose queries Oxigraph answers, if it holds every term as it stands.

    pySHACL walks the paths of Core on rdflib's store, where it is right and quick, and asks the
    SPARQL constraints (SHACL section 5) of the whole graph, for which rdflib needs ten times as
    long as all of Core. Oxigraph keeps numbers by value and strings without their datatype: where
    that would change a literal ("1.0" to "1"), or a term is none by RDF 1.1, rdflib answers after
    all. The graph must not change after the first query.
    """

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        self._copy: Graph | None = None
        self._prepared: dict[str, Query] = {}

    def query(
        self,
        query_object: str | Query,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Result:
        """Answer a query, text by Oxigraph where it can."""
        if not isinstance(query_object, str):
            return super().query(query_object, *args, **kwargs)
        copy = self._in_store()
        if copy is not self:
            return copy.query(query_object, *args, **kwargs)
        if query_object not in self._prepared:
            self._prepared[query_object] = prepareQuery(query_object)
        return super().query(self._prepared[query_object], *args, **kwargs)

    @property
    def is_kept_by_a_store(self) -> bool:
        """Say whether Oxigraph holds every term as it stands."""
        return self._in_store() is not self

    def _in_store(self) -> Graph:
        """Return the copy that answers queries, or the graph itself if it does."""
        if self._copy is None:
            self._copy = oxigraph_copy(self) or self
        return self._copy


def oxigraph_copy(graph: Graph) -> Graph | None:
    """Return the graph in an Oxigraph store, or None if that cannot hold each term unchanged."""
    try:
        if not _holds({term for term in graph.objects() if _may_change(term)}):
            return None
        copy = Graph("Oxigraph", bind_namespaces="none")
        copy.addN((*triple, copy) for triple in graph)
    except ValueError:
        return None
    return copy


def _may_change(term: Node) -> TypeGuard[Literal]:
    """Say whether a term is a literal that a store by value could spell otherwise."""
    if not isinstance(term, Literal):
        return False
    if term.language is not None:
        return term.language != term.language.lower()
    return term.datatype != XSD.string


def _holds(literals: set[Literal]) -> bool:
    """Say whether the store hands each literal back as it was, letter for letter."""
    scratch = Graph("Oxigraph", bind_namespaces="none")
    scratch.addN((_SCRATCH, _SCRATCH, literal, scratch) for literal in literals)
    kept = {_spelling(term) for term in scratch.objects() if isinstance(term, Literal)}
    return kept == {_spelling(literal) for literal in literals}


def _spelling(literal: Literal) -> tuple[str, str | None, str | None]:
    return str(literal), literal.language, literal.datatype
