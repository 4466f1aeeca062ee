"""The vocabulary is documented, typed, free of cycles and of the common pitfalls."""

from collections.abc import Iterator

import pytest
from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    PROV,
    QB,
    RDF,
    RDFS,
    SDO,
    SKOS,
    TIME,
    VANN,
    XSD,
    Graph,
    Literal,
    Namespace,
    URIRef,
)

from ontology import CEBU, load, vocabulary
from ontology.namespaces import ONTOLOGY, PREFIXES, new_graph

SCHEMA_DOMAIN = URIRef("https://schema.org/domainIncludes")
SCHEMA_RANGE = URIRef("https://schema.org/rangeIncludes")
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
BUILT_IN = (str(RDF), str(RDFS), str(OWL), str(XSD))

# The reification terms that claims rest on, the one use of reserved names (docs/model.md, Claim).
RESERVED_IN_USE = {RDF.Statement, RDF.subject, RDF.predicate, RDF.object}

# OWL 2 Structural Specification, section 4: what a reasoner must know; xsd:date is not of it.
DATATYPE_MAP = {RDFS.Literal, XSD.string, XSD.integer, XSD.decimal, XSD.boolean, XSD.dateTime}

DEPRECATED = (
    "http://schema.org/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.openannotation.org/",
    "http://www.w3.org/2006/time#January",
    "http://www.w3.org/2006/time#Year",
    "http://www.w3.org/2006/time#xsdDateTime",
)

# The terms of vocabularies that rdflib does not carry, from their own documentation.
ELSEWHERE = {
    "http://data.europa.eu/eli/ontology#": (
        "LegalResource LegalResourceSubdivision cites id_local is_part_of number passed_by"
    ),
    "http://parliament.uk/ontologies/treaty/": (
        "Action Party Treaty actsOn completesAction hasActionType"
    ),
    "http://purl.org/linked-data/sdmx/2009/attribute#": "unitMeasure",
    "http://purl.org/linked-data/sdmx/2009/dimension#": "refArea refPeriod sex",
    "http://purl.org/linked-data/sdmx/2009/measure#": "obsValue",
    "http://rdfs.org/ns/void#": "Dataset",
    "http://www.estrellaproject.org/lkif-core/norm.owl#": (
        "International_Agreement Non-binding_International_Agreement Treaty"
    ),
    "http://www.w3.org/ns/oa#": (
        "SpecificResource TextPositionSelector TextQuoteSelector end exact hasSource start"
    ),
}
# Terms newer than the lists that rdflib carries: DCAT 3.
NEWER = {URIRef(str(DCAT) + "version")}
CLOSED = (DCAT, DCTERMS, FOAF, ORG, PROV, QB, SDO, SKOS, TIME, VANN)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return load()


def minted(graph: Graph) -> list[URIRef]:
    found = {s for s in graph.subjects() if isinstance(s, URIRef) and str(s).startswith(str(CEBU))}
    return sorted(found)


def declared(graph: Graph) -> set[URIRef]:
    kinds = (OWL.Class, RDFS.Datatype, *PROPERTY_KINDS)
    return {s for k in kinds for s in graph.subjects(RDF.type, k) if isinstance(s, URIRef)}


def undocumented(graph: Graph) -> Iterator[str]:
    for term in minted(graph):
        for need in (RDFS.label, SKOS.definition, SKOS.example):
            values = list(graph.objects(term, need))
            good = [v for v in values if isinstance(v, Literal) and v.language == "en" and v]
            if len(values) != 1 or len(good) != 1:
                yield f"{term} needs exactly one {need} in English"
        if list(graph.objects(term, RDFS.isDefinedBy)) != [ONTOLOGY]:
            yield f"{term} is not defined by {ONTOLOGY}"


