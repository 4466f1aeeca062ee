"""The triple patterns of a SPARQL constraint, and how they hang together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, URIRef, Variable
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.evaluate import evalPart
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query, QueryContext
from rdflib.term import Node

Terms = tuple[Node, Node, Node]
Names = dict[Variable, Variable]

THIS: Final = Variable("this")
VALUE: Final = Variable("value")
_NOBODY: Final = URIRef("urn:cebu:nobody")
_THROUGH: Final = {"Project", "Distinct", "Reduced", "OrderBy", "ToMultiSet", "SelectQuery"}


@dataclass(frozen=True)
class Link:
    """A pattern, and those that hold wherever a match of it can make a difference."""

    pattern: Terms
    context: tuple[Terms, ...]


@dataclass(frozen=True)
class QueryPatterns:
    """The patterns of a query, wherever in it they stand.

    A triple can alter the solutions for a `$this` only if it matches the pattern of a link whose
    context holds for that `$this`, in the state before or after. `by_value` is true if the same
    goes for each pair of `$this` and `?value`. `opaque` says why nothing is known, if so.
    """

    links: tuple[Link, ...] = ()
    by_value: bool = False
    opaque: str = ""


@dataclass
class _Group:
    """A part of a query: what each solution of it matches, and all it looks at."""

    sure: list[Terms] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def within(self, context: Iterable[Terms]) -> list[Link]:
        """Return the links, for a part of which each solution matches the context too."""
        context = tuple(context)
        return [Link(link.pattern, (*link.context, *context)) for link in self.links]


def query_patterns(shapes: Graph, shape: Node, constraint: Node) -> QueryPatterns:
    """Return the patterns of a SPARQL constraint (SHACL section 5.1) of a shape."""
    try:
        query = _prepared(shapes, shape, constraint)
        found = _Reader().read(query.algebra, {})
    except _NotUnderstoodError as error:
        return QueryPatterns(opaque=f"{constraint} {error}")
    sure = {term for terms in found.sure for term in terms}
    by_value = (
        VALUE in query.algebra.PV
        and {THIS, VALUE} <= sure
        and not _yields_of_nothing(query.algebra)
    )
    return QueryPatterns(tuple(found.links), by_value)


class _NotUnderstoodError(Exception):
    """Raised for a part of a query whose reach cannot be derived."""


def _prepared(shapes: Graph, shape: Node, constraint: Node) -> Query:
    texts = list(shapes.objects(constraint, SH.select))
    if len(texts) != 1:
        raise _NotUnderstoodError("has no query, or several")
    if "$PATH" in str(texts[0]):
        raise _NotUnderstoodError("takes the path of its shape")
    prefixes: dict[str, Any] = {"rdf": RDF, "rdfs": RDFS, "owl": OWL}
    # pySHACL hands a query the prefixes of all ontologies of the shapes graph.
    for declaration in shapes.objects(None, SH.declare):
        for prefix in shapes.objects(declaration, SH.prefix):
            for namespace in shapes.objects(declaration, SH.namespace):
                if prefixes.setdefault(str(prefix), str(namespace)) != str(namespace):
                    raise _NotUnderstoodError(f"could mean two namespaces by {prefix}:")
    try:
        return prepareQuery(str(texts[0]), initNs=prefixes)
    except Exception as error:  # rdflib raises what its parser happens to raise
        raise _NotUnderstoodError(f"cannot be read: {error}") from error


class _Reader:
    """Reads the algebra of a query (SPARQL 1.1, section 18.2) into patterns."""

    def __init__(self) -> None:
        self._fresh = count()

    def read(self, part: CompValue, names: Names) -> _Group:
        """Return the patterns of a part, with its variables renamed by `names`."""
        match part.name:
            case "BGP":
                return self._triples(part.triples or [], names)
            case "Join":
                return self._join(self.read(part.p1, names), self.read(part.p2, names))
            case "LeftJoin":
                return self._left(part, names)
            case "Filter" | "Extend":
                inner = self.read(part.p, names)
                return _Group(inner.sure, [*inner.links, *self._exists(part.expr, names, inner)])
            case "Union":
                branches = self.read(part.p1, names), self.read(part.p2, names)
                return _Group([], [link for branch in branches for link in branch.links])
            case "AggregateJoin":
                return self._aggregate(part, names)
            case "Project" if part.p is not None:
                return self.read(part.p, self._hide(part.p, set(part.PV), names))
            case "ToMultiSet" if part.p is not None:
                return self._subquery(part, names)
            case name if name in _THROUGH and part.p is not None:
                return self.read(part.p, names)
        raise _NotUnderstoodError(f"has a {part.name}")

    def _triples(self, triples: Iterable[Terms], names: Names) -> _Group:
        patterns = [self._pattern(triple, names) for triple in triples]
        links = [
            Link(pattern, (*patterns[:number], *patterns[number + 1 :]))
            for number, pattern in enumerate(patterns)
        ]
        return _Group(patterns, links)

    def _pattern(self, triple: Terms, names: Names) -> Terms:
        if any(isinstance(term, Path) for term in triple):
            raise _NotUnderstoodError("has a property path")
        subject, predicate, value = (_renamed(term, names) for term in triple)
        return subject, predicate, value

    def _join(self, one: _Group, two: _Group) -> _Group:
        return _Group([*one.sure, *two.sure], [*one.within(two.sure), *two.within(one.sure)])

    def _left(self, part: CompValue, names: Names) -> _Group:
        left, right = self.read(part.p1, names), self.read(part.p2, names)
        both = _Group([*left.sure, *right.sure])
        links = [*left.links, *right.within(left.sure), *self._exists(part.expr, names, both)]
        return _Group(left.sure, links)

    def _exists(self, expression: object, names: Names, outer: _Group) -> list[Link]:
        """Return the links of the graph patterns in an expression (EXISTS, NOT EXISTS)."""
        links: list[Link] = []
        for graph in _graphs_in(expression):
            algebra = graph
            if graph.name == "GroupGraphPatternSub":
                algebra = translateGroupGraphPattern(graph)
            links += self.read(algebra, names).within(outer.sure)
        return links

    def _aggregate(self, part: CompValue, names: Names) -> _Group:
        if any(True for _ in _graphs_in(part.A)):
            raise _NotUnderstoodError("has a graph pattern in an aggregate")
        group = part.p
        keys = {key for key in group.expr or () if isinstance(key, Variable)}
        return self.read(group.p, self._hide(group.p, keys, names))

    def _subquery(self, part: CompValue, names: Names) -> _Group:
        if _selected(part.p).isdisjoint({THIS}):
            raise _NotUnderstoodError("has a subquery that does not select $this")
        inner = self.read(part.p, names)
        # Without members an aggregate can still have a solution: then its patterns need not hold.
        return _Group([], inner.links) if _yields_of_nothing(part.p) else inner

    def _hide(self, part: CompValue, seen: set[Variable], names: Names) -> Names:
        """Return `names` with new ones for the variables that are not seen from outside.

        `$this` is bound before and everywhere (SHACL, appendix A).
        """
        hidden = _variables(part) - seen - {THIS}
        number = next(self._fresh)
        return {**names, **{name: Variable(f"{name}_{number}") for name in hidden}}


def _selected(part: CompValue) -> set[Variable]:
    while part.name != "Project":
        if part.p is None:
            return set()
        part = part.p
    return set(part.PV)


def _renamed(term: Node, names: Names) -> Node:
    if isinstance(term, BNode):  # in a query, a variable without name
        return Variable(f"_{term}")
    return names.get(term, term) if isinstance(term, Variable) else term


def _graphs_in(expression: object) -> Iterator[CompValue]:
    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield expression.graph
            return
        for value in expression.values():
            yield from _graphs_in(value)
    elif isinstance(expression, (list, tuple)):
        for value in expression:
            yield from _graphs_in(value)


def _variables(part: object) -> set[Variable]:
    if isinstance(part, Variable):
        return {part}
    if isinstance(part, CompValue):
        return set().union(*(_variables(value) for value in part.values()))
    if isinstance(part, (list, tuple, set)):
        return set().union(*(_variables(value) for value in part))
    return set()


def _yields_of_nothing(part: CompValue) -> bool:
    """Say whether a part of a query has solutions in a graph without triples."""
    if any(True for _ in _graphs_in_groups(part)):
        return True
    context = QueryContext(Graph(), initBindings={THIS: _NOBODY})
    solutions = evalPart(context, part)
    found = solutions["bindings"] if isinstance(solutions, dict) else solutions
    return any(True for _ in found)


def _graphs_in_groups(part: object) -> Iterator[CompValue]:
    """Yield the graph patterns in a HAVING, whose truth rests on more than the group."""
    if not isinstance(part, CompValue) or part.name == "AggregateJoin":
        return
    if part.name == "Filter" and _holds_aggregate(part.p):
        yield from _graphs_in(part.expr)
    for key in ("p", "p1", "p2"):
        yield from _graphs_in_groups(part.get(key))


def _holds_aggregate(part: object) -> bool:
    while isinstance(part, CompValue) and part.name in ("Filter", "Extend"):
        part = part.p
    return isinstance(part, CompValue) and part.name == "AggregateJoin"
