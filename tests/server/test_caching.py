"""Validators, conditional requests and directives for caches (RFC 9110, 9111)."""

import time
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import urlencode

import pytest

from server.http import caching
from tests.server.door import Reply, Server

TABLE = "SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"
DOCUMENT = "/doc/state/viet-nam"
PATHS = (
    "/",
    DOCUMENT,
    DOCUMENT + ".ttl",
    "/dataset",
    "/ontology",
    "/shapes.rdf",
    "/queries",
    "/sparql",
    "/sparql?" + urlencode({"query": TABLE}),
)


def get(server: Server, path: str, **headers: str) -> Reply:
    return server.request(path, headers={key.replace("_", "-"): headers[key] for key in headers})


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_has_the_answer_is_told_so(server: Server, path: str) -> None:
    first = get(server, path)
    again = get(server, path, If_None_Match=first.headers["ETag"])
    assert (first.status, again.status, again.body) == (200, 304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert set(_vary(first)) <= set(_vary(again))
    assert "Content-Type" not in again.headers
    # A strong comparison fails for weak tags; this comparison is the weak one.
    listed = f'"other", {first.headers["ETag"].removeprefix("W/")}'
    assert get(server, path, If_None_Match=listed).status == 304
    assert get(server, path, If_None_Match="*").status == 304
    assert get(server, path, If_None_Match='"other"').status == 200


def _vary(reply: Reply) -> list[str]:
    return [item.strip() for item in reply.headers.get("Vary", "").split(",") if item]


def test_head_has_the_same_headers_and_no_body(server: Server) -> None:
    for path in PATHS:
        whole = get(server, path)
        head = server.request(path, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Link"):
            assert head.headers.get_all(name) == whole.headers.get_all(name), (path, name)
        known = {"If-None-Match": whole.headers["ETag"]}
        assert server.request(path, method="HEAD", headers=known).status == 304


def test_each_format_address_and_coding_has_a_tag_of_its_own(server: Server) -> None:
    path = "/ontology"
    replies = [
        get(server, path, Accept="text/turtle"),
        get(server, path, Accept="application/ld+json"),
        get(server, path + ".jsonld"),
        get(server, path, Accept="text/turtle", Accept_Encoding="gzip"),
        get(server, path, Accept="text/turtle", Accept_Encoding="br"),
        get(server, path, Accept="text/turtle", Accept_Encoding="zstd"),
        get(server, path + "?x=1", Accept="text/turtle"),
    ]
    assert len({reply.headers["ETag"] for reply in replies}) == len(replies)


def test_a_tag_of_another_coding_is_another_answer(server: Server) -> None:
    coded = get(server, "/ontology", Accept_Encoding="br").headers["ETag"]
    assert get(server, "/ontology", If_None_Match=coded).status == 200
    assert get(server, "/ontology", Accept_Encoding="gzip", If_None_Match=coded).status == 200
    assert get(server, "/ontology", Accept_Encoding="gzip, br", If_None_Match=coded).status == 304


def test_a_tag_of_another_format_is_another_answer(server: Server) -> None:
    turtle = get(server, DOCUMENT, Accept="text/turtle").headers["ETag"]
    assert get(server, DOCUMENT, Accept="text/html", If_None_Match=turtle).status == 200


def test_a_suffix_is_known_whatever_the_accept_header(server: Server) -> None:
    tag = get(server, DOCUMENT + ".ttl").headers["ETag"]
    again = get(server, DOCUMENT + ".ttl", Accept="text/html", If_None_Match=tag)
    assert (again.status, again.headers["ETag"]) == (304, tag)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?now) {}",
        "SELECT (rand() AS ?chance) {}",
        "SELECT (UUID() AS ?new) {}",
        "SELECT (STRUUID # a comment\n () AS ?new) {}",
    ],
)
def test_what_time_or_chance_answers_has_no_tag(server: Server, query: str) -> None:
    reply = server.query(query)
    assert reply.status == 200
    assert "ETag" not in reply.headers
    assert "Last-Modified" not in reply.headers


def test_names_are_no_functions() -> None:
    assert not caching.is_volatile("SELECT ?now $rand { ?now ex:uuid ?knowledge }")
    assert caching.is_volatile("SELECT * { BIND(NOW() AS ?x) }")
    assert caching.is_volatile("SELECT * { BIND(\\u004eOW() AS ?x) }")


def test_dates_are_checked_if_there_is_no_tag(server: Server) -> None:
    # What was built a moment ago has no date yet: it could change within the same second.
    for path in (DOCUMENT, "/static/cebu.css"):
        for _ in range(30):
            date = get(server, path).headers.get("Last-Modified")
            if date:
                break
            time.sleep(0.2)
        assert date
        later = formatdate(parsedate_to_datetime(date).timestamp() + 60, usegmt=True)
        earlier = formatdate(parsedate_to_datetime(date).timestamp() - 60, usegmt=True)
        assert get(server, path, If_Modified_Since=date).status == 304
        assert get(server, path, If_Modified_Since=later).status == 304
        assert get(server, path, If_Modified_Since=earlier).status == 200
        # The tag says more than the date does.
        both = get(server, path, If_Modified_Since=later, If_None_Match='"other"')
        assert both.status == 200


def test_a_condition_on_another_state_fails(server: Server) -> None:
    reply = get(server, DOCUMENT, If_Match='"other"')
    assert (reply.status, reply.type) == (412, "application/problem+json")
    assert reply.json()["type"].endswith("#precondition")
    assert get(server, DOCUMENT, If_Match="*").status == 200


def test_errors_are_not_kept(server: Server) -> None:
    for reply in (get(server, "/none"), server.query("SELECT"), get(server, "/doc/state/none")):
        assert reply.status >= 400
        assert reply.headers["Cache-Control"] == "no-store"
        assert "ETag" not in reply.headers


def test_answers_are_kept_and_asked_about(server: Server) -> None:
    assert get(server, DOCUMENT).headers["Cache-Control"] == "no-cache"
    assert get(server, "/health").headers["Cache-Control"] == "no-store"
    assert "ETag" not in get(server, "/health").headers


def test_a_post_and_a_request_with_a_token_get_no_tag(server: Server) -> None:
    form = {"Content-Type": "application/sparql-query"}
    reply = server.request("/sparql", method="POST", body=TABLE, headers=form)
    assert (reply.status, "ETag" in reply.headers) == (200, False)
    assert "ETag" not in get(server, DOCUMENT, Authorization="Bearer x").headers


def test_an_address_of_nothing_is_never_not_modified(server: Server) -> None:
    tag = get(server, DOCUMENT).headers["ETag"]
    assert get(server, "/doc/state/none", If_None_Match=tag).status == 404
    assert get(server, "/doc/state/none", If_None_Match="*").status == 404