def untyped(graph: Graph) -> Iterator[str]:
    known = declared(graph)
    places = (
        RDFS.subClassOf,
        RDFS.subPropertyOf,
        RDFS.domain,
        RDFS.range,
        OWL.disjointWith,
        OWL.inverseOf,
        SCHEMA_DOMAIN,
        SCHEMA_RANGE,
    )
    used = {p for p in graph.predicates() if isinstance(p, URIRef)}
    used |= {x for p in places for pair in graph.subject_objects(p) for x in pair}  # type: ignore[misc]
    used |= {o for o in graph.objects(None, RDF.type) if isinstance(o, URIRef)}
    for s, _, o in graph.triples((None, SKOS.closeMatch, None)):
        used |= {s, o}  # type: ignore[arg-type]
    for s, _, o in graph.triples((None, SKOS.relatedMatch, None)):
        used |= {s, o}  # type: ignore[arg-type]
    for term in sorted(used - known - RESERVED_IN_USE):
        if not str(term).startswith(BUILT_IN):
            yield f"{term} is used and nowhere typed"


def ambiguous(graph: Graph) -> Iterator[str]:
    for term in sorted(declared(graph)):
        kinds = [k for k in (OWL.Class, *PROPERTY_KINDS) if (term, RDF.type, k) in graph]
        if len(kinds) > 1:
            yield f"{term} is at once {' and '.join(kinds)}"


def cycles(graph: Graph, relation: URIRef) -> Iterator[str]:
    for term in set(graph.subjects(relation)):
        above = {
            x for o in graph.objects(term, relation) for x in graph.transitive_objects(o, relation)
        }
        if term in above:
            yield f"{term} stands above itself by {relation}"


def wrong_inverses(graph: Graph) -> Iterator[str]:
    for one, other in graph.subject_objects(OWL.inverseOf):
        for mine, theirs in ((RDFS.domain, RDFS.range), (RDFS.range, RDFS.domain)):
            if set(graph.objects(one, mine)) != set(graph.objects(other, theirs)):
                yield f"{mine} of {one} is not {theirs} of its inverse {other}"
        if (one, RDF.type, OWL.ObjectProperty) not in graph:
            yield f"{one} has an inverse and is no object property"


def kind_crossings(graph: Graph) -> Iterator[str]:
    for one, other in graph.subject_objects(RDFS.subPropertyOf):
        kinds = [{k for k in PROPERTY_KINDS if (p, RDF.type, k) in graph} for p in (one, other)]
        if kinds[0] != kinds[1]:
            yield f"{one} and its superproperty {other} are of different kinds"
    for prop in sorted(p for p in graph.subjects(RDF.type, OWL.DatatypeProperty)):  # type: ignore[type-var]
        for target in graph.objects(prop, RDFS.range):
            if target not in DATATYPE_MAP:
                yield f"{prop} has the range {target}, which OWL 2 does not know"
    for prop in sorted(p for p in graph.subjects(RDF.type, OWL.ObjectProperty)):  # type: ignore[type-var]
        for target in graph.objects(prop, RDFS.range):
            if (target, RDF.type, OWL.Class) not in graph:
                yield f"{prop} has the range {target}, which is no class"


def unknown_elsewhere(graph: Graph) -> Iterator[str]:
    lists = {base: set(names.split()) for base, names in ELSEWHERE.items()}
    for term in sorted(declared(graph)):
        if str(term).startswith((str(CEBU), *BUILT_IN)):
            continue
        base = next((b for b in lists if str(term).startswith(b)), None)
        if base is not None:
            good = str(term).removeprefix(base) in lists[base]
        else:
            good = term in NEWER or any(term in closed for closed in CLOSED)
        if not good:
            yield f"{term} is not a term of the vocabulary it seems to come from"


def parsed(turtle: str) -> Graph:
    graph = new_graph()
    heads = "".join(f"@prefix {p}: <{n}> .\n" for p, n in PREFIXES.items())
    return graph.parse(data=heads + turtle, format="turtle")


def test_every_minted_term_is_documented(graph: Graph) -> None:
    assert list(undocumented(graph)) == []


def test_every_borrowed_term_is_labelled_and_has_a_home(graph: Graph) -> None:
    for term in sorted(declared(graph)):
        if not str(term).startswith((str(CEBU), str(OWL))):
            assert list(graph.objects(term, RDFS.label)), term
            homes = list(graph.objects(term, RDFS.isDefinedBy))
            assert len(homes) == 1, term
            assert str(term).startswith(str(homes[0]).rstrip("#")), term


def test_no_term_is_untyped(graph: Graph) -> None:
    assert list(untyped(graph)) == []


