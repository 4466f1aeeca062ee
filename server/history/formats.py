"""Changes in JSON, as an Atom feed, and in PROV-O."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree

from rdflib import Graph

from ontology.namespaces import BASE
from server.http.rdf_input import triples
from server.store.provenance import statements
from server.store.rdf_patch import Heading

_ATOM: Final = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A change in a list."""

    heading: Heading
    added: int
    removed: int

    def members(self) -> dict[str, Any]:
        """Return it as members of a JSON object."""
        heading = self.heading
        return {
            "number": heading.number,
            "id": heading.id,
            "previous": heading.previous,
            "time": f"{heading.time:%Y-%m-%dT%H:%M:%SZ}",
            "author": heading.note.author,
            "message": heading.note.message,
            "kind": heading.note.kind,
            "reverts": heading.note.reverts,
            "added": self.added,
            "removed": self.removed,
        }


def describe(graph: Graph, heading: Heading) -> None:
    """Say it in PROV-O (W3C, 2013), as the graph of provenance does."""
    for triple in triples(statements(heading)):
        graph.add(triple)


def feed(shown: list[Listed], host: str) -> bytes:
    """Return the list as an Atom feed (RFC 4287)."""
    ElementTree.register_namespace("", "http://www.w3.org/2005/Atom")

    def put(
        parent: ElementTree.Element, name: str, text: str = "", **attributes: str
    ) -> ElementTree.Element:
        element = ElementTree.SubElement(parent, _ATOM + name, attributes)
        element.text = text or None
        return element

    root = ElementTree.Element(f"{_ATOM}feed")
    put(root, "id", f"{BASE}changes")
    put(root, "title", "Changes of Cebu")
    put(root, "link", rel="self", href=f"{host}changes.atom")
    put(root, "link", rel="alternate", href=f"{host}changes")
    latest = shown[0].heading.time if shown else datetime.fromtimestamp(0).astimezone()
    put(root, "updated", f"{latest:%Y-%m-%dT%H:%M:%SZ}")
    put(put(root, "author"), "name", "Cebu")
    for item in shown:
        entry = put(root, "entry")
        heading = item.heading
        put(entry, "id", heading.id)
        put(entry, "title", f"{heading.number}: {heading.note.message or heading.note.kind}")
        put(entry, "updated", f"{heading.time:%Y-%m-%dT%H:%M:%SZ}")
        put(entry, "link", rel="alternate", href=f"{host}changes/{heading.number}")
        if heading.note.author:
            put(put(entry, "author"), "name", heading.note.author)
        put(entry, "summary", f"{item.added:,} statements added, {item.removed:,} removed")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
