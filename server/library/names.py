"""The things that a question may be asked about, with their names."""

import weakref
from typing import Final

from cachetools import LRUCache
from rdflib.namespace import RDFS

from server.linked_data.labels import last_part
from server.store.store import GraphStore

_LISTS_KEPT: Final = 64

Named = list[tuple[str, str]]
_lists: weakref.WeakKeyDictionary[GraphStore, tuple[str, "LRUCache[str, Named]"]] = (
    weakref.WeakKeyDictionary()
)


def named(data: GraphStore, pattern: str) -> Named:
    """Return IRI and name of what `?thing` is in `pattern`, by name; kept by version."""
    kept = _lists.get(data)
    if kept is None or kept[0] != data.version:
        kept = _lists[data] = data.version, LRUCache(_LISTS_KEPT)
    found = kept[1].get(pattern)
    if found is None:
        found = sorted(_names(data, pattern), key=lambda item: (item[1].casefold(), item[0]))
        kept[1][pattern] = found
    return found


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
