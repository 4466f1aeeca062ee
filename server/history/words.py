"""What a change has done, in people's words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from ontology.namespaces import CEBU, ID
from server.http.rdf_input import triples
from server.linked_data.labels import label
from server.store.deltas import Delta, quads

# A page with more helps nobody; the patch has all.
MAX_THINGS: Final = 200
MAX_VALUES: Final = 5
# They say where something stands, not what it is.
_EVIDENCE: Final = (ID + "claim/", ID + "passage/")


@dataclass(frozen=True, slots=True)
class Difference:
    """What has become different about a thing: its name, its IRI, and a line for each property."""

    name: str
    iri: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {'; '.join(self.lines)}"


@dataclass(frozen=True, slots=True)
class Differences:
    """The differences of the first things, and how much more and how much evidence differs."""

    things: tuple[Difference, ...]
    more: int
    evidence: int

    def text(self) -> str:
        """Return them as lines, ending in a newline."""
        lines = [str(thing) for thing in self.things]
        if self.more:
            lines.append(f"and {self.more:,} more things")
        if self.evidence:
            lines.append(f"{self.evidence:,} claims and passages that are evidence")
        return "\n".join(lines or ["no difference"]) + "\n"


def differences(delta: Delta, data: Graph) -> Differences:
    """Return what a delta changes; `data` is where names are looked up that it has not itself."""
    added, removed = _triples(delta.added), _triples(delta.removed)
    words = _Words(added | removed, data)
    subjects = {triple[0] for triple in added ^ removed}
    evidence = {node for node in subjects if str(node).startswith(_EVIDENCE)}
    named = sorted(((words.name(node), node) for node in subjects - evidence), key=str)
    by_subject: dict[Node, list[tuple[Node, str, Node]]] = defaultdict(list)
    for sign, found in (("-", removed - added), ("+", added - removed)):
        for subject, property_, value in found:
            by_subject[subject].append((property_, sign, value))
    things = tuple(
        Difference(name, str(node), tuple(_lines(by_subject[node], words)))
        for name, node in named[:MAX_THINGS]
    )
    moved = _moved(delta, added & removed)
    return Differences((*things, *moved), len(named) - len(named[:MAX_THINGS]), len(evidence))


class _Words:
    """Names for things, from what was changed and, failing that, from the graph."""

    def __init__(self, changed: set[tuple[Node, Node, Node]], data: Graph) -> None:
        self._own = Graph(bind_namespaces="none")
        for triple in changed:
            self._own.add(triple)
        self._data = data

    def name(self, node: Node) -> str:
        """Return the name of a thing; a project is known by its number in its plan."""
        if not isinstance(node, URIRef):
            return "something without a name"
        number, plan = self._value(node, CEBU.number), self._value(node, CEBU.partOfPlan)
        kind = self._value(node, RDF.type)
        if number is not None and isinstance(plan, URIRef) and isinstance(kind, URIRef):
            return f"{self.label(kind).lower()} {number} of the {self.label(plan)}"
        return self.label(node)

    def label(self, node: Node) -> str:
        """Return the label of a resource, or the words of a literal."""
        if isinstance(node, Literal):
            return f"“{node}”" if node.language or " " in node else str(node)
        if not isinstance(node, URIRef):
            return "something without a name"
        own = (node, RDFS.label, None) in self._own
        return label(self._own if own else self._data, str(node))

    def _value(self, node: URIRef, property_: URIRef) -> Node | None:
        for graph in (self._own, self._data):
            found = sorted(graph.objects(node, property_), key=str)
            if found:
                return found[0]
        return None


def _lines(found: Iterable[tuple[Node, str, Node]], words: _Words) -> Iterable[str]:
    by_property: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"-": [], "+": []})
    for property_, sign, value in found:
        by_property[words.label(property_)][sign].append(words.label(value))
    for name, values in sorted(by_property.items()):
        old, new = _listed(values["-"]), _listed(values["+"])
        if old and new:
            yield f"{name} {old} → {new}"
        else:
            yield f"{name} {new} added" if new else f"{name} {old} removed"


def _listed(values: list[str]) -> str:
    shown = sorted(values)[:MAX_VALUES]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _moved(delta: Delta, triples_: set[tuple[Node, Node, Node]]) -> list[Difference]:
    """Say what only went from one graph to another, or came and went as an empty graph."""
    found = []
    if triples_:
        number = len(triples_)
        found.append(Difference("graphs", "", (f"{number:,} statements in another graph",)))
    if not (delta.added or delta.removed):
        found += [Difference(name, name[1:-1], ("made, empty",)) for name in delta.created]
        found += [Difference(name, name[1:-1], ("removed, empty",)) for name in delta.dropped]
    return found


def _triples(lines: Iterable[str]) -> set[tuple[Node, Node, Node]]:
    plain = [quad for quad in quads(lines) if not isinstance(quad.object, ox.Triple)]
    return set(triples(plain))
