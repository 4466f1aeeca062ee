"""What rdflib's own engine answers on the real graph, evaluated once and kept for the next run.

rdflib takes minutes for the whole library. An answer is kept under a digest of all that it follows
from: the query, the graph's files and rdflib's version.
"""

import fcntl
import hashlib
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import rdflib
from rdflib import Dataset, Graph, URIRef
from rdflib.query import Result

from ontology.namespaces import new_graph
from server.store.loader import graph_files

_NUMBERS: Final = {"integer", "decimal"}

Term = tuple[str, ...]
Row = frozenset[tuple[str, Term]]


def term(value: object) -> Term:
    """Return a term as a value: engines write 100000 and 100000.0 for one decimal."""
    if isinstance(value, ox.Literal):
        kind = value.datatype.value
        is_number = kind.rpartition("#")[2] in _NUMBERS
        text = str(Decimal(value.value).normalize()) if is_number else value.value
        return ("literal", text, kind, (value.language or "").lower())
    assert isinstance(value, ox.NamedNode), f"a blank node or a quoted triple: {value}"
    return ("iri", value.value)


def rows(body: bytes, format_: ox.QueryResultsFormat) -> list[Row]:
    """Return the rows of a table with the kinds of their terms, in the order of the answer."""
    parsed = ox.parse_query_results(body, format=format_)
    assert isinstance(parsed, ox.QuerySolutions)
    names = [variable.value for variable in parsed.variables]
    return [
        frozenset((name, term(row[name])) for name in names if row[name] is not None)
        for row in parsed
    ]


class RdflibAnswers:
    """rdflib's answers to queries on the graph in `graphs`, kept in `folder`."""

    def __init__(self, graphs: Path, folder: Path) -> None:
        self._files = graph_files(graphs)
        self._folder = folder
        digest = hashlib.sha256(rdflib.__version__.encode())
        for file in self._files:
            digest.update(file.iri.encode() + hashlib.sha256(file.path.read_bytes()).digest())
        self._state = digest.digest()

    @cached_property
    def dataset(self) -> Dataset:
        """Return each file in its named graph; the default graph is their union."""
        made = Dataset(default_union=True)
        for file in self._files:
            made.graph(URIRef(file.iri)).parse(file.path, format="turtle")
        return made

    @cached_property
    def union(self) -> Graph:
        """Return all triples in one graph."""
        made = new_graph()
        for file in self._files:
            made += self.dataset.graph(URIRef(file.iri))
        return made

    def table(self, query: str) -> list[Row]:
        """Return the rows of a SELECT query on the union."""
        body = self._kept(query, lambda: self.union.query(query))
        return rows(body, ox.QueryResultsFormat.JSON)

    def _kept(self, query: str, evaluate: Callable[[], Result]) -> bytes:
        name = hashlib.sha256(self._state + query.encode()).hexdigest()
        with (self._folder / f"{name}.json").open("a+b") as file:
            # Another process of the same run may be at it: wait for what it finds.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            body = file.read()
            if not body:
                body = evaluate().serialize(format="json") or b""
                file.write(body)
            return body
