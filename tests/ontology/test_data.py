"""The data uses each property as the kind that the vocabulary declares (OWL 2 DL)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from ontology import ID, PREFIXES, iris
from ontology.files import ALIGNMENTS, SCHEMES, VOCABULARY

DATA = sorted((Path(__file__).resolve().parents[2] / "data" / "graph").glob("*.ttl"))
OWL, RDF, RDFS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"]
TYPE = ox.NamedNode(RDF + "type")
KINDS = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")

# OWL 2 Mapping to RDF Graphs, section 3: annotations and axioms that need no declaration.
TEXT = {
    *(RDFS + n for n in ("label", "comment")),
    *(PREFIXES["dcterms"] + n for n in ("title", "description", "rights")),
    *(PREFIXES["skos"] + n for n in ("prefLabel", "altLabel", "definition", "example", "note")),
    OWL + "versionInfo",
}
AXIOMS = {
    *(
        RDFS + n
        for n in ("subClassOf", "subPropertyOf", "domain", "range", "isDefinedBy", "seeAlso")
    ),
    *(OWL + n for n in ("disjointWith", "inverseOf", "sameAs", "versionIRI", "imports")),
}
# OWL 2 has no kind for what a claim quotes; subject and predicate are resources all the same.
QUOTED = {RDF + "subject", RDF + "predicate"}
META = {
    *(OWL + n for n in ("Ontology", "Class", "NamedIndividual", *KINDS)),
    RDFS + "Datatype",
}


class Vocabulary:
    """Which IRIs are declared as what."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.kinds: dict[str, str] = {}
        for quad in quads:
            if quad.predicate == TYPE and isinstance(quad.object, ox.NamedNode):
                self.kinds[str(getattr(quad.subject, "value", ""))] = quad.object.value

    def kind(self, iri: str) -> str:
        return self.kinds.get(iri, "").removeprefix(OWL)

    def is_property(self, iri: str) -> bool:
        return self.kind(iri) in KINDS or iri in TEXT | AXIOMS or iri == TYPE.value


def misaddressed(quads: Iterable[ox.Quad]) -> Iterator[str]:
    for iri in {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}:
        if iri.startswith(ID):
            try:
                iris.path_of(iri)
            except ValueError as error:
                yield str(error)


def violations(vocabulary: Vocabulary, quads: Iterable[ox.Quad]) -> Iterator[str]:
    for quad in quads:
        predicate, value = quad.predicate.value, quad.object
        is_text = isinstance(value, ox.Literal)
        if isinstance(quad.subject, ox.BlankNode) or isinstance(value, ox.BlankNode):
            yield f"{quad.subject} {predicate}: a blank node"
        elif predicate == TYPE.value:
            if not isinstance(value, ox.NamedNode):
                yield f"{quad.subject} has a text as its class"
            elif value.value not in META and vocabulary.kind(value.value) != "Class":
                yield f"{quad.subject} is of the undeclared class {value.value}"
        elif predicate in TEXT:
            if not is_text:
                yield f"{quad.subject} {predicate}: a resource where text belongs"
        elif predicate in AXIOMS or predicate in QUOTED:
            if not isinstance(value, ox.NamedNode):
                yield f"{quad.subject} {predicate}: text where a resource belongs"
            elif predicate == RDF + "predicate" and not vocabulary.is_property(value.value):
                yield f"{quad.subject} claims the undeclared property {value.value}"
        else:
            kind = vocabulary.kind(predicate)
            if kind not in KINDS:
                yield f"{quad.subject} {predicate}: declare this property in cebu.ttl"
            elif kind == "ObjectProperty" and is_text:
                yield f"{quad.subject} {predicate}: text on an object property"
            elif kind == "DatatypeProperty" and not is_text:
                yield f"{quad.subject} {predicate}: a resource on a datatype property"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(q for path in (VOCABULARY, ALIGNMENTS) for q in read(path))


def read(path: Path) -> Iterator[ox.Quad]:
    return iter(ox.parse(path=path, format=ox.RdfFormat.TURTLE))


@pytest.mark.parametrize("path", [VOCABULARY, ALIGNMENTS, SCHEMES], ids=lambda p: p.name)
def test_our_own_files_use_each_property_as_declared(vocabulary: Vocabulary, path: Path) -> None:
    assert list(violations(vocabulary, read(path))) == []


@pytest.mark.skipif(not DATA, reason="data/graph has no files yet: run `cebu build`")
@pytest.mark.parametrize("path", DATA, ids=lambda p: p.name)
def test_the_data_uses_each_property_as_declared(vocabulary: Vocabulary, path: Path) -> None:
    assert sorted(violations(vocabulary, read(path)))[:20] == []
    assert sorted(misaddressed(read(path)))[:20] == []


@pytest.mark.parametrize(
    ("triple", "fault"),
    [
        ('cebu:coordinator "Viet Nam"', "text on an object property"),
        ("cebu:number <https://example.org/4a>", "a resource on a datatype property"),
        ("cebu:numbr 4", "declare this property"),
        ("a cebu:Projekt", "undeclared class"),
        ('a "Project"', "a text as its class"),
        ("rdfs:label <https://example.org/4a>", "a resource where text belongs"),
        ('owl:sameAs "4a"', "text where a resource belongs"),
        ("cebu:coordinator []", "a blank node"),
        ('rdf:subject "Viet Nam"', "text where a resource belongs"),
        ("rdf:predicate cebu:numbr", "claims the undeclared property"),
    ],
)
def test_a_wrong_use_would_be_seen(vocabulary: Vocabulary, triple: str, fault: str) -> None:
    heads = "".join(f"PREFIX {p}: <{n}> " for p, n in PREFIXES.items())
    quads = ox.parse(f"{heads} <https://example.org/x> {triple} .", format=ox.RdfFormat.TURTLE)
    assert [m for m in violations(vocabulary, quads) if fault in m]


def test_a_wrong_address_would_be_seen() -> None:
    text = f"<{ID}state/Viet_Nam> a <https://example.org/x> ."
    assert len(list(misaddressed(ox.parse(text, format=ox.RdfFormat.TURTLE)))) == 1
