"""The graph of another engine as a store that rdflib reads.

Pages read a thing's statements one by one. They are asked for all together, and kept for as long
as the data are the same.
"""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyoxigraph as ox
from cachetools import LRUCache
from rdflib import BNode, Literal, URIRef
from rdflib.store import Store
from rdflib.term import Node

if TYPE_CHECKING:
    from rdflib.graph import _TripleType

# How many statements are kept.
_KEPT: Final = 100_000

_Pair = tuple[Node, Node]


class Rows(Protocol):
    """Whatever answers our own SELECT queries."""

    @property
    def version(self) -> str:
        """Return the version of the data."""
        ...

    @property
    def triples(self) -> int:
        """Return the number of triples."""
        ...

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the terms of the solutions."""
        ...


class BackendTriples(Store):
    """Read access: a pattern is a query. Blank nodes have no name to be asked by, so no match."""

    def __init__(self, data: Rows) -> None:
        super().__init__()
        self._data = data
        self._lock = threading.Lock()
        self._kept: LRUCache[tuple[str, Node], list[_Pair]] = LRUCache(
            _KEPT, getsizeof=lambda pairs: 1 + len(pairs)
        )

    def __len__(self, context: object = None) -> int:
        """Return the number of triples."""
        return self._data.triples

    def triples(
        self, triple_pattern: tuple[Node | None, Node | None, Node | None], context: object = None
    ) -> Iterator[tuple["_TripleType", Iterator[None]]]:
        """Yield the triples that match. Raises `Problem` if the engine does not answer."""
        subject, property_, value = triple_pattern
        if subject is not None:
            for found, known in self._about(subject):
                if property_ in {None, found} and (value is None or _same(value, known)):
                    yield (subject, found, known), iter(())
            return
        terms = _text(property_, "?p"), _text(value, "?o")
        if None in terms:
            return
        for row in self._data.rows(f"SELECT * WHERE {{ ?s {terms[0]} {terms[1]} }}"):
            found = _from_ox(row["p"]) if property_ is None else property_
            yield (
                (_from_ox(row["s"]), found, _from_ox(row["o"]) if value is None else value),
                iter(()),
            )

    def _about(self, subject: Node) -> list[_Pair]:
        name = _text(subject, "")
        if name is None or not isinstance(subject, URIRef):
            return []
        key = self._data.version, subject
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            rows = self._data.rows(f"SELECT ?p ?o WHERE {{ {name} ?p ?o }}")
            known = [(_from_ox(row["p"]), _from_ox(row["o"])) for row in rows]
            with self._lock:
                if len(known) < _KEPT // 8:
                    self._kept[key] = known
        return known


def _same(left: Node, right: Node) -> bool:
    """Say whether these are one term of RDF 1.1, where a plain literal is a string."""
    return left == right or _text(left, "") == _text(right, "")


def _text(term: Node | None, variable: str) -> str | None:
    """Return the term as SPARQL has it, `variable` for none; None if no query can name it."""
    try:
        match term:
            case None:
                return variable
            case URIRef():
                return str(ox.NamedNode(str(term)))
            case Literal() if term.language:
                return str(ox.Literal(str(term), language=term.language))
            case Literal():
                kind = ox.NamedNode(str(term.datatype)) if term.datatype else None
                return str(ox.Literal(str(term), datatype=kind))
            case _:
                return None
    except ValueError:
        return None


def _from_ox(term: object) -> Node:
    match term:
        case ox.NamedNode():
            return URIRef(term.value)
        case ox.BlankNode():
            return BNode(term.value)
        case ox.Literal() if term.language:
            return Literal(term.value, lang=term.language)
        case ox.Literal():
            return Literal(term.value, datatype=URIRef(term.datatype.value))
        case _:
            raise TypeError(f"{term!r} is no term of RDF 1.1")
