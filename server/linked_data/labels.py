"""English names for IRIs, from the graph or, failing that, from the IRI itself."""

import re

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS, SKOS

from ontology.namespaces import ID, PREFIXES


def label(data: Graph, iri: str) -> str:
    """Return the rdfs:label of `iri`, English before other languages, else its last part."""
    found = sorted(
        (value for value in data.objects(URIRef(iri), RDFS.label) if isinstance(value, Literal)),
        key=lambda value: (value.language != "en", str(value)),
    )
    return str(found[0]) if found else last_part(iri)


def definition(data: Graph, iri: str) -> str:
    """Return the skos:definition or rdfs:comment of a term, or nothing."""
    for property_ in (SKOS.definition, RDFS.comment):
        texts = sorted(str(value) for value in data.objects(URIRef(iri), property_))
        if texts:
            return texts[0]
    return ""


def short(iri: str) -> str:
    """Return `iri` as readers know it: `cebu:Project`, or the path below `id/` of a thing."""
    if iri.startswith(ID):
        return iri.removeprefix(ID)
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and re.fullmatch(r"[\w-]+", iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def counted(number: int, name: str) -> str:
    """Return a number with the English name of a class: "1 body", "1,204 bodies"."""
    if number == 1:
        return f"1 {name}"
    head, of, rest = name.partition(" of ")
    if head.endswith("memorandum"):
        head = head[:-2] + "a"
    elif re.search(r"[^aeiou]y$", head):
        head = head[:-1] + "ies"
    else:
        head += "es" if head.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{number:,} {head}{of}{rest}"


def last_part(iri: str) -> str:
    """Return the end of an IRI as words, for want of a label."""
    part = re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri
    parted = re.sub(r"(?<=[a-z])[A-Z](?=[a-z])", lambda found: " " + found[0].lower(), part)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", parted).replace("-", " ").replace("_", " ")
    # A code (Q869, C189) is written as it is.
    return words if words[1:2].isdigit() else words[:1].lower() + words[1:]
