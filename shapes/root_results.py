"""Validation results that know which shape, applied to which focus node, they come from."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

# Where a term of a result is described, if it is a blank node: in the data, or in the shapes.
DATA: Final = "data"
SHAPES: Final = "shapes"
NOWHERE: Final = ""

Statement = tuple[Node, Node, str, Node]
Pair = tuple[Node, Node]


@dataclass(frozen=True)
class RootResult:
    """A result, with what it says as statements.

    `root` is the shape with the target and `focus` its focus node: those of the result differ if
    a shape within the shape found it. `sound` is true if the shape conforms in spite of it.
    """

    root: Node
    focus: Node
    node: Node
    sound: bool
    statements: tuple[Statement, ...]

    @property
    def value(self) -> Node | None:
        """The value that the result is about (SHACL section 3.6.2.5)."""
        for subject, predicate, _, value in self.statements:
            if subject == self.node and predicate == SH.value:
                return value
        return None


@dataclass(frozen=True)
class Former:
    """What is kept of a validation for that of the next state: its results, and of which shapes.

    `basis` is the digest of the shapes and the ontology. The results stand by shape and focus node,
    and `unsound` is the number of those that are violations.
    """

    basis: str
    found: Mapping[Pair, tuple[RootResult, ...]]
    unsound: int

    @classmethod
    def of(cls, basis: str, results: Iterable[RootResult]) -> "Former":
        """Return what is kept of some results."""
        return cls(basis, {}, 0).changed({}, results)

    @property
    def results(self) -> Iterator[RootResult]:
        """All results."""
        return chain.from_iterable(self.found.values())

    @property
    def conforms(self) -> bool:
        """Whether no result is a violation."""
        return self.unsound == 0

    def changed(
        self, kept: Mapping[Pair, Collection[RootResult]], results: Iterable[RootResult]
    ) -> "Former":
        """Return it with only the `kept` results of some pairs, and further results."""
        found = dict(self.found)
        unsound = self.unsound
        for pair, rows in kept.items():
            unsound -= _unsound(found.pop(pair, ())) - _unsound(rows)
            if rows:
                found[pair] = tuple(rows)
        for row in results:
            found[row.root, row.focus] = (*found.get((row.root, row.focus), ()), row)
            unsound += not row.sound
        return Former(self.basis, found, unsound)

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        rows = [
            [_write(row.root), _write(row.focus), _write(row.node), row.sound,
             [[_write(s), _write(p), kind, _write(o)] for s, p, kind, o in row.statements]]
            for row in self.results
        ]  # fmt: skip
        return json.dumps({"basis": self.basis, "results": rows}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Former":
        """Read what `to_json` wrote; raises `ValueError` if it is something else."""
        try:
            read = json.loads(text)
            results = tuple(
                RootResult(
                    _read(root),
                    _read(focus),
                    _read(node),
                    bool(sound),
                    tuple((_read(s), _read(p), str(kind), _read(o)) for s, p, kind, o in rows),
                )
                for root, focus, node, sound, rows in read["results"]
            )
            return cls.of(str(read["basis"]), results)
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"this is no former validation: {error!r}") from error


def _unsound(rows: Iterable[RootResult]) -> int:
    return sum(not row.sound for row in rows)


def digest(graphs: Iterable[Graph]) -> str:
    """Return a digest of graphs, of which blank nodes are taken by their identifiers."""
    lines = (" ".join(term.n3() for term in triple) for graph in graphs for triple in graph)
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def statements(triples: Iterable[tuple[Any, ...]], shapes: Graph) -> Iterator[Statement]:
    """Read the triples of a result as pySHACL gives them, with the graph of some objects."""
    for subject, predicate, value in triples:
        if isinstance(value, tuple):
            graph, term = value
            yield subject, predicate, SHAPES if graph is shapes else DATA, term
        else:
            yield subject, predicate, NOWHERE, value


def _write(term: Node) -> list[str | None]:
    if isinstance(term, Literal):
        return [str(term), term.language, term.datatype]
    return ["_" if isinstance(term, BNode) else "", str(term)]


def _read(parts: list[str | None]) -> Node:
    if len(parts) == 3:
        text, language, datatype = parts
        kind = None if datatype is None else URIRef(datatype)
        return Literal(text, lang=language, datatype=kind, normalize=False)
    kind_of, name = parts
    return BNode(name) if kind_of == "_" else URIRef(name or "")
