"""The dataset in its own words: DCAT 3 (W3C, 2024) and VoID (W3C, 2011), counted."""

from typing import Final
from urllib.parse import quote

from rdflib import OWL, RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef

from ontology.namespaces import BASE, ID, ONTOLOGY, PREFIXES, new_graph
from server import __version__
from server.history.formats import describe
from server.history.versions import versioned
from server.http.formats import GRAPHS
from server.linked_data.counts import Part, statistics
from server.linked_data.labels import label
from server.store.reading import Reading

DATASET: Final = URIRef(BASE + "dataset")
TITLE: Final = "Cebu: the knowledge graph of ASEAN labour-migration governance"

_VOID: Final = Namespace(PREFIXES["void"])
_DCAT: Final = Namespace(PREFIXES["dcat"])
_DCTERMS: Final = Namespace(PREFIXES["dcterms"])
_PROV: Final = Namespace(PREFIXES["prov"])
_FOAF: Final = Namespace(PREFIXES["foaf"])
_SCHEMA: Final = Namespace(PREFIXES["schema"])
_LICENSE: Final = URIRef("https://creativecommons.org/licenses/by/4.0/")
_ENGLISH: Final = URIRef("http://publications.europa.eu/resource/authority/language/ENG")
_PROTOCOL: Final = URIRef("https://www.w3.org/TR/sparql11-protocol/")
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_FORMAT: Final = "http://www.w3.org/ns/formats/"
_W3C_FORMATS: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples", "rdf": "RDF_XML"}
_ABOUT: Final = (
    "Who promised what to migrant workers in ASEAN, which body carries it, which project "
    "implements it, which convention binds whom, and the sentence in the source document that "
    "says so."
)
_KEYWORDS: Final = ("labour migration", "migrant workers", "ASEAN", "governance", "treaties")


def describe_dataset(data: Reading, root: str) -> Graph:
    """Return the description; `root` is the address of this server, without a slash at its end."""
    graph = new_graph()
    for property_, value in data.graph.predicate_objects(DATASET):
        graph.add((DATASET, property_, value))
    _catalogue(graph, data, root)
    _version(graph, data)
    _counts(graph, data)
    for name, triples in statistics(data).graphs.items():
        _named_graph(graph, data, root, name, triples)
    return graph


def _catalogue(graph: Graph, data: Reading, root: str) -> None:
    """Add what a catalogue wants to know (DCAT 3, sections 6.4, 6.6 and 6.9)."""
    publisher, service = URIRef(f"{DATASET}#publisher"), URIRef(f"{DATASET}#sparql")
    endpoint = URIRef(f"{root}/sparql")
    document = URIRef(root + versioned("/dataset"))
    facts = [
        (RDF.type, _DCAT.Dataset),
        (RDF.type, _VOID.Dataset),
        (RDFS.label, Literal("Cebu", "en")),
        (_DCTERMS.title, Literal(TITLE, "en")),
        (_DCTERMS.description, Literal(_ABOUT, "en")),
        (_DCTERMS.identifier, Literal(str(DATASET))),
        (_DCTERMS.license, _LICENSE),
        (_DCTERMS.language, _ENGLISH),
        (_DCTERMS.publisher, publisher),
        (_DCTERMS.conformsTo, ONTOLOGY),
        (_DCTERMS.conformsTo, URIRef(BASE + "shapes")),
        (_DCAT.version, Literal(__version__)),
        (_DCAT.landingPage, document),
        (_FOAF.homepage, document),
        (_VOID.sparqlEndpoint, endpoint),
        (_VOID.uriSpace, Literal(ID)),
        (_VOID.vocabulary, URIRef(PREFIXES["cebu"])),
        *((_DCAT.keyword, Literal(word, "en")) for word in _KEYWORDS),
        *((_VOID.feature, URIRef(_FORMAT + name)) for name in _W3C_FORMATS.values()),
        *((_VOID.exampleResource, URIRef(iri)) for iri in _examples(data)),
    ]
    for property_, value in facts:
        graph.add((DATASET, property_, value))
    # A digest tells one state of the data from another where no release does.
    if data.version:
        graph.add((DATASET, OWL.versionInfo, Literal(data.version)))
    graph.add((publisher, RDF.type, _FOAF.Agent))
    graph.add((publisher, RDFS.label, Literal("The Cebu contributors", "en")))
    graph.add((publisher, _FOAF.name, Literal("The Cebu contributors", "en")))
    graph.add((service, RDF.type, _DCAT.DataService))
    graph.add((service, RDFS.label, Literal("SPARQL endpoint", "en")))
    graph.add((service, _DCTERMS.title, Literal("SPARQL endpoint", "en")))
    graph.add((service, _DCTERMS.conformsTo, _PROTOCOL))
    graph.add((service, _DCTERMS.license, _LICENSE))
    graph.add((service, _DCAT.endpointURL, endpoint))
    graph.add((service, _DCAT.endpointDescription, endpoint))
    graph.add((service, _DCAT.servesDataset, DATASET))
    graph.add((document, RDF.type, _VOID.DatasetDescription))
    graph.add((document, _FOAF.primaryTopic, DATASET))


