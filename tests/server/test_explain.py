"""`explain=empty`: which pattern of a query first has no match."""

from typing import Any

import pytest

from tests.server.door import Server

PREFIX = "PREFIX cebu: <https://w3id.org/cebu/ontology#> PREFIX x: <http://x.example/> "


def explained(server: Server, query: str, **more: str) -> Any:  # noqa: ANN401 (JSON)
    reply = server.query(PREFIX + query, explain="empty", **more)
    assert reply.status == 200
    assert reply.type == "application/json"
    return reply.json()


def test_an_answer_is_not_explained_away(server: Server) -> None:
    for query in ("SELECT * { ?s ?p ?o }", "ASK { ?s ?p ?o }", "DESCRIBE ?s { ?s a cebu:Project }"):
        assert explained(server, query) == {"empty": False}


@pytest.mark.parametrize("form", ["SELECT *", "ASK", "CONSTRUCT { ?s a x:y }", "DESCRIBE ?s"])
def test_the_pattern_without_a_match_is_named(server: Server, form: str) -> None:
    found = explained(server, form + " { ?s a cebu:Project ; x:nothing ?o . ?s ?p ?q }")
    assert found["empty"]
    assert found["pattern"] == "?s <http://x.example/nothing> ?o"
    assert not found["matches_alone"]
    assert found["pattern"] in found["reason"]


def test_patterns_that_do_not_fit_together_are_told_apart(server: Server) -> None:
    found = explained(server, "SELECT * { ?s a cebu:Project . ?s a cebu:State }")
    assert (
        found["matches_alone"]
        is (server.query(PREFIX + "ASK { ?s a cebu:State }").json()["boolean"])
    )
    assert "cebu:" in found["pattern"]


def test_optional_patterns_are_not_blamed(server: Server) -> None:
    query = "SELECT * { ?s a cebu:Project OPTIONAL { ?s x:a ?b } FILTER(false) }"
    found = explained(server, query)
    assert found["pattern"] is None
    assert "FILTER" in found["reason"]


def test_graphs_and_paths_are_asked_as_they_stand(server: Server) -> None:
    found = explained(server, "SELECT * { GRAPH ?g { ?s a cebu:Project ; x:a/x:b* ?o } }")
    assert found["pattern"].startswith("GRAPH ?g { ?s (<http://x.example/a>/<http://x.example/b>*)")


def test_what_is_refused_stays_refused(server: Server) -> None:
    query = "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"
    assert server.query(query, explain="empty").status == 403
    assert server.query("SELECT", explain="empty").status == 400
    assert server.query("ASK {}", explain="full").status == 400
