"""How a document about a thing is cited: APA (7th edition), BibTeX and CSL-JSON.

Beside it stand the documents from which the graph has its statements: whoever quotes a fact should
cite both. What nobody stated (an author, a date) is left out, never made up.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rdflib import DCTERMS, RDF, URIRef

from ontology.namespaces import BASE
from ontology.terms import Cebu
from server import __version__
from server.history import memento
from server.linked_data.description import TITLE
from server.linked_data.entity import Entity
from server.linked_data.labels import label
from server.services import services
from server.store.store import Past

AUTHOR: Final = "The Cebu contributors"
BIBTEX: Final = "application/x-bibtex"
CSL_JSON: Final = "application/vnd.citationstyles.csl+json"

# What TeX takes for its own (BibTeX passes it on).
_TEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """Something to cite. Of `day` nothing is said if nobody stated one."""

    key: str
    kind: str
    authors: Sequence[str]
    title: str
    day: date | None
    container: str
    version: str
    address: str

    @property
    def apa(self) -> str:
        """Return the reference in APA style, in plain text."""
        when = "n.d."
        if self.day:
            when = f"{self.day.year}, {_MONTHS[self.day.month - 1]} {self.day.day}"
        title = self.title.rstrip(".")
        begins = f"{_joined(self.authors)}. ({when}). {title}" if self.authors else ""
        begins = begins or f"{title}. ({when})"
        version = f" (Version {self.version})" if self.version else ""
        inside = f". In {self.container}{version}" if self.container else version
        # What was cut at its end needs no other stop.
        return f"{begins}{inside}. {self.address}".replace("…. ", "… ").strip()

    @property
    def bibtex(self) -> str:
        """Return the reference as an entry of BibTeX."""
        fields = {
            # A second pair of braces keeps an organisation's name whole.
            "author": " and ".join(f"{{{_tex(name)}}}" for name in self.authors),
            "title": f"{{{_tex(self.title)}}}",
            "howpublished": _tex(self.container),
            "version": _tex(self.version),
            "year": str(self.day.year) if self.day else "",
            "month": str(self.day.month) if self.day else "",
            "url": self.address,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}\n"

    @property
    def csl(self) -> dict[str, Any]:
        """Return the reference as an item of CSL-JSON (Citation Style Language, 1.0.2)."""
        item: dict[str, Any] = {"id": self.key, "type": self.kind, "title": self.title}
        if self.authors:
            item["author"] = [{"literal": name} for name in self.authors]
        if self.day:
            item["issued"] = {"date-parts": [[self.day.year, self.day.month, self.day.day]]}
        if self.container:
            item["container-title"] = self.container
        if self.version:
            item["version"] = self.version
        return {**item, "URL": self.address}


@dataclass(frozen=True, slots=True)
class Citation:
    """The document about a thing, and the documents that its statements are from."""

    entry: Work
    sources: list[Work]

    @property
    def bibtex(self) -> str:
        """Return all as a file for BibTeX."""
        return "\n".join(work.bibtex for work in (self.entry, *self.sources))

    @property
    def csl_json(self) -> str:
        """Return all as a file of CSL-JSON."""
        items = [work.csl for work in (self.entry, *self.sources)]
        return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def citation(entity: Entity, past: Past | None) -> Citation:
    """Return how the document about the entity, in the version asked for, is cited."""
    data = services().data
    address, version, day = f"{BASE}{entity.path.lstrip('/')}", "", None
    if data.log is None:
        # Nothing was changed: the built graph is known by its digest.
        version = f"{__version__}, data {data.version[:12]}"
    else:
        number = past.number if past else data.number
        moment = memento.when(number)
        version, day = str(number), moment.date() if moment else None
        address += f"?version={number}"
    entry = Work(
        _key(entity.path.removeprefix("/doc/")),
        "dataset",
        (AUTHOR,),
        entity.label,
        day,
        TITLE,
        version,
        address,
    )
    return Citation(entry, [_source(entity, iri) for iri in _documents(entity)])


def _documents(entity: Entity) -> list[str]:
    """Return the documents that state something of the entity, or that it is a part of."""
    named = {
        value.iri
        for property_, values in entity.own.items()
        if property_ in {str(Cebu.statedIn), "http://www.w3.org/ns/oa#hasSource"}
        for value in values
    }
    if str(Cebu.SourceDocument) in entity.types:
        named.add(str(entity.iri))
    rows = entity.data.select(
        f"SELECT DISTINCT ?d {{ ?c <{RDF.subject}> <{entity.iri}> ; <{Cebu.statedIn}> ?d }}"
    )
    return sorted(named | {row["d"] for row in rows})


def _source(entity: Entity, iri: str) -> Work:
    graph, about = entity.data.graph, URIRef(iri)
    publishers = sorted(
        label(graph, str(value)) for value in graph.objects(about, DCTERMS.publisher)
    )
    return Work(
        _key(iri.removeprefix(BASE + "id/")),
        "report",
        publishers,
        label(graph, iri),
        _day(sorted(str(value) for value in graph.objects(about, DCTERMS.issued))),
        "",
        "",
        iri,
    )


def _day(texts: Sequence[str]) -> date | None:
    try:
        return date.fromisoformat(texts[0]) if texts else None
    except ValueError:
        return None


def _key(path: str) -> str:
    return "cebu-" + re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")


def _joined(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])}, & {names[-1]}"


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in " ".join(text.split()))
