"""Whatever way an answer takes, it is the one that rdflib's own engine gives on the real graph.

The ways: evaluated by a query process, kept from before, asked by GET and by POST, in each format,
with graphs chosen in the query or beside it, and after a write.
"""

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from rdflib import Dataset, Graph, URIRef
from rdflib.namespace import RDF

from ontology.namespaces import new_graph
from server.library.library import Library, Question
from server.settings import Settings
from tests.rdflib_answers import RdflibAnswers, Row, rows
from tests.server.door import Reply, Server, serving
from tests.w3c.results import canonical

# rdflib 7 warns of parts of Dataset that it still uses itself.
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated, use Dataset:DeprecationWarning")

SETTINGS: Final = Settings.from_environment({})
QUESTIONS: Final = list(Library.load(SETTINGS.queries))
WORKERS: Final = 2
TOKEN: Final = "a-token-of-the-tests"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT: Final = {"Content-Type": "application/sparql-query"}
JSON: Final = "application/sparql-results+json"
TABLES: Final = {
    JSON: ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
PLAN: Final = "https://w3id.org/cebu/graph/action-plan-2018-2025"
REVIEW: Final = "https://w3id.org/cebu/graph/afml-progress-review-2020"
PAPER: Final = "https://w3id.org/cebu/graph/priorities-paper-2017"
NEW: Final = "http://example.org/graph"
THING: Final = "<http://example.org/Thing>"
A: Final = "<http://example.org/a>"
B: Final = "<http://example.org/b>"
PREFIXES: Final = """
PREFIX cebu: <https://w3id.org/cebu/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX state: <https://w3id.org/cebu/id/state/>
"""
MADE: Final = {
    "construct": "CONSTRUCT { ?p cebu:coordinator ?c . ?c rdfs:label ?name } "
    "WHERE { ?p cebu:coordinator ?c . ?c rdfs:label ?name }",
    "blank nodes": "CONSTRUCT { [] rdfs:label ?name ; cebu:state ?s } "
    "WHERE { ?s a cebu:MemberState ; rdfs:label ?name }",
    "construct where": "CONSTRUCT WHERE { ?s a cebu:Meeting ; rdfs:label ?name }",
    "describe": "DESCRIBE state:viet-nam",
    "describe what matches": "DESCRIBE ?s WHERE { ?s a cebu:MemberState }",
}
ASKED: Final = {
    "yes": "ASK { state:viet-nam a cebu:MemberState }",
    "no": "ASK { state:viet-nam a cebu:Meeting }",
    "no, with a filter": "ASK { ?s cebu:number ?n FILTER(?n = 'no such number') }",
}
SCOPED: Final = {
    "each": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s a cebu:Claim } } GROUP BY ?g",
    "one": f"SELECT ?s ?name {{ GRAPH <{PLAN}> {{ ?s a cebu:Project ; rdfs:label ?name }} }}",
    "one and the union": f"SELECT ?s ?name {{ GRAPH <{PLAN}> {{ ?s a cebu:Project }} "
    "?s rdfs:label ?name }",
    "in which": "SELECT ?g { GRAPH ?g { state:viet-nam a cebu:MemberState } }",
    "not in": f"SELECT ?b {{ ?b a cebu:Body MINUS {{ GRAPH <{REVIEW}> {{ ?b a cebu:Body }} }} }}",
    "none": f"SELECT ?s {{ GRAPH <{NEW}> {{ ?s ?p ?o }} }}",
}
COUNTED: Final = "SELECT ?type (COUNT(?s) AS ?n) {} WHERE {{ ?s a ?type }} GROUP BY ?type"


def texts(found: list[dict[str, str]]) -> Counter[frozenset[tuple[str, str]]]:
    """Return rows without the kinds of their terms, which is all that CSV has."""
    return Counter(
        frozenset((name, number(value)) for name, value in row.items() if value) for row in found
    )


def number(value: str) -> str:
    try:
        return str(Decimal(value).normalize())
    except InvalidOperation:
        return value


def as_texts(expected: list[Row]) -> Counter[frozenset[tuple[str, str]]]:
    return texts([{name: value[1] for name, value in row} for row in expected])


