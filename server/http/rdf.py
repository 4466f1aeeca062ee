"""rdflib graphs as bytes."""

import pyoxigraph as ox
from rdflib import XSD, Graph, Literal

from ontology.namespaces import PREFIXES
from server.http.formats import Format


def serialised(graph: Graph, wanted: Format) -> bytes:
    """Return `graph` in one of the graph formats, with our prefixes, the same each time."""
    _make_plain(graph)
    match wanted.key:
        case "ttl":
            return graph.serialize(format="turtle", encoding="utf-8")
        case "jsonld":
            return graph.serialize(
                format="json-ld", context=PREFIXES, auto_compact=True, encoding="utf-8"
            )
        case "nt":
            return _lines(graph)
        case "rdf":
            # rdflib's own writer leaves prefixes undeclared in some graphs.
            quads = ox.parse(_lines(graph), format=ox.RdfFormat.N_TRIPLES)
            triples = (quad.triple for quad in quads)
            return ox.serialize(triples, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES) or b""
        case _:
            raise ValueError(f"{wanted.key} is no format for graphs")


def _lines(graph: Graph) -> bytes:
    lines = graph.serialize(format="nt", encoding="utf-8").splitlines(keepends=True)
    return b"".join(sorted(lines))


def _make_plain(graph: Graph) -> None:
    """Write strings as plain literals, which RDF 1.1 says they are.

    rdflib tells `"4a"` from `"4a"^^xsd:string`, which is how they come out of the store.
    """
    for subject, property_, value in list(graph):
        if isinstance(value, Literal) and value.datatype == XSD.string:
            graph.remove((subject, property_, value))
            graph.add((subject, property_, Literal(str(value))))
