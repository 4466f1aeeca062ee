"""What the graph says of a thing in the words of schema.org, for search engines and catalogues.

Only what is stated is said again: a type for each class, and a property for each of ours that means
the same there.
"""

from typing import Final

from rdflib import DCTERMS, ORG, OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu

_SCHEMA: Final = Namespace(PREFIXES["schema"])
_QB: Final = Namespace(PREFIXES["qb"])
_MEASURE: Final = Namespace(PREFIXES["sdmx-measure"])
_ELI: Final = Namespace(PREFIXES["eli"])

_TYPES: Final = {
    Cebu.MemberState: ("Country", "AdministrativeArea"),
    Cebu.Body: ("Organization",),
    Cebu.Plan: ("CreativeWork",),
    Cebu.Project: ("Project",),
    Cebu.Meeting: ("Event",),
    Cebu.Recommendation: ("CreativeWork",),
    Cebu.SourceDocument: ("Report", "CreativeWork"),
    Cebu.Instrument: ("Legislation",),
    Cebu.Declaration: ("Legislation",),
    Cebu.Statement: ("Legislation",),
    Cebu.Convention: ("Legislation",),
    Cebu.Protocol: ("Legislation",),
    Cebu.MemorandumOfUnderstanding: ("Legislation",),
    Cebu.NationalLaw: ("Legislation",),
    Cebu.Provision: ("CreativeWork",),
    Cebu.Passage: ("Quotation",),
    Cebu.Claim: ("Claim",),
    _QB.DataSet: ("Dataset",),
    _QB.Observation: ("Observation",),
    SKOS.Concept: ("DefinedTerm",),
    SKOS.ConceptScheme: ("DefinedTermSet",),
}
_EVERYWHERE: Final = {
    RDFS.label: "name",
    SKOS.altLabel: "alternateName",
    Cebu.abbreviation: "alternateName",
    DCTERMS.description: "description",
    SKOS.definition: "description",
    OWL.sameAs: "sameAs",
}
_BY_TYPE: Final = {
    "Organization": {ORG.subOrganizationOf: "parentOrganization"},
    "Event": {
        Cebu.earliest: "startDate",
        Cebu.latest: "endDate",
        Cebu.city: "location",
        Cebu.participant: "attendee",
    },
    "CreativeWork": {
        Cebu.text: "text",
        DCTERMS.title: "headline",
        DCTERMS.publisher: "publisher",
        DCTERMS.issued: "datePublished",
        _ELI.is_part_of: "isPartOf",
        Cebu.refersTo: "mentions",
    },
    "Legislation": {
        Cebu.identifier: "legislationIdentifier",
        Cebu.adoptedBy: "legislationPassedBy",
        DCTERMS.title: "headline",
    },
    "Quotation": {Cebu.exact: "text", URIRef(PREFIXES["oa"] + "hasSource"): "isPartOf"},
    "Claim": {Cebu.statedIn: "appearance"},
    "Observation": {_MEASURE.obsValue: "value"},
    "DefinedTerm": {SKOS.inScheme: "inDefinedTermSet", SKOS.notation: "termCode"},
}


def add_schema_org(graph: Graph, thing: URIRef, document: URIRef) -> None:
    """Add to what `graph` says of a thing the same in schema.org's words, and of its document."""
    types = [
        name
        for kind in graph.objects(thing, RDF.type)
        for name in _TYPES.get(URIRef(str(kind)), ())
    ]
    meant = dict(_EVERYWHERE)
    for name in types:
        graph.add((thing, RDF.type, _SCHEMA[name]))
        meant.update(_BY_TYPE.get(name, {}))
    if not types:
        meant = {RDFS.label: "name"}
    for property_, value in list(graph.predicate_objects(thing)):
        if isinstance(property_, URIRef) and property_ in meant:
            graph.add((thing, _SCHEMA[meant[property_]], value))
    graph.add((document, RDF.type, _SCHEMA.WebPage))
    graph.add((document, _SCHEMA.about, thing))
    graph.add((document, _SCHEMA.inLanguage, Literal("en")))