def found_rows(reply: Reply) -> Counter[Row]:
    assert reply.status == 200, reply.text
    return Counter(rows(reply.body, TABLES[reply.type]))


def hits(server: Server) -> int:
    text = server.request("/metrics").text
    found = re.search(r'cebu_cache_lookups_total\{result="hit"\} (\d+)', text)
    return int(found[1]) if found else 0


def post(server: Server, text: str, accept: str, *, direct: bool = False) -> Reply:
    body = text if direct else urlencode({"query": text})
    headers = {**(DIRECT if direct else FORM), "Accept": accept}
    return server.request("/sparql", method="POST", body=body.encode(), headers=headers)


def graph(body: bytes, media_type: str) -> frozenset[ox.Quad]:
    """Return the same for graphs that differ in nothing but their blank nodes."""
    format_ = ox.RdfFormat.from_media_type(media_type)
    assert format_ is not None
    return canonical(list(ox.parse(body, format=format_)))


def update(server: Server, text: str) -> None:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    reply = server.request("/update", method="POST", body=text.encode(), headers=headers)
    assert reply.status == 204, reply.text


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the real graph as an operator does: with query processes and kept answers."""
    place = tmp_path_factory.mktemp("real")
    with serving(
        place,
        CEBU_DATA=str(SETTINGS.data),
        CEBU_QUERIES=str(SETTINGS.queries),
        CEBU_WORKERS=str(WORKERS),
        CEBU_TOKEN=TOKEN,
    ) as running:
        # What is seconds old gets no date and is not kept.
        while "Last-Modified" not in running.query("ASK {}", JSON).headers:
            time.sleep(0.2)
        # The first validation is of the whole graph, and writes wait for it.
        while not list(place.glob("*/results.json")):
            time.sleep(0.2)
        yield running


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_of_the_library(
    question: Question, real: Server, by_rdflib: RdflibAnswers
) -> None:
    query = question.query(question.values({}))
    rdflib_rows = by_rdflib.table(query)
    expected = Counter(rdflib_rows)
    first = real.query(query, JSON)
    assert found_rows(first) == expected
    before = hits(real)
    again = real.query(query, JSON)
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    assert hits(real) == before + 1
    for media_type in TABLES:
        assert found_rows(post(real, query, media_type)) == expected
    table = post(real, query, "text/csv", direct=True)
    assert texts(list(csv.DictReader(io.StringIO(table.text, newline="")))) == as_texts(rdflib_rows)


@pytest.mark.parametrize("asked", ASKED)
def test_a_question_with_yes_or_no(asked: str, real: Server, by_rdflib: RdflibAnswers) -> None:
    query = PREFIXES + ASKED[asked]
    expected = by_rdflib.union.query(query).askAnswer
    assert expected is (asked == "yes")
    for reply in (real.query(query, JSON), real.query(query, JSON), post(real, query, JSON)):
        assert reply.json()["boolean"] is expected


@pytest.mark.parametrize("made", MADE)
def test_a_graph_that_a_query_makes(made: str, real: Server, by_rdflib: RdflibAnswers) -> None:
    query = PREFIXES + MADE[made]
    union = by_rdflib.union
    if made.startswith("describe"):
        # What a description has is left to the server (SPARQL 1.1 Query, section 16.4): here the
        # statements with the thing as their subject. rdflib adds those of blank nodes: none.
        things = [URIRef("https://w3id.org/cebu/id/state/viet-nam")]
        if "WHERE" in query:
            kind = URIRef("https://w3id.org/cebu/ontology#MemberState")
            things = [
                thing for thing in union.subjects(RDF.type, kind) if isinstance(thing, URIRef)
            ]
        expected = new_graph()
        for thing in things:
            for triple in union.triples((thing, None, None)):
                expected.add(triple)
    else:
        answer = union.query(query).graph
        assert answer is not None
        expected = answer
    assert len(expected) > 0
    right = graph(expected.serialize(format="nt", encoding="utf-8"), "application/n-triples")
    for media_type in ("text/turtle", "application/n-triples", "application/ld+json"):
        for reply in (
            real.query(query, media_type),
            real.query(query, media_type),
            post(real, query, media_type),
        ):
            assert reply.status == 200, reply.text
            assert graph(reply.body, reply.type) == right


@pytest.mark.parametrize("scope", SCOPED)
def test_a_question_on_named_graphs(scope: str, real: Server, by_rdflib: RdflibAnswers) -> None:
    query = PREFIXES + SCOPED[scope]
    expected = Counter(table(by_rdflib.dataset, query))
    assert bool(expected) is (scope != "none")
    for reply in (real.query(query, JSON), real.query(query, JSON), post(real, query, JSON)):
        assert found_rows(reply) == expected


@pytest.mark.parametrize("names", [[PLAN], [REVIEW, PAPER]], ids=["one", "two"])
def test_a_question_on_the_union_of_chosen_graphs(
    names: list[str], real: Server, by_rdflib: RdflibAnswers
) -> None:
    merged = new_graph()  # what FROM means (SPARQL 1.1 Query, section 13.2); rdflib would fetch it
    for name in names:
        merged += by_rdflib.dataset.graph(URIRef(name))
    expected = Counter(table(merged, COUNTED.format("")))
    written = COUNTED.format(" ".join(f"FROM <{name}>" for name in names))
    beside = urlencode({"query": COUNTED.format(""), "default-graph-uri": names}, doseq=True)
    whole = found_rows(real.query(COUNTED.format(""), JSON))
    assert whole == Counter(table(by_rdflib.union, COUNTED.format("")))
    assert whole != expected
    for _ in range(2):
        assert found_rows(real.query(written, JSON)) == expected
        assert found_rows(real.request(f"/sparql?{beside}", JSON)) == expected
        by_form = real.request(
            "/sparql", method="POST", body=beside, headers={**FORM, "Accept": JSON}
        )
        assert found_rows(by_form) == expected
    assert found_rows(real.query(COUNTED.format(""), JSON)) == whole


def test_after_each_write_every_process_and_every_kept_answer_is_new(
    real: Server, by_rdflib: RdflibAnswers
) -> None:
    expected = new_graph()
    expected += by_rdflib.union
    writes = (
        f"INSERT DATA {{ GRAPH <{NEW}> {{ {A} a {THING} ; rdfs:label 'A'@en }} }}",
        f"INSERT DATA {{ GRAPH <{NEW}> {{ {B} a {THING} ; rdfs:label 'B'@en }} }}",
        f"DELETE DATA {{ GRAPH <{NEW}> {{ {A} a {THING} ; rdfs:label 'A'@en }} }}",
    )
    questions = (
        f"SELECT ?thing ?name {{ ?thing a {THING} ; rdfs:label ?name }}",
        f"SELECT (COUNT(?thing) AS ?n) {{ ?thing a {THING} }}",
    )
    try:
        for turn, write in enumerate(writes):
            for question in questions:
                real.query(PREFIXES + question, JSON)
            update(real, PREFIXES + write)
            in_union = re.sub(rf"GRAPH <{NEW}> {{(.*?)}}", r"\1", write)
            expected.update(PREFIXES + in_union)
            for question in questions:
                right = Counter(table(expected, PREFIXES + question))
                assert found_rows(real.query(PREFIXES + question, JSON)) == right
                # None of these has been asked before: they keep all processes busy.
                fresh = [
                    f"{PREFIXES}{question} LIMIT {100 + 20 * turn + i}" for i in range(8 * WORKERS)
                ]
                with ThreadPoolExecutor(2 * WORKERS) as pool:
                    for reply in pool.map(lambda text: real.query(text, JSON), fresh):
                        assert found_rows(reply) == right
    finally:
        update(real, f"DROP SILENT GRAPH <{NEW}>")
    for question in questions:
        right = Counter(table(by_rdflib.union, PREFIXES + question))
        assert found_rows(real.query(PREFIXES + question, JSON)) == right


def table(data: Graph | Dataset, query: str) -> list[Row]:
    """Return the rows that rdflib finds."""
    body = data.query(query).serialize(format="json")
    assert body is not None
    return rows(body, ox.QueryResultsFormat.JSON)
