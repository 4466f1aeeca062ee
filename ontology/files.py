"""The Turtle files of the ontology, read into graphs."""

from pathlib import Path
from typing import Final

from rdflib import Graph

from ontology.namespaces import new_graph

FOLDER: Final = Path(__file__).resolve().parent
VOCABULARY: Final = FOLDER / "cebu.ttl"
ALIGNMENTS: Final = FOLDER / "alignments.ttl"
SCHEMES: Final = FOLDER / "schemes.ttl"


def vocabulary() -> Graph:
    """Return a new graph of the classes and properties (`cebu.ttl`).

    Raises `FileNotFoundError` if the file is gone and rdflib's `BadSyntax`, with file and line,
    if it is not Turtle.
    """
    return _read(VOCABULARY)


def alignments() -> Graph:
    """Return a new graph of the links to other vocabularies (`alignments.ttl`).

    Raises as `vocabulary` does.
    """
    return _read(ALIGNMENTS)


def schemes() -> Graph:
    """Return a new graph of the SKOS concept schemes (`schemes.ttl`).

    Raises as `vocabulary` does.
    """
    return _read(SCHEMES)


def load() -> Graph:
    """Return a new graph of vocabulary, alignments and schemes together.

    Raises as `vocabulary` does.
    """
    return _read(VOCABULARY, ALIGNMENTS, SCHEMES)


def _read(*paths: Path) -> Graph:
    graph = new_graph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph
