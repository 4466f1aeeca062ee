"""What a validation found, for people and for programs."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from rdflib import RDF, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ontology import PREFIXES
from shapes.locate import Location

# What a constraint found, in a few words; the message of the shape says what to do.
_PROBLEMS: Final = {
    "Class": "wrong class",
    "Datatype": "wrong datatype",
    "Equals": "not the same",
    "LanguageIn": "wrong language",
    "LessThan": "out of order",
    "MaxCount": "too many values",
    "MinCount": "too few values",
    "MinInclusive": "too small",
    "MinLength": "empty",
    "Node": "not described",
    "NodeKind": "wrong kind of node",
    "Or": "none of the choices",
    "Pattern": "wrong form",
    "SPARQL": "statement and source differ",
    "UniqueLang": "too many values",
}
_REPEATED: Final = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
_IRI: Final = re.compile(r"https?://[^\s\"<>]*[^\s\"<>.,;:)]")


@dataclass(frozen=True)
class ValidationResult:
    """One problem of one resource.

    `focus_node` is the node that the shape was applied to and `entity` the resource to mend: they
    differ where a shape checks a whole document. `path` is a property's IRI or a SPARQL property
    path (SPARQL 1.1, section 9). `constraint` is the IRI of the constraint component, or of the
    SPARQL constraint. `severity` is `Violation`, `Warning` or `Info`.
    """

    focus_node: Node
    label: str
    path: str | None
    value: Node | None
    message: str
    severity: str
    source_shape: str
    location: tuple[Location, ...]
    entity: Node
    path_label: str | None
    value_label: str | None
    constraint: str
    problem: str

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON can hold."""
        return {
            "entity": str(self.entity),
            "label": self.label,
            "location": [str(place) for place in self.location],
            "severity": self.severity,
            "problem": self.problem,
            "message": self.message,
            "path": self.path,
            "pathLabel": self.path_label,
            "value": None if self.value is None else str(self.value),
            "valueLabel": self.value_label,
            "focusNode": str(self.focus_node),
            "sourceShape": self.source_shape,
            "constraint": self.constraint,
        }


@dataclass(frozen=True)
class ValidationReport:
    """The results of a validation, sorted, and the SHACL report graph they come from.

    `conforms` is true if no result is a violation: warnings and infos only advise.
    """

    conforms: bool
    results: tuple[ValidationResult, ...]
    graph: Graph

    def text(self) -> str:
        """Return the report for people: resource by resource, ending in a newline."""
        if not self.results:
            return "No problems found.\n"
        groups = groupby(self.results, key=lambda result: result.entity)
        blocks = [_block(list(group)) for _, group in groups]
        return "\n\n".join([*blocks, self._summary()]) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as values that JSON can hold."""
        return {
            "conforms": self.conforms,
            "results": [result.to_dict() for result in self.results],
        }

    def to_json(self) -> str:
        """Return the report as indented JSON, ending in a newline."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    def _summary(self) -> str:
        entities = len({result.entity for result in self.results})
        counts = [
            _count(sum(result.severity == severity for result in self.results), noun)
            for severity, noun in (
                ("Violation", "violation"),
                ("Warning", "warning"),
                ("Info", "info"),
            )
            if any(result.severity == severity for result in self.results)
        ]
        return f"{', '.join(counts)} in {_count(entities, 'resource')}."


def read_report(
    conforms: bool,
    graph: Graph,
    label: Callable[[Node], str | None],
    locations: Mapping[str, tuple[Location, ...]],
) -> ValidationReport:
    """Return the report that a SHACL report graph holds (SHACL, section 3.6).

    `label` names a resource, or returns `None` if it has no name; `locations` are those of
    `locate`. The results are sorted by label, IRI, path, value and message.
    """
    results = [_result(graph, node, label, locations) for node in graph.objects(None, SH.result)]
    return ValidationReport(conforms, tuple(sorted(results, key=_order)), graph)


