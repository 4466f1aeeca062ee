"""What is answered before the framework is what the framework would answer."""

import dataclasses
import re
import time
from collections.abc import Iterator, Mapping
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from server.app import create_app
from server.endpoint.direct_answers import DirectAnswers
from server.engine.embedded import EmbeddedEngine
from server.engine.limits import Limits
from server.settings import Settings
from tests.server.door import DATA
from tests.server.test_compression import DECODERS

TABLE = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 9"
QUERIES = (
    TABLE,
    "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 40",
    "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 41",
    "ASK { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } { { SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3 } }",
    "SELECT (STRUUID() AS ?id) {}",
    "SELECT ?where",
    "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }",
    "SELECT * FROM <http://nowhere.example/> { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    " ",
)
ACCEPTS = (None, "*/*", "text/csv", "application/sparql-results+xml", "text/turtle", "text/html",
           "application/json;q=0.5, text/tab-separated-values", "image/png")  # fmt: skip
FIELDS = st.lists(
    st.one_of(
        st.tuples(st.just("query"), st.sampled_from(QUERIES)),
        st.tuples(st.just("format"), st.sampled_from(("csv", "ttl", "html", "none", ""))),
        st.tuples(st.just("timeout"), st.sampled_from(("5", "0", "x"))),
        st.tuples(st.just("default-graph-uri"), st.just("http://nowhere.example/")),
        st.tuples(st.just("explain"), st.just("empty")),
        st.tuples(st.just("update"), st.just("CLEAR ALL")),
        st.tuples(st.just("other"), st.just("\N{BLACK STAR}")),
    ),
    max_size=3,
)
REQUESTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(("GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT")),
        "fields": st.one_of(
            st.sampled_from(QUERIES).map(lambda text: [("query", text)]),
            st.tuples(st.sampled_from(QUERIES), FIELDS).map(lambda t: [("query", t[0]), *t[1]]),
            FIELDS,
        ),
        "suffix": st.sampled_from(("", "", "", "", "&query=%FF", "&&", ";")),
        "type": st.sampled_from(
            (
                "application/x-www-form-urlencoded",
                "application/sparql-query",
                "application/sparql-query; charset=utf-8",
                "text/plain",
            )
        ),
        "headers": st.fixed_dictionaries(
            {},
            optional={
                "Accept": st.sampled_from([accept for accept in ACCEPTS if accept]),
                "Accept-Encoding": st.sampled_from(("gzip", "identity", "br;q=0", "*", "")),
                "Authorization": st.just("Bearer x"),
                "If-None-Match": st.sampled_from(('"x"', "*")),
                "Range": st.just("bytes=0-5"),
                "Host": st.sampled_from(("b.example:81", "a_b%", "")),
                "Origin": st.just("https://other.example"),
            },
        ),
    }
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = create_app(
        dataclasses.replace(
            Settings.from_environment({}),
            store=tmp_path_factory.mktemp("direct"),
            data=DATA,
            queries=DATA / "queries",
            cache=0,
            limits=Limits(rows=40),
        )
    )
    time.sleep(2.5)  # until what was built counts as old enough to have a date
    yield made
    made.extensions["cebu"].close()


def direct(app: Flask) -> DirectAnswers:
    found = app.extensions["cebu-direct"]
    assert isinstance(found, DirectAnswers)
    return found


def send(app: Flask, wanted: Mapping[str, object]) -> TestResponse:
    fields = wanted["fields"]
    assert isinstance(fields, list)
    text = urlencode(fields) + str(wanted["suffix"])
    headers = dict(wanted["headers"])  # type: ignore[call-overload]
    if wanted["method"] == "POST":
        path, body = "/sparql", text
        headers["Content-Type"] = str(wanted["type"])
        if headers["Content-Type"].startswith("application/sparql-query"):
            body = dict(fields).get("query", "")
    else:
        path, body = f"/sparql?{text}", ""
    return Client(app).open(
        path, method=str(wanted["method"]), headers=headers, data=body.encode(), buffered=True
    )


def parts(reply: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    # What is random in a text changes its length once it is encoded.
    coding = reply.headers.pop("Content-Encoding", None)
    body = DECODERS[coding](reply.data) if coding and reply.data else reply.data
    if coding:
        reply.headers["Content-Length"] = f"as {coding}"
    if reply.status_code >= 400:
        body = re.sub(rb'"instance".*|urn:uuid:\S+', b"", body)
    body = re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"", body)
    fields = [(name.lower(), value) for name, value in reply.headers.items() if name != "Date"]
    return reply.status_code, sorted(fields), body


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@given(REQUESTS)
@options(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_is_the_framework_s_answer(app: Flask, wanted: dict[str, object]) -> None:
    given_directly = send(app, wanted)
    middleware = direct(app)
    with patch.object(DirectAnswers, "__call__", lambda _, *given: middleware.app(*given)):
        by_the_framework = send(app, wanted)
    assert parts(given_directly) == parts(by_the_framework)


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", None])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_framework_is_not_asked(app: Flask, method: str, accept: str | None) -> None:
    headers = {"Accept": accept} if accept else {}
    wanted: dict[str, object] = {
        "method": method,
        "fields": [("query", TABLE)],
        "suffix": "",
        "type": "application/sparql-query",
        "headers": headers,
    }
    send(app, wanted)
    with patch.object(Flask, "full_dispatch_request", side_effect=AssertionError):
        reply = send(app, wanted)
    assert reply.status_code == 200
    assert len(reply.data.splitlines()) >= 1


@pytest.mark.parametrize("query", [*QUERIES[:5], *QUERIES[6:9]])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_no_query_is_evaluated_twice(app: Flask, query: str, coding: str) -> None:
    wanted: dict[str, object] = {
        "method": "GET",
        "fields": [("query", query)],
        "suffix": "",
        "headers": {"Accept": "*/*", "Accept-Encoding": coding},
    }
    asked = EmbeddedEngine.query
    with patch.object(EmbeddedEngine, "query", autospec=True, side_effect=asked) as query_:
        send(app, wanted)
    assert query_.call_count == 1


def test_an_answer_made_during_a_change_has_no_tag(app: Flask) -> None:
    services = app.extensions["cebu"]
    asked = EmbeddedEngine.query

    def slow(self: EmbeddedEngine, request: object) -> object:
        answer = asked(self, request)  # type: ignore[arg-type]
        services.engine.reload()
        return answer

    path = "/sparql?" + urlencode({"query": TABLE})
    assert "ETag" in Client(app).get(path).headers
    with patch.object(EmbeddedEngine, "query", slow):
        reply = Client(app).get(path)
    assert reply.status_code == 200
    assert "ETag" not in reply.headers
