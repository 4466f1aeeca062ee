"""The things that a question may be asked about, with their names."""

from typing import Final

from cachetools import LRUCache
from rdflib.namespace import RDFS

from server.linked_data.labels import last_part
from server.store.kept import kept_by_version
from server.store.store import GraphStore

_LISTS_KEPT: Final = 64

Named = list[tuple[str, str]]


def named(data: GraphStore, pattern: str) -> Named:
    """Return IRI and name of what `?thing` is in `pattern`, by name; kept by version."""
    lists = _lists(data)
    found = lists.get(pattern)
    if found is None:
        found = sorted(_names(data, pattern), key=lambda item: (item[1].casefold(), item[0]))
        lists[pattern] = found
    return found


@kept_by_version
def _lists(_data: GraphStore) -> "LRUCache[str, Named]":
    """Return the place for the lists of one state of the data, by pattern."""
    return LRUCache(_LISTS_KEPT)


def _names(data: GraphStore, pattern: str) -> Named:
    """Return each thing once: with its English label, else another one, else the IRI's end."""
    labels: dict[str, list[tuple[bool, str]]] = {}
    for row in data.select(
        f"SELECT ?thing ?label (LANG(?label) AS ?language) {{ {pattern} "
        f"OPTIONAL {{ ?thing <{RDFS.label}> ?label FILTER(ISLITERAL(?label)) }} }}"
    ):
        found = labels.setdefault(row["thing"], [])
        if "label" in row:
            found.append((row["language"] != "en", row["label"]))
    return [(iri, min(found)[1] if found else last_part(iri)) for iri, found in labels.items()]
