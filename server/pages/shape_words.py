"""The shapes in words: what each promises of the things of its class."""

from dataclasses import dataclass

from rdflib import RDF, RDFS, SH, Graph
from rdflib.term import Node


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint: its name, how bad it is to break it, and what it says."""

    name: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class ShapeInWords:
    """A shape with all its rules; `name` is its part of addresses."""

    name: str
    label: str
    rules: list[Rule]

    @property
    def number(self) -> int:
        """Return the number of its rules."""
        return len(self.rules)


def in_words(shapes: Graph) -> list[ShapeInWords]:
    """Return the shapes of nodes that have rules with a message, by label."""
    found = []
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        label = _text(shapes, shape, RDFS.label) or _name(shape)
        parts = [*shapes.objects(shape, SH.property), *shapes.objects(shape, SH.sparql)]
        rules = [
            Rule(
                "form of the address" if part == shape else _rule_name(shapes, part, label),
                _name(shapes.value(part, SH.severity)).lower(),
                message,
            )
            for part in (shape, *parts)
            # What is only part of an alternative has no severity; the whole tells of it.
            if (message := _text(shapes, part, SH.message)) and (part, SH.severity, None) in shapes
        ]
        if rules:
            rules[1:] = sorted(rules[1:], key=lambda rule: (rule.name.casefold(), rule.message))
            found.append(ShapeInWords(_name(shape), label, rules))
    return sorted(found, key=lambda item: (item.label.casefold(), item.name))


def _rule_name(shapes: Graph, part: Node, of: str) -> str:
    return _text(shapes, part, RDFS.label).removeprefix(f"{of}: ") or _name(part)


def _name(node: Node | None) -> str:
    return str(node).rpartition("#")[2]


def _text(shapes: Graph, node: Node, property_: Node) -> str:
    return min(map(str, shapes.objects(node, property_)), default="")
