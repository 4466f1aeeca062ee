"""What `cebu publish` writes into an engine beside the graphs, so that they can be served from it.

Two named graphs that are no part of the dataset. One is the union of all its graphs, each triple
once: named as the default graph of a query it gives the same answers on every engine, whatever that
engine's own default graph is. The other says which data there are, and of which graphs.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from rdflib.namespace import DCTERMS, OWL

from ontology.namespaces import BASE, GRAPH

DATASET: Final = BASE + "dataset"
UNION: Final = GRAPH + "union"
# Below this address graphs are loaded and compared before they take their places.
STAGING: Final = GRAPH + "staging/"
PUBLICATION: Final = GRAPH + "publication"

# One row for each graph of the publication, none if there is no publication. While one is being
# made, and if what arrived is not what was sent, it has no version.
STATED: Final = f"""
SELECT ?version ?graph WHERE {{
  GRAPH <{PUBLICATION}> {{
    <{DATASET}> <{DCTERMS.hasPart}> ?graph .
    OPTIONAL {{ <{DATASET}> <{OWL.versionInfo}> ?version }}
  }}
}}
"""


# The graphs that a publication which was stopped has left behind.
STAGED: Final = f"""
SELECT DISTINCT ?graph WHERE {{
  GRAPH ?graph {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?graph), "{STAGING}"))
}}
"""


def staged(name: str) -> str:
    """Return where the graph `name` is loaded before it takes its place."""
    return STAGING + quote(name, safe="")


def publication(graphs: Iterable[str], version: str | None = None) -> list[ox.Triple]:
    """Return the publication of these graphs, of that version if it is whole."""
    about = ox.NamedNode(DATASET)
    part = ox.NamedNode(str(DCTERMS.hasPart))
    found = [ox.Triple(about, part, ox.NamedNode(name)) for name in graphs]
    if version is not None:
        stated = ox.NamedNode(str(OWL.versionInfo))
        found.append(ox.Triple(about, stated, ox.Literal(version)))
    return found