def _result(
    graph: Graph,
    node: Node,
    label: Callable[[Node], str | None],
    locations: Mapping[str, tuple[Location, ...]],
) -> ValidationResult:
    focus = _required(graph, node, SH.focusNode)
    value = graph.value(node, SH.value)
    source = graph.value(node, SH.sourceConstraint)
    component = _required(graph, node, SH.sourceConstraintComponent)
    path = graph.value(node, SH.resultPath)
    # A shape that needs SPARQL checks a whole document and returns the entity to mend.
    entity = value if source is not None and isinstance(value, URIRef) else focus
    kind = str(component).removeprefix(str(SH)).removesuffix("ConstraintComponent")
    message = " ".join(sorted(str(text) for text in graph.objects(node, SH.resultMessage)))
    return ValidationResult(
        focus_node=focus,
        label=label(entity) or _unnamed(entity),
        path=None if path is None else _path(graph, path, _turtle),
        value=value,
        message=_IRI.sub(lambda found: label(URIRef(found[0])) or _short(found[0]), message),
        severity=str(_required(graph, node, SH.resultSeverity)).removeprefix(str(SH)),
        source_shape=str(_required(graph, node, SH.sourceShape)),
        location=locations.get(str(entity), ()),
        entity=entity,
        path_label=None
        if path is None
        else _path(graph, path, lambda step: label(step) or _short(str(step))),
        value_label=None if value is None else label(value),
        constraint=str(source or component),
        problem=_PROBLEMS.get(kind, kind),
    )


def _required(graph: Graph, node: Node, predicate: URIRef) -> Node:
    value = graph.value(node, predicate)
    if value is None:
        raise ValueError(f"a result of the SHACL report has no <{predicate}>")
    return value


def _path(graph: Graph, node: Node, name: Callable[[Node], str]) -> str:
    """Write a SHACL path (SHACL, section 2.3.1) as a SPARQL property path, steps by `name`."""
    if isinstance(node, URIRef):
        return str(name(node))
    inverse = graph.value(node, SH.inversePath)
    if inverse is not None:
        return "^" + _path(graph, inverse, name)
    if (node, RDF.first, None) in graph:
        return " / ".join(_path(graph, step, name) for step in Collection(graph, node))
    for alternatives in graph.objects(node, SH.alternativePath):
        return " | ".join(f"({_path(graph, s, name)})" for s in Collection(graph, alternatives))
    for kind, sign in _REPEATED.items():
        for step in graph.objects(node, kind):
            return f"({_path(graph, step, name)}){sign}"
    # A SPARQL constraint hands on what stands where a property should: say what it is.
    return _turtle(node)


def _short(iri: str) -> str:
    """Write an IRI of a known vocabulary with its prefix."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _unnamed(node: Node) -> str:
    """Name a node without label; a blank node's identifier differs from run to run."""
    return "a blank node" if isinstance(node, BNode) else str(node)


def _order(result: ValidationResult) -> tuple[str, ...]:
    return (
        result.label,
        _unnamed(result.entity),
        result.path or "",
        _value(result),
        result.source_shape,
        result.constraint,
        result.message,
        result.severity,
        # So that results which read the same stand in one order all the same.
        repr(result.focus_node),
        repr(result.value),
    )


def _block(results: list[ValidationResult]) -> str:
    first = results[0]
    lines = [first.label]
    if isinstance(first.entity, URIRef):
        lines.append(f"  <{first.entity}>")
    lines += [f"  {place}" for place in first.location]
    for result in results:
        where = f" at {result.path_label}" if result.path_label else ""
        value = _value(result)
        lines.append(f"  {result.severity}{where}: {result.problem}{', ' if value else ''}{value}")
        lines.append(f"    {result.message}")
    return "\n".join(lines)


def _value(result: ValidationResult) -> str:
    """Write the value, unless it is the entity itself, which the heading names."""
    value = result.value
    if value is None or value == result.entity:
        return ""
    if isinstance(value, Literal):
        return _turtle(value)
    name = f"{result.value_label} " if result.value_label else ""
    return name + (f"<{value}>" if isinstance(value, URIRef) else _unnamed(value))


def _turtle(node: Node) -> str:
    """Write a term as Turtle does, a string without its datatype."""
    is_string = isinstance(node, Literal) and node.datatype == XSD.string
    return (Literal(str(node)) if is_string else node).n3()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
