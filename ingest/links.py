"""What Cebu adds about things from outside the documents: codes and links to other datasets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef

from ingest.errors import IngestError, Place
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource
from ontology.namespaces import new_graph
from ontology.terms import Cebu


@dataclass(frozen=True)
class _Standard:
    """A list of codes outside Cebu, and what a code of it says of a thing."""

    name: str
    pattern: str
    form: str
    of: str = ""
    """How the ids of the things begin that it has codes for."""
    property: URIRef | None = None
    """The property whose value is the code itself."""
    link: URIRef | None = None
    """The property whose value is the address of the code."""
    address: str = ""


# An item of Wikidata is the thing itself. A page of NORMLEX is about a convention, and the UN's
# goals are SKOS concepts, which no cebu:Instrument can be: sameAs would contradict the vocabulary.
STANDARDS: Final = {
    "iso3166": _Standard(
        name="ISO 3166-1",
        pattern="[A-Z]{2}",
        form="two capital letters, such as VN",
        of="state/",
        property=SKOS.notation,
    ),
    "wikidata": _Standard(
        name="Wikidata",
        pattern="Q[1-9][0-9]*",
        form="Q and a number, such as Q881",
        link=OWL.sameAs,
        address="http://www.wikidata.org/entity/{}",
    ),
    "normlex": _Standard(
        name="NORMLEX",
        pattern="[CPR][0-9]{3}",
        form="C, P or R and three digits, such as C029",
        of="instrument/",
        property=DCTERMS.identifier,
        link=RDFS.seeAlso,
        address="https://normlex.ilo.org/dyn/nrmlx_en/f?p=NORMLEXPUB:12100:0::NO::P12100_ILO_CODE:{}",
    ),
    "sdg": _Standard(
        name="UN SDG",
        pattern=r"(?:[1-9]|1[0-7])(?:\.(?:[1-9][0-9]?|[a-d]))?|C[0-9]{6}",
        form='a quoted goal, target or indicator, such as "10", "10.7" or "C100701"',
        of="instrument/",
        link=RDFS.seeAlso,
        address="http://metadata.un.org/sdg/{}",
    ),
}

_PAGE_HEAD: Final = """\
# Links to the outside

Where a thing of the graph stands elsewhere; the graph `links` says so. ISO 3166-1 codes are
`skos:notation`, items of Wikidata `owl:sameAs`, pages of NORMLEX and the UN's identifiers of goals
`rdfs:seeAlso`; the code of NORMLEX is also `dcterms:identifier`. Why they stand apart:
[decision 9](decisions/0009-outside-sources.md).

The codes were checked, not the pages behind them: no address was opened. Data sets that agree on an
item of Wikidata are kept apart from each other, but all have it from Wikidata in the end. Some of
those that give a code of NORMLEX give it at the database's older host, `www.ilo.org/dyn/normlex`.

Made from `data/annotations/links.yaml`, whose head says how to renew it; a test keeps it true.

