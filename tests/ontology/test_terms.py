"""The Python constants and the Turtle say the same terms, and no file uses another."""

import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, URIRef

from ontology import CEBU, PREFIXES, Cebu, load, vocabulary
from ontology.files import ALIGNMENTS, SCHEMES, VOCABULARY
from ontology.namespaces import new_graph

ROOT = Path(__file__).resolve().parents[2]
USES = re.compile(r"(?:(?<![\w/-])cebu:|<https://w3id\.org/cebu/ontology#)([A-Za-z]\w*)")
GLOBS = ("ontology/*.ttl", "shapes/*.ttl", "queries/*.rq", "data/graph/*.ttl", "docs/model.md")
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def defined() -> set[str]:
    graph = vocabulary()
    return {
        str(term).removeprefix(str(CEBU))
        for kind in KINDS
        for term in graph.subjects(RDF.type, kind)
        if str(term).startswith(str(CEBU))
    }


def undefined(text: str, known: set[str]) -> list[str]:
    return sorted(set(USES.findall(text)) - known)


def test_constants_equal_the_turtle() -> None:
    assert set(Cebu.__annotations__) - {"_NS", "_fail"} == defined()


def test_a_constant_is_the_iri_of_its_term() -> None:
    assert Cebu.Project == URIRef("https://w3id.org/cebu/ontology#Project")
    assert Cebu.end == CEBU["end"]


def test_an_unknown_constant_is_refused() -> None:
    name = "Projekt"
    with pytest.raises(AttributeError, match="Projekt"):
        _ = getattr(Cebu, name)


def test_the_files_of_the_ontology_exist() -> None:
    assert {VOCABULARY, ALIGNMENTS, SCHEMES} == set((ROOT / "ontology").glob("*.ttl"))


def test_no_file_uses_an_undefined_term() -> None:
    known = defined()
    paths = [path for pattern in GLOBS for path in sorted(ROOT.glob(pattern))]
    assert len(paths) >= 4
    faults = {
        str(path.relative_to(ROOT)): names
        for path in paths
        if (names := undefined(path.read_text(encoding="utf-8"), known))
    }
    assert faults == {}


def test_an_undefined_term_would_be_seen() -> None:
    text = "cebu:Project <https://w3id.org/cebu/ontology#nope> ?x ; cebu:wrong 1"
    assert undefined(text, defined()) == ["nope", "wrong"]


def test_graphs_know_exactly_the_shared_prefixes() -> None:
    assert {p: str(n) for p, n in new_graph().namespaces()} == PREFIXES
    assert len(load()) >= len(vocabulary())
