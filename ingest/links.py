"""What Cebu adds about things from outside the documents: codes and links to other datasets."""

from __future__ import annotations

from pathlib import Path

from rdflib import RDF, SKOS, XSD, Graph, Literal

from ingest.yaml_files import read_yaml
from ontology.iris import resource
from ontology.namespaces import new_graph
from ontology.terms import Cebu


def build_links(path: Path) -> Graph:
    """Return the graph of links; each entry of the file names a thing, a code and its standard."""
    graph = new_graph()
    for entry in read_yaml(path)["states"]:
        state = resource(str(entry["id"]))
        graph.add((state, RDF.type, Cebu.MemberState))
        graph.add((state, SKOS.notation, Literal(str(entry["iso3166"]), datatype=XSD.string)))
    return graph