def test_no_term_is_of_two_kinds(graph: Graph) -> None:
    assert list(ambiguous(graph)) == []


def test_hierarchies_have_no_cycle(graph: Graph) -> None:
    assert [*cycles(graph, RDFS.subClassOf), *cycles(graph, RDFS.subPropertyOf)] == []


def test_inverses_swap_domain_and_range(graph: Graph) -> None:
    assert list(wrong_inverses(graph)) == []


def test_ranges_and_superproperties_suit_the_kind(graph: Graph) -> None:
    assert list(kind_crossings(graph)) == []


def test_borrowed_terms_exist(graph: Graph) -> None:
    assert list(unknown_elsewhere(graph)) == []


def test_no_deprecated_iri_is_used(graph: Graph) -> None:
    used = {str(x) for triple in graph for x in triple if isinstance(x, URIRef)}
    assert [iri for iri in sorted(used) if iri.startswith(DEPRECATED)] == []


def test_labels_of_minted_terms_are_unique(graph: Graph) -> None:
    labels = [str(graph.value(term, RDFS.label)) for term in minted(graph)]
    assert len(set(labels)) == len(labels) > 70


def test_reserved_names_are_used_only_for_claims(graph: Graph) -> None:
    reserved = {t for t in declared(graph) if str(t).startswith(BUILT_IN)}
    assert reserved == RESERVED_IN_USE


def test_there_is_no_blank_node(graph: Graph) -> None:
    assert all(isinstance(x, URIRef | Literal) for triple in graph for x in triple)


def test_the_header_names_version_licence_and_prefix() -> None:
    graph = vocabulary()
    dcterms = Namespace(str(DCTERMS))
    assert set(graph.subjects(RDF.type, OWL.Ontology)) == {ONTOLOGY}
    version = graph.value(ONTOLOGY, OWL.versionInfo)
    assert graph.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    assert graph.value(ONTOLOGY, dcterms["creator"]) == Literal("The Cebu contributors")
    assert "licenses/by/4.0" in str(graph.value(ONTOLOGY, dcterms["license"]))
    assert str(graph.value(ONTOLOGY, VANN.preferredNamespaceUri)) == str(CEBU)
    assert str(graph.value(ONTOLOGY, VANN.preferredNamespacePrefix)) == "cebu"


def test_undocumented_terms_would_be_seen() -> None:
    faults = list(undocumented(parsed('cebu:x a owl:Class ; rdfs:label "x" .')))
    assert len(faults) == 4


def test_untyped_terms_would_be_seen() -> None:
    faults = list(untyped(parsed("cebu:x a owl:Class ; rdfs:subClassOf schema:Thing .")))
    assert faults == ["https://schema.org/Thing is used and nowhere typed"]


def test_ambiguous_terms_would_be_seen() -> None:
    faults = list(ambiguous(parsed("cebu:x a owl:ObjectProperty, owl:DatatypeProperty .")))
    assert len(faults) == 1


def test_cycles_would_be_seen() -> None:
    graph = parsed("cebu:a rdfs:subClassOf cebu:b . cebu:b rdfs:subClassOf cebu:a .")
    assert len(list(cycles(graph, RDFS.subClassOf))) == 2


def test_wrong_inverses_would_be_seen() -> None:
    graph = parsed(
        "cebu:a a owl:ObjectProperty ; owl:inverseOf cebu:b ;"
        "rdfs:domain cebu:X ; rdfs:range cebu:Y ."
        "cebu:b a owl:ObjectProperty ; rdfs:domain cebu:X ; rdfs:range cebu:Y ."
    )
    assert len(list(wrong_inverses(graph))) == 2


def test_wrong_kinds_would_be_seen() -> None:
    graph = parsed(
        "cebu:a a owl:ObjectProperty ; rdfs:range xsd:string ; rdfs:subPropertyOf cebu:b ."
        "cebu:b a owl:DatatypeProperty ; rdfs:range xsd:date ."
    )
    assert len(list(kind_crossings(graph))) == 3


def test_misspelt_borrowed_terms_would_be_seen() -> None:
    graph = parsed("prov:Entitee a owl:Class . oa:exakt a owl:DatatypeProperty .")
    assert len(list(unknown_elsewhere(graph))) == 2
