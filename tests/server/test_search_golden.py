"""Searches that people make of the real graph, each with what they are to find first."""

import csv
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from ontology.namespaces import ID
from server.settings import ROOT
from tests.server.door import HERE, Server, serving

with (HERE / "search_golden.csv").open(encoding="utf-8", newline="") as file:
    GOLDEN = [(row["search"], row["first"]) for row in csv.DictReader(file)]
TYPED = ("viet nam", "domestic workers convention", "portability of social protection", "werkers")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = str(ROOT / "data")
    with serving(tmp_path_factory.mktemp("real"), CEBU_DATA=data, CEBU_WORKERS="1") as running:
        yield running


@pytest.mark.parametrize(("text", "first"), GOLDEN)
def test_the_first_result_is_what_was_meant(real: Server, text: str, first: str) -> None:
    reply = real.request("/search?" + urlencode({"q": text, "format": "json"}))
    found = [item["iri"].removeprefix(ID) for item in reply.json()["results"]]
    assert found[:1] == [first] or found[0].startswith(first + "/"), found[:4]


@pytest.mark.parametrize(
    ("facet", "value", "pattern"),
    [
        ("kind", "project", "?s a cebu:Project"),
        ("kind", "instrument", "?s a/rdfs:subClassOf* cebu:Instrument"),
        ("kind", "passage", "?s a cebu:Passage"),
        ("theme", "afml-cluster/g", "?s cebu:theme/skos:broader* <{id}concept/afml-cluster/g>"),
        ("source", "priorities-paper-2017", "?s oa:hasSource <{id}document/priorities-paper-2017>"),
        ("state", "viet-nam", "?s ?p <{id}state/viet-nam>"),
        ("body", "acmw", "?s ?p <{id}body/acmw>"),
    ],
)
def test_facets_count_what_a_query_counts(
    real: Server, facet: str, value: str, pattern: str
) -> None:
    kind = {
        "theme": "recommendation",
        "source": "passage",
        "state": "initiative",
        "body": "project",
    }
    narrowed = {"kind": kind[facet]} if facet in kind else {}
    reply = real.request("/search?" + urlencode({**narrowed, "size": 1, "format": "json"}))
    counts = {item["value"]: item["count"] for item in reply.json()["facets"][facet]}
    class_ = {"kind": "", "theme": "Recommendation", "source": "Passage", "state": "Initiative"}
    typed = f"?s a cebu:{class_.get(facet, 'Project')} . " if class_.get(facet, "Project") else ""
    text = (
        "PREFIX cebu: <https://w3id.org/cebu/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#> "
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ {typed}{pattern.replace('{id}', ID)} }}"
    )
    rows = real.query(text, "application/json").json()["results"]["bindings"]
    assert counts[value] == int(rows[0]["n"]["value"]) > 0


def test_suggestions_come_as_fast_as_one_types(real: Server) -> None:
    times = []
    for text in TYPED:
        for end in range(1, len(text) + 1):
            start = time.perf_counter()
            reply = real.request("/search/suggest?" + urlencode({"q": text[:end]}))
            times.append(time.perf_counter() - start)
            assert reply.status == 200
    # The time on the wire counts here, too, and so does what else the machine does.
    assert statistics.median(times) < 0.02
