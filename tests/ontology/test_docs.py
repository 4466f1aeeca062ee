"""The reference for query writers names every term, scheme and address; its queries parse."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDF, SKOS

from ontology import ID, Cebu, iris, schemes

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sparql\n(.*?)```", TEXT, re.DOTALL)
HEADS = "".join(f"{line}\n" for line in re.findall(r"^PREFIX .*$", TEXT, re.MULTILINE))
TERMS = sorted(set(Cebu.__annotations__) - {"_NS", "_fail"})
CLASSES = [term for term in TERMS if term[0].isupper()]
PROPERTIES = [term for term in TERMS if term[0].islower()]


@pytest.mark.parametrize("term", PROPERTIES)
def test_every_property_is_described(term: str) -> None:
    assert re.search(rf"`(?:cebu:)?{term}`", TEXT), f"docs/model.md does not mention `{term}`"


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_heading(name: str) -> None:
    headings = " ".join(re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE))
    assert re.search(rf"\b{name}\b", headings), f"docs/model.md has no heading for {name}"


@pytest.mark.parametrize("kind", sorted(iris.TEMPLATES))
def test_every_kind_of_address_is_described(kind: str) -> None:
    for template in iris.TEMPLATES[kind]:
        assert f"{kind}/{template}" in TEXT


def test_every_scheme_is_described() -> None:
    for scheme in schemes().subjects(RDF.type, SKOS.ConceptScheme):
        assert f"`{str(scheme).removeprefix(ID + 'concept/')}`" in TEXT


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_parses(query: str) -> None:
    own = "" if "PREFIX" in query else HEADS
    ox.Store().query(own + query)


def test_there_is_a_query_for_each_section() -> None:
    assert len(QUERIES) >= 14
