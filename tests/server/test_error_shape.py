"""One shape for every error, whatever it comes from (RFC 9457), in each form that can be asked."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from rdflib import Graph, URIRef
from werkzeug.test import TestResponse

from server.app import create_app
from server.engine.embedded import Answer, QueryRequest
from server.http.problems import KINDS, Problem
from server.settings import Settings
from tests.server.door import DATA

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
STATUS = URIRef("http://www.w3.org/2011/http#statusCodeValue")


class _Failing:
    """An engine that raises what it is given."""

    def __init__(self, error: Exception, version: str) -> None:
        self.error = error
        self.generation = 0
        self.version = version

    def query(self, request: QueryRequest) -> Answer:
        raise self.error

    def reload(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    defaults = Settings.from_environment({})
    store = tmp_path_factory.mktemp("errors")
    app = create_app(
        dataclasses.replace(defaults, store=store, data=DATA, queries=DATA / "queries")
    )
    for name, error in FAILING.items():
        app.add_url_rule(f"/failing/{name}", name, partial(_fail, error))
    here = app.extensions["cebu"]
    yield app
    here.close()


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    here = app.extensions["cebu"]
    yield app.test_client()
    app.extensions["cebu"] = here


def _fail(error: Exception | int) -> str:
    if isinstance(error, int):
        abort(error)
    raise error


# Routes that a view of the future could have.
FAILING: dict[str, Exception | int] = {
    "400": 400,
    "429": 429,
    "500": 500,
    "503": 503,
    "error": ValueError("secret"),
}


def q(text: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": text, **more})


def by_engine(error: Exception) -> Callable[[Flask], tuple[str, dict[str, Any]]]:
    def prepare(app: Flask) -> tuple[str, dict[str, Any]]:
        here = app.extensions["cebu"]
        app.extensions["cebu"] = dataclasses.replace(
            here, engine=_Failing(error, here.data.version)
        )
        return q("ASK {}"), {}

    return prepare


def sent(path: str, **arguments: Any) -> Callable[[Flask], tuple[str, dict[str, Any]]]:  # noqa: ANN401
    return lambda _app: (path, arguments)


# The status, the kind, and a request that meets it: from the framework's routing and parsing, each
# part of ours, the engine, and what nobody foresaw.
SOURCES = {
    "no route": (404, "not-found", sent("/none")),
    "no file": (404, "not-found", sent("/static/none.css")),
    "outside": (404, "not-found", sent("/static/../app.py")),
    "method": (405, "method", sent("/dataset", method="DELETE")),
    "method at the endpoint": (405, "method", sent("/sparql", method="PUT")),
    "a body too large": (
        413,
        "too-large",
        sent("/sparql", method="POST", data=b"x" * 300_000, content_type=DIRECT),
    ),
    "a form too large": (
        413,
        "too-large",
        sent("/sparql", method="POST", data=b"query=" + b"x" * 300_000, content_type=FORM),
    ),
    "media type": (
        415,
        "media-type",
        sent("/sparql", method="POST", data=b"ASK {}", content_type="text/plain"),
    ),
    "charset": (
        415,
        "media-type",
        sent("/sparql", method="POST", data=b"ASK {}", content_type=f"{DIRECT}; charset=UTF-16"),
    ),
    "bytes that are no UTF-8": (
        400,
        "bad-request",
        sent("/sparql", method="POST", data=b"ASK {'\xff'}", content_type=DIRECT),
    ),
    "an address that is no UTF-8": (400, "bad-request", sent("/sparql?query=%FF")),
    "a form that is no UTF-8": (
        400,
        "bad-request",
        sent("/sparql", method="POST", data=b"query=%FF", content_type=FORM),
    ),
    "no query": (400, "query-missing", sent("/sparql?query=")),
    "two queries": (400, "query-repeated", sent("/sparql?query=ASK{}&query=ASK{}")),
    "an update": (400, "update-refused", sent("/sparql?update=CLEAR+ALL")),
    "syntax": (400, "query-syntax", sent(q("SELECT"))),
    "length": (413, "query-too-long", sent(q("#" * 70_000))),
    "depth": (400, "query-too-deep", sent(q("SELECT * " + "{" * 200 + "}" * 200))),
    "service": (403, "service-refused", sent(q("SELECT * { SERVICE <http://x.example/> {} }"))),
    "graph": (400, "graph-unknown", sent(q("ASK FROM <http://x.example/> {}"))),
    "dataset": (
        400,
        "graph-unknown",
        sent(q("ASK {}", **{"default-graph-uri": "http://x.example/"})),
    ),
    "named graph": (404, "graph-unknown", sent("/graph/none")),
    "entity": (404, "entity-unknown", sent("/doc/state/none")),
    "thing": (404, "entity-unknown", sent("/id/state/none")),
    "an entity that is no address": (404, "entity-unknown", sent("/doc/%3Cscript%3E%00%01 {x}")),
    "suffix": (404, "not-found", sent("/dataset.exe")),
    "question": (404, "question-unknown", sent("/queries/none")),
    "page": (400, "parameter", sent("/doc/state/viet-nam?page=none")),
    "If-Match": (412, "precondition", sent("/dataset", headers={"If-Match": '"other"'})),
    "engine refuses": (403, "service-refused", by_engine(Problem("service-refused", "No."))),
    "engine fails": (500, "query-failed", by_engine(Problem("query-failed", "It stopped."))),
    "engine breaks": (500, "internal", by_engine(RuntimeError("secret"))),
    "engine has no memory": (500, "internal", by_engine(MemoryError("secret"))),
    "view breaks": (500, "internal", sent("/failing/error")),
    "framework: 400": (400, "bad-request", sent("/failing/400")),
    "framework: 429": (429, "bad-request", sent("/failing/429")),
    "framework: 500": (500, "internal", sent("/failing/500")),
    "framework: 503": (503, "internal", sent("/failing/503")),
}


def meet(app: Flask, client: FlaskClient, source: str, accept: str | None) -> TestResponse:
    path, arguments = SOURCES[source][2](app)
    headers = {**arguments.get("headers", {}), **({"Accept": accept} if accept else {})}
    return client.open(path, buffered=True, **{**arguments, "headers": headers})


@pytest.mark.parametrize("source", SOURCES)
def test_an_error_is_a_problem(app: Flask, client: FlaskClient, source: str) -> None:
    status, slug, _ = SOURCES[source]
    for accept in (None, "application/problem+json, */*;q=0.1", "*/*;q=0.1"):
        reply = meet(app, client, source, accept)
        assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
        problem = reply.get_json()
        assert problem["type"] == f"https://w3id.org/cebu/problems#{slug}"
        assert problem["title"] == KINDS[slug].title
        assert problem["status"] == status
        assert problem["detail"]
        assert problem["next"]
        assert "secret" not in reply.text
        assert "Traceback" not in reply.text
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        if status == 405:
            assert "GET" in reply.headers["Allow"]


@pytest.mark.parametrize("source", SOURCES)
def test_an_error_is_a_page_for_a_browser(app: Flask, client: FlaskClient, source: str) -> None:
    reply = meet(app, client, source, "text/html,application/xhtml+xml,*/*;q=0.8")
    assert (reply.status_code, reply.mimetype) == (SOURCES[source][0], "text/html")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "secret" not in reply.text
    assert "<script>" not in reply.text


@pytest.mark.parametrize(
    ("accept", "syntax"),
    [
        ("text/turtle", "turtle"),
        ("application/rdf+xml", "xml"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
    ],
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("source", SOURCES)
def test_an_error_is_a_graph_for_those_who_ask_for_one(
    app: Flask, client: FlaskClient, source: str, accept: str, syntax: str
) -> None:
    reply = meet(app, client, source, accept)
    assert (reply.status_code, reply.mimetype) == (SOURCES[source][0], accept)
    graph = Graph().parse(data=reply.data, format=syntax)
    assert [int(str(value)) for value in graph.objects(None, STATUS)] == [SOURCES[source][0]]


@pytest.mark.parametrize("source", SOURCES)
def test_an_error_is_a_sentence_in_plain_text(app: Flask, client: FlaskClient, source: str) -> None:
    reply = meet(app, client, source, "text/plain, */*;q=0.1")
    assert (reply.status_code, reply.mimetype) == (SOURCES[source][0], "text/plain")
    assert reply.text.startswith(KINDS[SOURCES[source][1]].title)


def test_a_suffix_goes_before_the_header(client: FlaskClient) -> None:
    reply = client.get("/doc/state/none.ttl", headers={"Accept": "text/html"})
    assert (reply.status_code, reply.mimetype) == (404, "text/turtle")


def test_a_format_that_no_error_has_gives_json(client: FlaskClient) -> None:
    for accept in ("image/png", "application/sparql-results+json", "text/csv", "nonsense"):
        reply = client.get("/none", headers={"Accept": accept})
        assert reply.mimetype == "application/problem+json"


def test_what_parses_not_is_told_with_its_place(client: FlaskClient) -> None:
    problem = client.get(q("SELECT *\nWHERE {\n  ?s ?p }")).get_json()
    assert (problem["line"], problem["column"]) == (3, 9)
    assert problem["expected"]


def test_a_format_that_is_not_there_is_told_with_those_that_are(client: FlaskClient) -> None:
    for path, kind in (
        ("/dataset", "text/turtle"),
        ("/sparql", "text/turtle"),
        ("/queries", "application/json"),
        (q("ASK {}"), "application/sparql-results+json"),
    ):
        reply = client.get(path, headers={"Accept": "image/png"})
        assert reply.status_code == 406
        assert kind in reply.get_json()["available"]
        assert "Accept" in reply.headers["Vary"]
