"""Addresses: what has the agreed form passes unchanged, and nothing else passes."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rdflib import URIRef

from ontology import GRAPH, ID, iris

settings.register_profile("ontology", deadline=None, database=None)
settings.load_profile("ontology")

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
SLUGS = st.lists(WORDS, min_size=1, max_size=4).map("-".join)
DIGITS = st.text("0123456789abcdef", min_size=16, max_size=16)


@st.composite
def paths(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(iris.TEMPLATES)))
    template = draw(st.sampled_from(iris.TEMPLATES[kind]))
    start = draw(st.integers(0, 10**6))
    end = start + draw(st.integers(1, 10**4))
    path = template.replace("{start}-{end}", f"{start}-{end}").replace("{digits}", draw(DIGITS))
    return f"{kind}/" + re.sub(r"\{[a-z]+\}", lambda _: draw(SLUGS), path)


@given(paths())
def test_every_agreed_path_has_its_iri_and_comes_back(path: str) -> None:
    iri = iris.resource(path)
    assert iri == URIRef(ID + path)
    assert iris.path_of(iri) == path


@given(
    paths(), st.sampled_from([" ", "_", "A", "é", "/", "//", "%20", "\n", "#", "?", ".ttl", "-"])
)
def test_a_foreign_character_at_the_end_is_refused(path: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        iris.resource(path + wrong)


@given(st.text(max_size=40))
def test_any_text_is_refused_or_is_plain(text: str) -> None:
    try:
        iri = iris.resource(text)
    except ValueError as error:
        assert repr(text) in str(error) or repr(text.partition("/")[0]) in str(error)
    else:
        assert re.fullmatch(r"[a-z0-9/-]+", text)
        assert str(iri) == ID + text


@given(SLUGS)
def test_a_slug_passes_unchanged_and_makes_a_graph(slug: str) -> None:
    assert iris.check_slug(slug) == slug
    assert iris.graph(slug) == URIRef(GRAPH + slug)


@given(st.text(max_size=12))
def test_what_is_no_slug_makes_no_graph(text: str) -> None:
    assume(not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) or text.endswith("\n"))
    with pytest.raises(ValueError, match="is not a slug"):
        iris.graph(text)


@given(SLUGS, st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_passage_encloses_at_least_one_character(document: str, start: int, end: int) -> None:
    if start < end:
        assert iris.passage(document, start, end) == URIRef(f"{ID}passage/{document}/{start}-{end}")
    else:
        with pytest.raises(ValueError, match="passage"):
            iris.passage(document, start, end)


@given(st.text(max_size=20))
def test_the_slug_of_a_number_is_a_slug(printed: str) -> None:
    try:
        slug = iris.number_slug(printed)
    except ValueError:
        assert not re.search("[a-z0-9]", printed.lower())
    else:
        assert iris.check_slug(slug) == slug


@pytest.mark.parametrize(
    "path",
    [
        "document/action-plan-2018-2025",
        "project/action-plan-2018-2025/4a",
        "state/viet-nam",
        "provision/cebu-declaration-2007/22",
        "recommendation/afml-13-workers/5",
        "concept/action-plan-cluster",
        "concept/alm-thematic-area/21",
        "passage/priorities-paper-2017/0-12",
        "claim/priorities-paper-2017/0123456789abcdef",
        "treaty-status/priorities-paper-2017/ilo-c189/philippines",
    ],
)
def test_the_examples_of_the_contract_pass(path: str) -> None:
    assert str(iris.resource(path)) == ID + path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "state",
        "state/",
        "/state/viet-nam",
        "state/Viet-Nam",
        "state/viet--nam",
        "state/viet-nam/x",
        "project/4a",
        "country/viet-nam",
        "passage/a/5-5",
        "passage/a/05-9",
        "passage/a/9-5",
        "claim/a/0123",
        "claim/a/0123456789ABCDEF",
        "concept/a/b/c",
    ],
)
def test_other_forms_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        iris.resource(path)


def test_a_foreign_iri_is_no_resource_of_ours() -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        iris.path_of("https://example.org/id/state/viet-nam")


@pytest.mark.parametrize(
    ("printed", "slug"), [("3(a)", "3a"), ("4.", "4"), ("b)", "b"), ("22 c", "22c"), ("IV", "iv")]
)
def test_printed_numbers_become_slugs(printed: str, slug: str) -> None:
    assert iris.number_slug(printed) == slug
