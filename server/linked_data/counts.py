"""How much of what is in the graph."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.history.versions import versioned
from server.linked_data.addresses import query_link
from server.linked_data.labels import definition, label, short
from server.store.kept import kept_by_version
from server.store.reading import Reading

# Classes of vocabulary and of shapes say what the graph is made with, not what it is about.
_ABOUT_TERMS: Final = ("owl", "rdf", "rdfs", "sh", "void", "dcat")
_EVIDENCE: Final = (str(Cebu.Claim), str(Cebu.Passage))


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class with the number of its things, and the address that lists them."""

    iri: str
    short: str
    label: str
    definition: str
    number: int
    href: str


@dataclass(frozen=True, slots=True)
class Part:
    """The statements that use one class or property, as VoID partitions count them.

    Of a class: `subjects` is the number of its things, `triples` that of the statements about
    them, `objects` is None. Of a property: the triples, and the different subjects and objects.
    """

    iri: str
    short: str
    label: str
    triples: int
    subjects: int
    objects: int | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts over all named graphs, each triple once (VoID, sections 4.5 and 4.6)."""

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: tuple[Part, ...]
    properties: tuple[Part, ...]
    graphs: dict[str, int]


@kept_by_version
def statistics(data: Reading) -> Statistics:
    """Return the counts of the graph as it is now; they are made once for each version of it."""
    # Without the copy in the default graph a triple comes once for each graph that it stands in.
    triples = "COUNT(*)" if data.union else "COUNT(DISTINCT TRIPLE(?s, ?p, ?o))"
    # To ask for them and look takes half the time of letting the engine compare their names.
    subjects = [row["s"] for row in data.select("SELECT DISTINCT ?s { ?s ?p ?o }")]
    objects = data.select("SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }")[0]
    things = {
        row["c"]: int(row["n"])
        for row in data.select("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    }
    about = data.select(f"SELECT ?c ({triples} AS ?n) {{ ?s a ?c . ?s ?p ?o }} GROUP BY ?c")
    used = data.select(
        f"SELECT ?p ({triples} AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) "
        "(COUNT(DISTINCT ?o) AS ?objects) { ?s ?p ?o } GROUP BY ?p"
    )
    return Statistics(
        triples=data.triples,
        subjects=len(subjects),
        objects=int(objects["n"]),
        entities=sum(iri.startswith(ID) for iri in subjects),
        classes=_sorted(_part(data, row["c"], row["n"], things[row["c"]], None) for row in about),
        properties=_sorted(
            _part(data, row["p"], row["n"], row["subjects"], row["objects"]) for row in used
        ),
        graphs={name: triples_of(data, name) for name in sorted(data.graphs)},
    )


def classes(data: Reading, graph: str | None = None) -> list[ClassCount]:
    """Return the classes in use, of all graphs or of one, the most frequent first.

    Claims and passages come last: they are what the others rest on. They are counted once for each
    state of the data.
    """
    known = _classes(data)
    if graph not in known:
        known[graph] = _counted_classes(data, graph)
    return known[graph]


@kept_by_version
def _classes(_data: Reading) -> dict[str | None, list[ClassCount]]:
    """Return the place for the classes of one state of the data, by graph."""
    return {}


def _counted_classes(data: Reading, graph: str | None) -> list[ClassCount]:
    pattern = "?thing a ?class"
    if graph is not None:
        pattern = f"GRAPH {ox.NamedNode(graph)} {{ {pattern} }}"
    rows = data.select(
        f"SELECT ?class (COUNT(DISTINCT ?thing) AS ?n) {{ {pattern} }} GROUP BY ?class"
    )
    excluded = tuple(PREFIXES[prefix] for prefix in _ABOUT_TERMS)
    counts = [
        ClassCount(
            iri=row["class"],
            short=short(row["class"]),
            label=label(data.graph, row["class"]),
            definition=definition(data.graph, row["class"]),
            number=int(row["n"]),
            href=versioned(query_link(_list(row["class"]))),
        )
        for row in rows
        if not row["class"].startswith(excluded)
    ]
    return sorted(counts, key=lambda count: (count.iri in _EVIDENCE, -count.number, count.label))


def triples_of(data: Reading, graph: str) -> int:
    """Return the number of statements in one named graph."""
    pattern = f"GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }}"
    return int(data.select(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0]["n"])


def _part(data: Reading, iri: str, triples: str, subjects: str | int, objects: str | None) -> Part:
    return Part(
        iri,
        short(iri),
        label(data.graph, iri),
        int(triples),
        int(subjects),
        None if objects is None else int(objects),
    )


def _sorted(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (-part.triples, part.iri)))


def _list(iri: str) -> str:
    return (
        f"PREFIX rdfs: <{PREFIXES['rdfs']}>\n\nSELECT ?thing\nWHERE {{\n  ?thing a <{iri}> ;\n"
        "    rdfs:label ?label .\n}\nORDER BY ?label"
    )
