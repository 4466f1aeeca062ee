"""Other sites' pages may read everything (Fetch standard), and our pages are guarded."""

from urllib.parse import urlencode

import pytest

from tests.server.door import Server

ORIGIN = {"Origin": "https://app.example"}
ASK = "/sparql?" + urlencode({"query": "ASK {}"})


@pytest.mark.parametrize("path", ["/", ASK, "/doc/state/viet-nam.ttl", "/none", "/static/cebu.js"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_answer_may_be_read(server: Server, path: str, method: str) -> None:
    for headers in (ORIGIN, {}):
        reply = server.request(path, method=method, headers=headers)
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["Access-Control-Expose-Headers"] == "*"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in reply.headers
        assert "Origin" not in reply.headers.get("Vary", "")


def test_a_not_modified_answer_may_be_read(server: Server) -> None:
    tag = server.request("/dataset").headers["ETag"]
    reply = server.request("/dataset", headers={**ORIGIN, "If-None-Match": tag})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (304, "*")


def test_a_preflight_request_is_answered(server: Server) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    reply = server.request("/sparql", method="OPTIONS", headers=asked)
    assert 200 <= reply.status < 300
    assert reply.body == b""
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    methods = reply.headers["Access-Control-Allow-Methods"].replace(" ", "").split(",")
    assert set(methods) == {"GET", "HEAD", "OPTIONS", "POST"}
    # The wildcard stands for every header but Authorization.
    allowed = reply.headers["Access-Control-Allow-Headers"].replace(" ", "").split(",")
    assert {"Authorization", "*"} <= set(allowed)
    assert int(reply.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_a_preflight_request_tells_the_methods_of_its_address(server: Server) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "DELETE"}
    reply = server.request("/dataset", method="OPTIONS", headers=asked)
    assert "DELETE" not in reply.headers["Access-Control-Allow-Methods"]


def test_options_without_a_preflight_tells_methods_and_types(server: Server) -> None:
    reply = server.request("/sparql", method="OPTIONS")
    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(reply.headers["Allow"].split(", "))
    assert "application/sparql-query" in reply.headers["Accept-Post"]
    assert "Access-Control-Allow-Methods" not in reply.headers


@pytest.mark.parametrize(
    "path", ["/", "/sparql", "/doc/state/viet-nam", "/dataset", "/queries", "/problems", "/none"]
)
def test_pages_are_guarded(server: Server, path: str) -> None:
    reply = server.request(path, "text/html")
    assert reply.type == "text/html"
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in reply.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert not any("unsafe" in value or "http" in value for value in policy.values())
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    # What the policy would forbid anyway: no style or script stands in the page itself.
    assert " style=" not in reply.text
    assert " onclick=" not in reply.text
