"""Links to other datasets: what the graph says, what is refused, and the page that shows them.

Run with `CEBU_APPROVE=1` to write docs/links.md again, then read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef

from ingest import DATA
from ingest.errors import IngestError
from ingest.links import build_links, links_page, read_links
from ontology.iris import resource
from ontology.namespaces import new_graph
from ontology.terms import Cebu

FILE: Final = DATA / "annotations" / "links.yaml"
PAGE: Final = Path(__file__).parents[2] / "docs" / "links.md"
NORMLEX: Final = (
    "https://normlex.ilo.org/dyn/nrmlx_en/f?p=NORMLEXPUB:12100:0::NO::P12100_ILO_CODE:C029"
)
STATE: Final = "- {id: state/viet-nam, iso3166: VN, wikidata: Q881, checked: Two lists.}"
OTHER: Final = "- {id: state/malaysia, wikidata: Q833, checked: Two lists.}"
INSTRUMENT: Final = "- {id: instrument/ilo-c29, normlex: C029, checked: Two sites.}"
TARGET: Final = '- {id: instrument/sdg-target-10-7, sdg: "10.7", checked: The list.}'


def write(folder: Path, *entries: str) -> Path:
    """Write the entries from line 2 on, one a line."""
    path = folder / "links.yaml"
    path.write_text("\n".join(["links:", *entries, ""]), encoding="utf-8")
    return path


def described(*ids: str) -> Graph:
    graph = new_graph()
    for name in ids:
        graph.add((resource(name), RDF.type, Cebu.Body))
    return graph


def text(value: str) -> Literal:
    return Literal(value, datatype=XSD.string)


def test_a_state_has_its_class_its_code_and_its_item(tmp_path: Path) -> None:
    state = resource("state/viet-nam")
    assert set(build_links(write(tmp_path, STATE))) == {
        (state, RDF.type, Cebu.MemberState),
        (state, SKOS.notation, text("VN")),
        (state, OWL.sameAs, URIRef("http://www.wikidata.org/entity/Q881")),
    }


def test_another_thing_has_its_links_alone(tmp_path: Path) -> None:
    convention, target = resource("instrument/ilo-c29"), resource("instrument/sdg-target-10-7")
    assert set(build_links(write(tmp_path, INSTRUMENT, TARGET))) == {
        (convention, DCTERMS.identifier, text("C029")),
        (convention, RDFS.seeAlso, URIRef(NORMLEX)),
        (target, RDFS.seeAlso, URIRef("http://metadata.un.org/sdg/10.7")),
    }


@pytest.mark.parametrize("code", ["8", "17", "10.7", "10.10", "10.a", "C100701"])
def test_goals_targets_and_indicators_have_codes(tmp_path: Path, code: str) -> None:
    path = write(tmp_path, f'- {{id: instrument/x, sdg: "{code}", checked: The list.}}')
    (address,) = build_links(path).objects(predicate=RDFS.seeAlso)
    assert str(address) == f"http://metadata.un.org/sdg/{code}"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{id: body/ilo, wikidata: Q54129}", "body/ilo: It does not say how .* Add `checked:`"),
        ("{id: body/ilo, wikidata: Q54129, checked: ' '}", "body/ilo: It does not say how"),
        (
            "{id: body/ilo, checked: Two lists.}",
            "body/ilo: It links to nothing. Add one of iso3166",
        ),
        ("{wikidata: Q54129, checked: Two lists.}", "'' is no address: .* Correct the id"),
        ("{id: body/ILO, wikidata: Q54129, checked: Two lists.}", "'body/ILO' is no address"),
        ("{id: body/ilo, viaf: 1, checked: Two lists.}", "'viaf' is no list of codes. Use one of"),
        ("body/ilo", "'body/ilo' is no entry. Write it as `id:`"),
    ],
)
def test_an_entry_that_is_not_complete_is_refused(tmp_path: Path, entry: str, message: str) -> None:
    with pytest.raises(IngestError, match=message):
        build_links(write(tmp_path, STATE, f"- {entry}"))


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("state/x", "iso3166: VNM", "'VNM' is no code of ISO 3166-1. Write two capital letters"),
        ("state/x", "iso3166: vn", "'vn' is no code"),
        ("body/x", "iso3166: JP", "ISO 3166-1 has codes for state/... only. Remove `iso3166:`"),
        ("body/x", "wikidata: 881", "881 is no code of Wikidata. Write Q and a number"),
        ("body/x", "wikidata: Q0881", "'Q0881' is no code"),
        ("body/x", "wikidata: http://x/Q881", "'http.*Q881' is no code of Wikidata"),
        ("instrument/x", "normlex: C29", "'C29' is no code of NORMLEX. Write C, P or R and three"),
        ("instrument/x", "normlex: 312174", "312174 is no code of NORMLEX"),
        ("body/x", "normlex: C029", "NORMLEX has codes for instrument/... only"),
        ("instrument/x", "sdg: 10.7", "10.7 is no code of UN SDG. Write a quoted goal"),
        ("instrument/x", 'sdg: "18"', "'18' is no code of UN SDG"),
        ("instrument/x", 'sdg: "10.7.1"', "'10.7.1' is no code of UN SDG"),
        ("body/x", 'sdg: "10"', "UN SDG has codes for instrument/... only"),
    ],
)
def test_a_malformed_code_is_refused_with_its_line(
    tmp_path: Path, name: str, code: str, message: str
) -> None:
    path = write(tmp_path, STATE, f"- id: {name}", f"  {code}", "  checked: Two lists.")
    with pytest.raises(IngestError, match=rf"links.yaml:4: {name}: {message}"):
        build_links(path)


def test_a_thing_that_no_document_describes_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, STATE, OTHER)
    documents = [described("state/viet-nam"), described("body/ilo")]
    with pytest.raises(
        IngestError, match=r"links.yaml:3: state/malaysia: No document .* Correct the id"
    ):
        build_links(path, documents)
    assert build_links(path, [*documents, described("state/malaysia")])


def test_a_thing_that_stands_twice_is_refused(tmp_path: Path) -> None:
    again = "- {id: state/viet-nam, wikidata: Q1, checked: Two lists.}"
    with pytest.raises(
        IngestError,
        match=r"links.yaml:4: state/viet-nam: The thing stands already in line 2. Make one entry",
    ):
        build_links(write(tmp_path, STATE, OTHER, again))


def test_one_code_for_two_things_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, STATE, OTHER.replace("Q833", "Q881"))
    with pytest.raises(
        IngestError,
        match=r"links.yaml:3: state/malaysia: Wikidata Q881 is already state/viet-nam \(line 2\)",
    ):
        build_links(path)


@pytest.mark.parametrize("content", ["", "- {id: state/viet-nam}\n", "states: []\n"])
def test_a_file_without_the_list_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "links.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(IngestError, match=r"links.yaml: It is not one list `links:`"):
        build_links(path)


def test_a_document_describes_each_thing_of_the_file(graphs: Mapping[str, Graph]) -> None:
    ours = {"ontology", "schemes", "links", "provenance"}
    documents = [graph for slug, graph in graphs.items() if slug not in ours]
    assert build_links(FILE, documents)
    states = set(build_links(FILE).subjects(RDF.type, Cebu.MemberState))
    assert len(states) == 10


def test_a_row_shows_the_codes_and_the_check(tmp_path: Path) -> None:
    path = write(tmp_path, STATE.replace("Two lists.", "One | two."))
    assert links_page(path).endswith(
        "| `state/viet-nam` | ISO 3166-1 VN, "
        "[Wikidata Q881](http://www.wikidata.org/entity/Q881) | One \\| two. |\n"
    )


def test_the_page_shows_the_file_as_it_is() -> None:
    page = links_page(FILE)
    if os.environ.get("CEBU_APPROVE"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.exists(), f"{PAGE} is missing: run with CEBU_APPROVE=1 and read it"
    assert page == PAGE.read_text(encoding="utf-8")
    assert page.count("\n| `") == len(read_links(FILE))
