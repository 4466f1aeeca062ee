"""How much of what is in the graph."""

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.addresses import query_link
from server.labels import definition, label, short
from server.store import GraphStore

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


def classes(data: GraphStore, graph: str | None = None) -> list[ClassCount]:
    """Return the classes in use, of all graphs or of one, the most frequent first.

    Claims and passages come last: they are what the others rest on.
    """
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
            href=query_link(_list(row["class"])),
        )
        for row in rows
        if not row["class"].startswith(excluded)
    ]
    return sorted(counts, key=lambda count: (count.iri in _EVIDENCE, -count.number, count.label))


def triples_of(data: GraphStore, graph: str) -> int:
    """Return the number of statements in one named graph."""
    pattern = f"GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }}"
    return int(data.select(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0]["n"])


def _list(iri: str) -> str:
    return (
        f"PREFIX rdfs: <{PREFIXES['rdfs']}>\n\nSELECT ?thing\nWHERE {{\n  ?thing a <{iri}> ;\n"
        "    rdfs:label ?label .\n}\nORDER BY ?label"
    )
