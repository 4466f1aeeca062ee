"""Answers that end at a limit: whole documents that say so."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from server.engine import cutting
from tests.server.door import Server, serving

ALL = "SELECT ?p { ?s ?p ?o }"
FORMATS = list(cutting._LAYOUTS)
XML = "{http://www.w3.org/2005/sparql-results#}"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    more = {"CEBU_MAX_ROWS": "7", "CEBU_MAX_BYTES": "20000", "CEBU_WORKERS": "1"}
    with serving(tmp_path_factory.mktemp("narrow"), **more) as running:
        yield running


def total(server: Server) -> str:
    reply = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv")
    return reply.text.split()[1]


def test_a_table_says_that_it_was_cut(narrow: Server) -> None:
    reply = narrow.query(ALL)
    assert reply.status == 200
    assert reply.headers["Cebu-Truncated"] == "rows=7; limit=rows; of=" + total(narrow)
    document = reply.json()
    assert len(document["results"]["bindings"]) == 7
    (link,) = document["head"]["link"]
    assert link.endswith("/problems#truncated")
    assert 'id="truncated"' in narrow.request("/problems").text


def test_a_table_at_the_limit_is_whole(narrow: Server) -> None:
    for number in (0, 1, 6, 7):
        reply = narrow.query(f"{ALL} LIMIT {number}")
        assert "Cebu-Truncated" not in reply.headers
        assert len(reply.json()["results"]["bindings"]) == number
    assert narrow.query(f"{ALL} LIMIT 8").headers["Cebu-Truncated"] == "rows=7; limit=rows; of=8"


def test_a_table_of_too_many_bytes_says_so(narrow: Server) -> None:
    reply = narrow.query('SELECT (CONCAT("x", STR(?n)) AS ?v) { VALUES ?n { 1 2 3 } }')
    assert "Cebu-Truncated" not in reply.headers
    longer = "SELECT ?v ?w { VALUES ?n { 1 2 3 } BIND('x' AS ?x) "
    for step in range(12):
        longer += f"BIND(CONCAT(?x{step or ''}, ?x{step or ''}) AS ?x{step + 1}) "
    reply = narrow.query(longer + "BIND(CONCAT(?x12, ?x12) AS ?v) }")
    assert reply.headers["Cebu-Truncated"] == "rows=2; limit=bytes"
    assert len(reply.json()["results"]["bindings"]) == 2
    assert len(reply.body) <= 20_100


def test_a_page_shows_the_first_and_says_so(server: Server) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 2500"
    page = server.query(query, "text/html").text
    assert "2,500 rows; this page shows the first 1,000" in page
    graph = "CONSTRUCT { ?a ?b ?n } { ?a ?b ?c . ?d ?e ?f BIND(STRUUID() AS ?n) } LIMIT 2500"
    assert "the first 1,000 statements" in server.query(graph, "text/html").text


@pytest.mark.parametrize("accept", ["text/turtle", "application/n-triples", "application/rdf+xml"])
def test_a_graph_says_that_it_was_cut(narrow: Server, accept: str) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    reply = narrow.query(query, accept)
    assert reply.headers["Cebu-Truncated"] == "rows=7; limit=rows"
    assert len(Graph().parse(data=reply.body, format=accept)) == 7
    assert "Cebu-Truncated" not in narrow.query(f"{query} LIMIT 7", accept).headers


def parsed(body: bytes, wanted: ox.QueryResultsFormat) -> list[Any]:
    """Return the rows by a parser of the format that is not the engine's."""
    if wanted == ox.QueryResultsFormat.JSON:
        return list(json.loads(body)["results"]["bindings"])
    if wanted == ox.QueryResultsFormat.XML:
        root = ElementTree.fromstring(body)
        return [ElementTree.tostring(row) for row in root.iter(f"{XML}result")]
    if wanted == ox.QueryResultsFormat.CSV:
        return list(csv.reader(io.StringIO(body.decode(), newline="")))[1:]
    return body.decode().split("\n")[1:-1]


NASTY = st.text(alphabet="\"\\\r\n\t},{[]<>&;/result?x'", max_size=12)


@given(
    st.lists(st.one_of(st.none(), NASTY), max_size=6),
    st.sampled_from(FORMATS),
    st.integers(0, 6),
    st.one_of(st.just(10_000), st.integers(0, 600)),
)
def test_cuts_fall_between_rows(
    texts: list[str | None], wanted: ox.QueryResultsFormat, rows: int, size: int
) -> None:
    def results() -> ox.QuerySolutions:
        values = " ".join(f"({f'{ox.Literal(t)}' if t is not None else 'UNDEF'} 1)" for t in texts)
        found = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {values} }} }}")
        assert isinstance(found, ox.QuerySolutions)
        return found

    whole = parsed(results().serialize(format=wanted) or b"", wanted)
    document = cutting.table(results(), wanted, rows=rows, size=size)
    if document.cut is None:
        assert parsed(document.body, wanted) == whole
        assert len(whole) <= rows
    elif size >= 200:  # enough for what stands before the rows
        left = parsed(document.body, wanted)
        assert left == whole[: len(left)]
        assert len(left) == document.cut.rows <= rows
        assert document.cut.of in {None, len(whole)}
        assert document.cut.by == "rows" or len(document.body) <= size + 100
