"""The Cebu vocabulary: OWL terms, SKOS schemes, alignments, and the constants for them."""

from ontology.files import alignments, load, schemes, vocabulary
from ontology.namespaces import BASE, CEBU, GRAPH, ID, PREFIXES
from ontology.terms import Cebu

__all__ = [
    "BASE",
    "CEBU",
    "GRAPH",
    "ID",
    "PREFIXES",
    "Cebu",
    "alignments",
    "load",
    "schemes",
    "vocabulary",
]