def _version(graph: Graph, data: Reading) -> None:
    """Add which version this is, what made it, and where the history is (PROV-AQ, section 3)."""
    if data.log is None:
        return
    number = data.number
    graph.add((DATASET, OWL.versionIRI, URIRef(f"{DATASET}?version={number}")))
    graph.add((DATASET, _PROV.has_provenance, URIRef(f"{BASE}changes")))
    if number >= data.log.first:
        describe(graph, data.log.heading(number))


def _counts(graph: Graph, data: Reading) -> None:
    """Add how much there is (VoID, sections 4.5 and 4.6)."""
    counted = statistics(data)
    for property_, number in (
        (_VOID.triples, counted.triples),
        (_VOID.entities, counted.entities),
        (_VOID.distinctSubjects, counted.subjects),
        (_VOID.distinctObjects, counted.objects),
        (_VOID.classes, len(counted.classes)),
        (_VOID.properties, len(counted.properties)),
    ):
        graph.add((DATASET, property_, Literal(number)))
    for part in counted.classes:
        node = _partition("class", part)
        graph.add((DATASET, _VOID.classPartition, node))
        graph.add((node, _VOID["class"], URIRef(part.iri)))
        graph.add((node, _VOID.entities, Literal(part.subjects)))
        graph.add((node, _VOID.triples, Literal(part.triples)))
    for part in counted.properties:
        node = _partition("property", part)
        graph.add((DATASET, _VOID.propertyPartition, node))
        graph.add((node, _VOID.property, URIRef(part.iri)))
        graph.add((node, _VOID.triples, Literal(part.triples)))
        graph.add((node, _VOID.distinctSubjects, Literal(part.subjects)))
        graph.add((node, _VOID.distinctObjects, Literal(part.objects)))


def _named_graph(graph: Graph, data: Reading, root: str, name: str, triples: int) -> None:
    """Add a named graph as a part of the dataset with a file in each format to download."""
    about = URIRef(name)
    graph.add((DATASET, _VOID.subset, about))
    graph.add((DATASET, _DCTERMS.hasPart, about))
    graph.add((about, RDF.type, _VOID.Dataset))
    graph.add((about, RDF.type, _DCAT.Dataset))
    graph.add((about, _DCTERMS.title, Literal(label(data.graph, name), "en")))
    graph.add((about, _DCTERMS.license, _LICENSE))
    graph.add((about, _VOID.triples, Literal(triples)))
    for item in GRAPHS:
        if item.key not in _W3C_FORMATS:
            continue
        part = URIRef(f"{name}#{item.key}")
        file = URIRef(root + versioned(f"/{name.removeprefix(BASE)}.{item.key}"))
        graph.add((about, _DCAT.distribution, part))
        graph.add((part, RDF.type, _DCAT.Distribution))
        graph.add((part, _DCTERMS.title, Literal(item.label, "en")))
        graph.add((part, _DCTERMS.license, _LICENSE))
        graph.add((part, _DCAT.downloadURL, file))
        graph.add((part, _DCAT.accessURL, file))
        graph.add((part, _DCAT.mediaType, URIRef(_IANA + item.media_type)))
        graph.add((about, _VOID.dataDump, file))
    # All the graphs' files together are the dataset (VoID, section 3.3).
    graph.add((DATASET, _VOID.dataDump, URIRef(root + versioned(f"/{name.removeprefix(BASE)}.nt"))))


def _partition(kind: str, part: Part) -> URIRef:
    name = part.short.replace(":", "-") if part.short != part.iri else quote(part.iri, safe="")
    return URIRef(f"{DATASET}#{kind}-{name}")


def _examples(data: Reading) -> list[str]:
    return sorted(
        row["s"]
        for row in data.select(
            f"SELECT ?s {{ ?s a <{PREFIXES['cebu']}MemberState> }} ORDER BY ?s LIMIT 3"
        )
    )


def describe_prefixes() -> Graph:
    """Return the prefixes that this server knows (SHACL, section 5.2.1), without blank nodes."""
    graph = new_graph()
    about, sh = URIRef(BASE + "prefixes"), Namespace(PREFIXES["sh"])
    graph.add((about, RDF.type, OWL.Ontology))
    graph.add((about, RDFS.label, Literal("The prefixes of Cebu", "en")))
    for prefix, namespace in PREFIXES.items():
        node = URIRef(f"{about}#{prefix}")
        graph.add((about, sh.declare, node))
        graph.add((node, RDF.type, sh.PrefixDeclaration))
        graph.add((node, sh.prefix, Literal(prefix)))
        graph.add((node, sh.namespace, Literal(namespace, datatype=XSD.anyURI)))
    return graph