| thing | link | how it was checked |
|---|---|---|
"""


@dataclass(frozen=True)
class Link:
    """A thing, its codes by the key of their standard, and how these were checked."""

    place: Place
    id: str
    codes: Mapping[str, str]
    checked: str

    @property
    def thing(self) -> URIRef:
        """The IRI of the thing."""
        return resource(self.id)


def build_links(path: Path, documents: Collection[Graph] | None = None) -> Graph:
    """Return the graph of links that the file lists.

    Of a thing it says no more than the codes; a state also has its class, which its shape needs
    to find the code. `documents` are the document graphs: each thing must be described by one.

    Raises:
        IngestError: an entry is incomplete or wrong, or speaks of what no document describes.

    """
    graph = new_graph()
    for link in read_links(path):
        if documents is not None:
            _check_described(link, documents)
        for key, code in link.codes.items():
            _add(graph, link.thing, STANDARDS[key], code)
        if "iso3166" in link.codes:
            graph.add((link.thing, RDF.type, Cebu.MemberState))
    return graph


def read_links(path: Path) -> list[Link]:
    """Return the links that the file lists, in its order.

    Raises:
        IngestError: an entry is incomplete or malformed, or two are about the same.

    """
    content = read_yaml(path)
    if not isinstance(content, Mapping) or list(content) != ["links"]:
        raise IngestError(
            Place(str(path)), "It is not one list `links:`.", "Put all entries into that list."
        )
    links = [_read(path, entry) for entry in content["links"] or []]
    _check_unique(links)
    return links


def links_page(path: Path) -> str:
    """Return the page of the documentation that shows the links of the file."""
    return _PAGE_HEAD + "".join(_row(link) for link in read_links(path))


def _read(path: Path, entry: Any) -> Link:  # noqa: ANN401 (an item of a YAML list may be any value)
    if not isinstance(entry, Mapping):
        raise IngestError(
            Place(str(path)), f"{entry!r} is no entry.", "Write it as `id:`, codes and `checked:`."
        )
    name = str(entry.get("id", ""))
    place = Place(str(path), line_of(entry), name)
    try:
        resource(name)
    except ValueError as error:
        raise IngestError(place, f"{error}.", "Correct the id.") from error
    checked = entry.get("checked")
    if not isinstance(checked, str) or not checked.strip():
        raise IngestError(
            place,
            "It does not say how the link was checked.",
            "Add `checked:` with the lists or data sets that have it.",
        )
    codes = {str(key): value for key, value in entry.items() if key not in ("id", "checked")}
    if not codes:
        raise IngestError(
            place, "It links to nothing.", f"Add one of {', '.join(STANDARDS)}, or remove it."
        )
    for key, code in codes.items():
        _check_code(Place(str(path), line_of(entry, key), name), key, code)
    return Link(place, name, codes, " ".join(checked.split()))


def _check_code(place: Place, key: str, code: object) -> None:
    standard = STANDARDS.get(key)
    if standard is None:
        raise IngestError(
            place, f"{key!r} is no list of codes.", f"Use one of {', '.join(STANDARDS)}."
        )
    # An unquoted 10.10 is the number 10.1 to YAML, so that only text is sure to be as written.
    if not isinstance(code, str) or not re.fullmatch(standard.pattern, code):
        raise IngestError(
            place, f"{code!r} is no code of {standard.name}.", f"Write {standard.form}."
        )
    if not place.entity or not place.entity.startswith(standard.of):
        raise IngestError(
            place,
            f"{standard.name} has codes for {standard.of}... only.",
            f"Remove `{key}:`, or correct the id.",
        )


def _check_unique(links: Collection[Link]) -> None:
    seen: dict[str, Link] = {}
    owners: dict[tuple[str, str], Link] = {}
    for link in links:
        first = seen.setdefault(link.id, link)
        if first is not link:
            raise IngestError(
                link.place,
                f"The thing stands already in line {first.place.line}.",
                "Make one entry of the two.",
            )
        for key, code in link.codes.items():
            owner = owners.setdefault((key, code), link)
            if owner is not link:
                raise IngestError(
                    link.place,
                    f"{STANDARDS[key].name} {code} is already {owner.id} "
                    f"(line {owner.place.line}).",
                    "Keep it with the one that it means.",
                )


def _check_described(link: Link, documents: Collection[Graph]) -> None:
    if not any((link.thing, RDF.type, None) in document for document in documents):
        raise IngestError(
            link.place,
            "No document graph describes this thing.",
            "Correct the id, or remove the entry.",
        )


def _add(graph: Graph, thing: URIRef, standard: _Standard, code: str) -> None:
    if standard.property is not None:
        graph.add((thing, standard.property, Literal(code, datatype=XSD.string)))
    if standard.link is not None:
        graph.add((thing, standard.link, URIRef(standard.address.format(code))))


def _row(link: Link) -> str:
    shown = ", ".join(_shown(STANDARDS[key], code) for key, code in link.codes.items())
    checked = link.checked.replace("|", r"\|")
    return f"| `{link.id}` | {shown} | {checked} |\n"


def _shown(standard: _Standard, code: str) -> str:
    text = f"{standard.name} {code}"
    return f"[{text}]({standard.address.format(code)})" if standard.address else text
