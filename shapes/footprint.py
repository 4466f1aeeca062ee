"""What of a graph a shape's verdict on a focus node can rest on, derived from the shape alone."""

import functools
from collections.abc import Iterable
from typing import Final, NamedTuple

from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from shapes.automaton import START, Automaton
from shapes.query_patterns import QueryPatterns, query_patterns

# Parameters of SHACL Core (section 4) that rest on no triple but those of the path.
_OF_VALUES: Final = {
    *(SH.datatype, SH.nodeKind, SH.minCount, SH.maxCount, SH.minLength, SH.maxLength),
    *(SH.minExclusive, SH.minInclusive, SH.maxExclusive, SH.maxInclusive, SH.pattern, SH.flags),
    *(SH.languageIn, SH.uniqueLang, SH.hasValue, SH["in"], SH.ignoredProperties),
    *(SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint),
}
_PAIRS: Final = {SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals}
_SHAPES: Final = {SH.node, SH.property, SH["not"], SH.qualifiedValueShape}
_LISTS: Final = {SH["and"], SH["or"], SH.xone}


class SparqlPart(NamedTuple):
    """A SPARQL constraint, and where its `$this` stands in the automaton of the shape."""

    constraint: Node
    state: int
    patterns: QueryPatterns


class Footprint:
    """The triples that a shape with targets can look at, as paths from its focus node.

    `implicit` are its targets because it is a class itself (SHACL section 2.1.3.3).
    `opaque` says why nothing can be derived from the shape, and is empty otherwise. `by_value` is
    true if the results of a focus node fall apart by `sh:value`, each resting on its own triples.
    """

    def __init__(self, shapes: Graph, root: Node, implicit: Iterable[Node] = ()) -> None:
        self.root = root
        self.automaton = Automaton()
        self.sparql: list[SparqlPart] = []
        self.opaque = ""
        self._shapes = shapes
        self._custom = _custom_parameters(shapes)
        self.classes = {*shapes.objects(root, SH.targetClass), *implicit}
        self.nodes = set(shapes.objects(root, SH.targetNode))
        self.subjects_of = set(shapes.objects(root, SH.targetSubjectsOf))
        self.objects_of = set(shapes.objects(root, SH.targetObjectsOf))
        try:
            self._targets()
            self._shape(root, START, ())
        except ValueError as error:
            self.opaque = str(error)
        self.by_value = not self.opaque and self._falls_apart()

    def selects(self, node: Node, data: Graph) -> bool:
        """Say whether a node is a focus node of the shape in a graph (SHACL section 2.1.3)."""
        if node in self.nodes:
            return True
        if any((node, predicate, None) in data for predicate in self.subjects_of):
            return True
        if any((None, predicate, node) in data for predicate in self.objects_of):
            return True
        return bool(self.classes) and any(
            not self.classes.isdisjoint(data.transitive_objects(kind, RDFS.subClassOf))
            for kind in data.objects(node, RDF.type)
        )

    def _targets(self) -> None:
        if self.classes:
            self._class(START)
        for predicate in self.subjects_of:
            self.automaton.step(START, predicate)
        for predicate in self.objects_of:
            self.automaton.step(START, predicate, inverse=True)

    def _class(self, state: int) -> None:
        self.automaton.repeat(self.automaton.step(state, RDF.type), RDFS.subClassOf)

    def _shape(self, shape: Node, state: int, above: tuple[Node, ...]) -> None:
        """Add what a shape looks at when it is applied to the nodes of a state.

        Raises `ValueError`, saying why, if that cannot be derived.
        """
        if shape in above:
            raise ValueError(f"the shape {shape} refers to itself")
        shapes, above = self._shapes, (*above, shape)
        if (shape, SH.deactivated, Literal(True)) in shapes:
            return
        values = state
        for path in shapes.objects(shape, SH.path):
            values = self.automaton.path(shapes, path, state)
        for parameter, value in shapes.predicate_objects(shape):
            if parameter == SH["class"]:
                self._class(values)
            elif parameter in _PAIRS:
                self.automaton.step(state, value)
            elif parameter in _SHAPES:
                self._shape(value, values, above)
            elif parameter in _LISTS:
                for item in shapes.items(value):
                    self._shape(item, values, above)
            elif parameter == SH.closed:
                self.automaton.step(values, None)
            elif parameter == SH.sparql:
                self._query(shape, value, state)
            elif parameter in _parameters() and parameter not in _OF_VALUES:
                raise ValueError(f"the parameter {parameter} of {shape} is not understood")
        for sibling in _siblings(shapes, shape):
            self._shape(sibling, values, above)
        for parameter in self._custom:
            if (shape, parameter, None) in shapes:
                raise ValueError(f"{shape} has the constraint component of {parameter}")

    def _query(self, shape: Node, constraint: Node, state: int) -> None:
        if (constraint, SH.deactivated, Literal(True)) not in self._shapes:
            patterns = query_patterns(self._shapes, shape, constraint)
            if patterns.opaque:
                raise ValueError(patterns.opaque)
            self.sparql.append(SparqlPart(constraint, state, patterns))

    def _falls_apart(self) -> bool:
        """Say whether all constraints are SPARQL's, with results that are each about their value.

        Then a result violates or not by the severity of the shape alone.
        """
        if not self.sparql:
            return False
        known = _parameters() | self._custom
        used = {name for name in self._shapes.predicates(self.root) if name in known}
        at_start = all(part.state == START for part in self.sparql)
        return used == {SH.sparql} and at_start and all(p.patterns.by_value for p in self.sparql)


def _siblings(shapes: Graph, shape: Node) -> set[Node]:
    """Return the shapes that values may not conform to as well (SHACL section 4.7.3)."""
    if (shape, SH.qualifiedValueShapesDisjoint, None) not in shapes:
        return set()
    return {
        sibling
        for parent in shapes.subjects(SH.property, shape)
        for property_shape in shapes.objects(parent, SH.property)
        for sibling in shapes.objects(property_shape, SH.qualifiedValueShape)
    }


@functools.cache
def _parameters() -> frozenset[URIRef]:
    """Return the parameters of constraints that pySHACL knows."""
    from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS

    return frozenset(ALL_CONSTRAINT_PARAMETERS)


def _custom_parameters(shapes: Graph) -> set[Node]:
    """Return the parameters of constraint components of one's own (SHACL section 6.2.1)."""
    return {
        path
        for parameter in shapes.objects(None, SH.parameter)
        for path in shapes.objects(parameter, SH.path)
    }
