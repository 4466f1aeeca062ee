"""A kept answer is the one that would be made now, byte for byte and field for field."""

import dataclasses
import re
import time
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from cachetools import LRUCache
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from server.app import create_app
from server.http.response_cache import ResponseCache
from server.settings import Settings
from tests.server.door import DATA, Reply, Server, serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TABLE = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"
GRAPH = "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NOW = "SELECT (NOW() AS ?now) {}"


def ask(query: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": query, **more})


PATHS = (
    "/",
    "/doc/state/viet-nam",
    "/doc/state/viet-nam.ttl",
    "/doc/state/none",
    "/ontology",
    "/queries",
    "/health",
    "/static/cebu.css",
    ask(TABLE),
    ask(TABLE, format="csv"),
    ask(TABLE, timeout="5"),
    ask(TABLE, timeout="6"),
    ask(TABLE, explain="empty"),
    ask(GRAPH),
    ask("SELECT"),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    defaults = Settings.from_environment({})
    store = tmp_path_factory.mktemp("kept")
    made = create_app(
        dataclasses.replace(
            defaults, store=store, data=DATA, queries=DATA / "queries", cache=1024**2, proxies=1
        )
    )
    time.sleep(2.5)  # until what was built counts as old enough to have a date
    yield made
    made.extensions["cebu"].close()


def cache_of(app: Flask) -> ResponseCache:
    cache = app.extensions["cebu-cache"]
    assert isinstance(cache, ResponseCache)
    return cache


def lookups(server: Server) -> dict[str, int]:
    text = server.request("/metrics").text
    found = re.findall(r'cebu_cache_lookups_total\{result="(\w+)"\} (\d+)', text)
    return {name: int(number) for name, number in found}


def whole(reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
    fields = [(name, value) for name, value in reply.headers.items() if name.lower() != "date"]
    return reply.status, fields, reply.body


@pytest.fixture(scope="module")
def settled(server: Server) -> Server:
    for _ in range(40):
        if "Last-Modified" in server.request("/ontology").headers:
            return server
        time.sleep(0.2)
    raise AssertionError("what is served stays too new")


@pytest.mark.parametrize("coding", [None, "gzip", "br", "zstd, gzip"])
@pytest.mark.parametrize("path", ["/", "/doc/state/viet-nam", "/ontology.ttl", ask(TABLE)])
def test_the_second_answer_is_the_first_one(settled: Server, path: str, coding: str | None) -> None:
    headers = {"Accept-Encoding": coding} if coding else {}
    first = settled.request(path, headers=headers)
    before = lookups(settled)["hit"]
    again = settled.request(path, headers=headers)
    assert whole(again) == whole(first)
    known = {**headers, "If-None-Match": first.headers["ETag"]}
    assert whole(settled.request(path, headers=known)) == whole(
        settled.request(path, headers=known)
    )
    head = settled.request(path, method="HEAD", headers=headers)
    assert (head.status, head.body) == (200, b"")
    assert whole(head)[1] == whole(first)[1]
    assert lookups(settled)["hit"] == before + 3


def test_a_question_by_post_is_kept_too(settled: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = [urlencode({"query": text}) for text in (TABLE, COUNT)]
    firsts = [settled.request("/sparql", method="POST", body=b, headers=form) for b in bodies]
    before = lookups(settled)["hit"]
    again = [settled.request("/sparql", method="POST", body=b, headers=form) for b in bodies]
    assert list(map(whole, again)) == list(map(whole, firsts))
    assert firsts[0].body != firsts[1].body
    assert lookups(settled)["hit"] == before + 2
    direct = {"Content-Type": "application/sparql-query"}
    refused = settled.request("/sparql", method="POST", body=bodies[0], headers=direct)
    assert refused.status == 400


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (ask("SELECT"), {}),
        ("/doc/state/none", {}),
        (ask(NOW), {}),
        (ask(TABLE, explain="empty"), {}),
        (ask(TABLE), {"Authorization": "Bearer x"}),
        (ask(TABLE), {"If-Match": '"other"'}),
        ("/health", {}),
    ],
)
def test_what_may_differ_is_made_each_time(
    settled: Server, path: str, headers: dict[str, str]
) -> None:
    before = lookups(settled)
    for _ in range(3):
        settled.request(path, headers=headers)
    assert lookups(settled) == before


def test_an_answer_that_was_cut_is_not_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("cut")
    with serving(store, CEBU_MAX_ROWS="5", CEBU_WORKERS="1") as server:
        time.sleep(2.5)
        for _ in range(3):
            assert "Cebu-Truncated" in server.query(TABLE).headers
        assert lookups(server) == {"hit": 0, "miss": 0}
        for _ in range(3):
            assert "Cebu-Truncated" not in server.query(TABLE.replace("50", "5")).headers
        assert lookups(server) == {"hit": 2, "miss": 1}


def test_no_cache_is_a_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("off"), CEBU_CACHE_BYTES="0", CEBU_WORKERS="1") as server:
        time.sleep(2.5)
        assert whole(server.query(TABLE)) == whole(server.query(TABLE))
        assert lookups(server) == {"hit": 0, "miss": 0}


def test_a_change_of_the_data_is_seen_at_once(app: Flask) -> None:
    services = app.extensions["cebu"]
    client = Client(app)
    node = ox.NamedNode("https://example.org/new")
    for _ in range(3):
        before = client.get(ask(COUNT, format="csv")).text
        assert client.get(ask(COUNT, format="csv")).text == before
        services.data.store.add(ox.Quad(node, node, ox.Literal(before)))
        services.engine.reload()
        assert client.get(ask(COUNT, format="csv")).text != before


def test_a_kept_answer_has_the_date_of_its_sending(app: Flask) -> None:
    client = Client(app)
    dates = []
    for _ in range(2):
        dates.append(parsedate_to_datetime(client.get("/ontology").headers["Date"]))
        time.sleep(1.1)
    assert dates[1] > dates[0]


def test_an_answer_made_during_a_change_is_not_kept(app: Flask) -> None:
    services, cache = app.extensions["cebu"], cache_of(app)
    inner = cache.app

    def slow(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        parts = inner(environ, start_response)
        services.engine.reload()
        return parts

    cache.app = slow
    try:
        before = cache.size
        for _ in range(3):
            assert Client(app).get(ask(COUNT, format="tsv")).status_code == 200
        assert cache.size == before
    finally:
        cache.app = inner


def test_the_room_is_never_exceeded(app: Flask) -> None:
    cache = cache_of(app)
    client = Client(app)
    sizes = []
    for number in range(300):
        assert client.get(ask(f"{TABLE} OFFSET {number % 150}", format="json")).status_code == 200
        sizes.append(cache.size)
    assert max(sizes) <= 1024**2
    assert sizes[-1] > 1024**2 * 0.8
    # One that would take more than its part is not taken.
    long = ask("SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 2000", format="json")
    assert len(client.get(long).data) > 1024**2 / 8
    assert cache.size == sizes[-1]


ACCEPTS = (None, "*/*", "text/html", "text/turtle", "text/csv", "application/ld+json", "image/png")
CODINGS = (None, "", "gzip", "br;q=0.5, gzip", "*", "identity", "*;q=0", "zstd, br")
REQUESTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(("GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "POST")),
        "path": st.sampled_from(PATHS),
        "accept": st.sampled_from(ACCEPTS),
        "coding": st.sampled_from(CODINGS),
        "host": st.sampled_from(("a.example", "b.example:81")),
        "scheme": st.sampled_from((None, "https")),
        "condition": st.sampled_from(("none", "none", "same", "other coding", "*", "date", "not")),
        "token": st.sampled_from((None, None, None, "Bearer x")),
    }
)


def send(client: Client, wanted: dict[str, str | None], known: TestResponse | None) -> TestResponse:
    headers = {"Host": str(wanted["host"])}
    for name, value in (
        ("Accept", wanted["accept"]),
        ("Accept-Encoding", wanted["coding"]),
        ("X-Forwarded-Proto", wanted["scheme"]),
        ("Authorization", wanted["token"]),
    ):
        if value is not None:
            headers[name] = value
    fields = known.headers if known else Headers()
    tag = fields.get("ETag", '"none"')
    match wanted["condition"]:
        case "same":
            headers["If-None-Match"] = tag
        case "other coding":
            headers["If-None-Match"] = re.sub(r'(-\w+)?"$', '-gzip"', tag)
        case "*":
            headers["If-None-Match"] = "*"
        case "date":
            headers["If-Modified-Since"] = fields.get("Last-Modified", "")
        case "not":
            headers["If-Match"] = '"other"'
    return client.open(
        str(wanted["path"]), method=str(wanted["method"]), headers=headers, buffered=True
    )


def parts(reply: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    body = reply.data
    if reply.headers.get("Cache-Control") == "no-store" and reply.status_code >= 400:
        body = re.sub(rb'"instance".*|urn:uuid:\S+', b"", body)
    fields = [(name, value) for name, value in reply.headers.items() if name != "Date"]
    return reply.status_code, sorted(fields), body


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@given(st.lists(REQUESTS, min_size=1, max_size=6))
@options(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_with_and_without_the_cache_the_answers_are_the_same(
    app: Flask, sequence: list[dict[str, str | None]]
) -> None:
    cache, client = cache_of(app), Client(app)
    for wanted in sequence:
        known = send(client, {**wanted, "condition": "none", "method": "GET"}, None)
        first, second = send(client, wanted, known), send(client, wanted, known)
        entries, cache._entries = cache._entries, LRUCache(0)
        try:
            fresh = send(client, wanted, known)
        finally:
            cache._entries = entries
        assert parts(first) == parts(fresh) == parts(second)
