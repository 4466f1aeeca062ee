"""The things that a question may be asked about, and the names of those that an answer holds."""

import weakref
from collections.abc import Iterable
from typing import Final

from cachetools import LRUCache
from rdflib.namespace import RDFS

from server.linked_data.labels import last_part
from server.store.store import GraphStore

_LISTS_KEPT: Final = 64
# So many names are looked up by one query.
_AT_ONCE: Final = 500
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
        names = _chosen(data, f"{{ SELECT DISTINCT ?thing {{ {pattern} }} }}")
        found = sorted(names.items(), key=lambda item: (item[1].casefold(), item[0]))
        kept[1][pattern] = found
    return found


def names_of(data: GraphStore, iris: Iterable[str]) -> dict[str, str]:
    """Return the name of each IRI: its English label, or another one, or its last part.

    The IRIs are those of an answer, so that none can end what is written in angle brackets.
    """
    wanted = sorted(set(iris))
    names: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        listed = " ".join(f"<{iri}>" for iri in wanted[start : start + _AT_ONCE])
        names.update(_chosen(data, f"VALUES ?thing {{ {listed} }}"))
    return names


def _chosen(data: GraphStore, things: str) -> dict[str, str]:
    labels: dict[str, list[tuple[bool, str]]] = {}
    for row in data.select(
        "SELECT ?thing ?label (LANG(?label) AS ?language) "
        f"{{ {things} OPTIONAL {{ ?thing <{RDFS.label}> ?label FILTER(ISLITERAL(?label)) }} }}"
    ):
        found = labels.setdefault(row["thing"], [])
        if "label" in row:
            found.append((row["language"] != "en", row["label"]))
    return {iri: min(found)[1] if found else last_part(iri) for iri, found in labels.items()}
