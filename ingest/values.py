"""Values as the vocabulary types them: things by their path, literals by the property's range."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from rdflib import DCTERMS, ORG, OWL, RDF, RDFS, SDO, SKOS, XSD, Literal, Namespace, URIRef
from rdflib.term import Node

from ontology.files import vocabulary
from ontology.iris import resource
from ontology.namespaces import CEBU, PREFIXES

_ELI = Namespace(PREFIXES["eli"])
_THINGS = {
    ORG.subOrganizationOf,
    ORG.classification,
    _ELI.is_part_of,
    DCTERMS.publisher,
    SKOS.broader,
}
_TEXTS = {RDFS.label, SKOS.altLabel, DCTERMS.title, DCTERMS.description}
_DATES = {DCTERMS.issued}


def property_iri(name: str) -> URIRef:
    """Return the property that a curated file means: `type`, `host`, `dcterms:title`.

    Raises:
        ValueError: the prefix is unknown, or `cebu:` has no such property.

    """
    if name == "type":
        return RDF.type
    prefix, colon, local = name.partition(":")
    if colon:
        if prefix not in PREFIXES:
            raise ValueError(f"the prefix of {name!r} is not one of {', '.join(PREFIXES)}")
        iri = URIRef(PREFIXES[prefix] + local)
    else:
        iri = CEBU[name]
    if _kind(iri) is None:
        raise ValueError(f"{name!r} is not a property that the vocabulary describes")
    return iri


def class_iri(name: str) -> URIRef:
    """Return the class that a curated file means: `Meeting` (of `cebu:`) or `skos:Concept`.

    Raises:
        ValueError: the prefix is unknown, or `cebu:` has no such class.

    """
    prefix, colon, local = name.partition(":")
    if colon:
        if prefix not in PREFIXES:
            raise ValueError(f"the prefix of {name!r} is not one of {', '.join(PREFIXES)}")
        return URIRef(PREFIXES[prefix] + local)
    iri = CEBU[name]
    if (iri, RDF.type, OWL.Class) not in _vocabulary():
        raise ValueError(f"{name!r} is not a class of the vocabulary")
    return iri


def typed_value(predicate: URIRef, raw: object) -> Node:
    """Return the RDF term for a value written in a curated file.

    Raises:
        ValueError: the value does not fit the range that the vocabulary gives the property.

    """
    kind = _kind(predicate)
    if kind == OWL.Thing:
        return resource(str(raw))
    if kind == RDF.langString:
        return Literal(str(raw), lang="en")
    if kind == XSD.date:
        if not isinstance(raw, datetime.date):
            raise ValueError(f"{raw!r} is not a date (write it as 2018-07-03)")
        return Literal(raw.isoformat(), datatype=XSD.date)
    if kind == XSD.integer:
        return Literal(int(str(raw)), datatype=XSD.integer)
    if kind == XSD.decimal:
        return Literal(_decimal(raw), datatype=XSD.decimal)
    if kind == XSD.string:
        return Literal(str(raw), datatype=XSD.string)
    raise ValueError(f"the vocabulary gives {predicate} no range to read {raw!r} by")


def _decimal(raw: object) -> Decimal:
    try:
        return Decimal(str(raw))
    except InvalidOperation as error:
        raise ValueError(f"{raw!r} is not a number") from error


@cache
def _kind(predicate: URIRef) -> URIRef | None:
    """Return `owl:Thing` for a property of things, else the datatype of its literals."""
    if predicate in _THINGS:
        return OWL.Thing
    if predicate in _TEXTS:
        return RDF.langString
    if predicate in _DATES:
        return XSD.date
    terms = _vocabulary()
    if (predicate, RDF.type, OWL.ObjectProperty) in terms:
        return OWL.Thing
    ranges = [*terms.objects(predicate, RDFS.range), *terms.objects(predicate, SDO.rangeIncludes)]
    return URIRef(str(ranges[0])) if ranges else None


_vocabulary = cache(vocabulary)
