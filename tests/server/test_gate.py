"""Nothing invalid becomes visible: what the report says, in which form, and what passes."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from tests.server.door import Reply, Server, serving

TOKEN = "a-token-of-the-tests"
CEBU = "https://w3id.org/cebu/ontology#"
STATE = "https://w3id.org/cebu/id/state/nowhere"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
BAD = f"INSERT DATA {{ GRAPH <http://g/1> {{ <{STATE}> {RDF_TYPE} <{CEBU}MemberState> }} }}"
GOOD = "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }"


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gate")
    with serving(folder, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as running:
        yield running


def update(server: Server, text: str, accept: str | None = None, **fields: str) -> Reply:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    if accept:
        headers["Accept"] = accept
    path = "/update" + (f"?{urlencode(fields)}" if fields else "")
    return server.request(path, method="POST", body=text.encode(), headers=headers)


def state(server: Server) -> object:
    return server.request("/health").json()


def test_what_breaks_a_shape_is_refused_and_not_seen(writable: Server) -> None:
    before = state(writable)
    reply = update(writable, BAD)
    assert reply.status == 422
    found = reply.json()
    assert found["type"].endswith("#violations")
    assert found["conforms"] is False
    assert {result["entity"] for result in found["results"]} == {STATE}
    first = found["results"][0]
    assert {"message", "path", "value", "sourceShape", "severity"} <= set(first)
    assert state(writable) == before


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ],
)
def test_the_report_is_rdf_for_who_asks_for_it(
    writable: Server, accept: str, format_: ox.RdfFormat
) -> None:
    reply = update(writable, BAD, accept)
    assert (reply.status, reply.type) == (422, accept)
    store = ox.Store()
    store.load(reply.body, format=format_)
    asked = store.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT DISTINCT ?n { ?r a sh:ValidationReport ; "
        "sh:conforms false ; sh:result ?x . ?x sh:focusNode ?n ; sh:resultMessage ?m ; "
        "sh:sourceShape ?s }"
    )
    assert isinstance(asked, ox.QuerySolutions)
    assert [str(row["n"]) for row in asked] == [f"<{STATE}>"]


def test_the_report_is_a_page_and_a_text(writable: Server) -> None:
    for accept in ("text/html", "text/plain"):
        reply = update(writable, BAD, accept)
        assert (reply.status, reply.type) == (422, accept)
        assert "would break the graph" in reply.text
        assert "nowhere" in reply.text
        assert "too few values" in reply.text


def test_half_of_a_batch_invalid_changes_nothing(writable: Server) -> None:
    before = state(writable)
    assert update(writable, f"{GOOD} ; {BAD}").status == 422
    assert update(writable, f"{BAD} ; {GOOD}").status == 422
    assert state(writable) == before


def test_what_is_mended_in_the_same_batch_is_no_violation(writable: Server) -> None:
    assert update(writable, f"{BAD} ; CLEAR GRAPH <http://g/1>").status == 204


def test_a_graph_that_is_sent_is_held_against_the_shapes_too(writable: Server) -> None:
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {TOKEN}"}
    for method in ("PUT", "POST"):
        body = f"<{STATE}> a <{CEBU}MemberState> ."
        reply = writable.request("/graphs?graph=http://g/1", None, method=method, body=body,
                                 headers=headers)  # fmt: skip
        assert reply.status == 422


def test_deleting_what_is_needed_is_a_violation(writable: Server) -> None:
    text = (
        "DELETE WHERE { GRAPH ?g { <https://w3id.org/cebu/id/project/action-plan-2018-2025/26> "
        "<http://www.w3.org/2000/01/rdf-schema#label> ?label } }"
    )
    reply = update(writable, text)
    assert reply.status == 422, reply.text


def test_what_was_wrong_before_stops_nobody(writable: Server) -> None:
    # The test data breaks shapes itself.
    validate = writable.request(
        "/validate?against=graph", "application/json", method="POST",
        body="<https://w3id.org/cebu/id/state/viet-nam> <http://a> 1 .",
        headers={"Content-Type": "text/turtle"},
    )  # fmt: skip
    assert validate.json()["conforms"] is False
    assert update(writable, GOOD).status == 204


def test_a_fault_is_no_new_one_because_its_thing_is_renamed(writable: Server) -> None:
    name = "<http://www.w3.org/2000/01/rdf-schema#label>"
    thing = "<https://w3id.org/cebu/id/project/action-plan-2018-2025/26>"
    text = (
        f"DELETE {{ GRAPH ?g {{ {thing} {name} ?old }} }} "
        f'INSERT {{ GRAPH ?g {{ {thing} {name} "Renamed"@en }} }} '
        f"WHERE {{ GRAPH ?g {{ {thing} {name} ?old }} }}"
    )
    reply = update(writable, text)
    assert reply.status == 204, reply.text


def test_warnings_pass_and_are_told(writable: Server) -> None:
    kind = (
        "GRAPH <http://g/2> { <https://w3id.org/cebu/id/body/ilo> "
        "<http://www.w3.org/ns/org#classification> "
        "<https://w3id.org/cebu/id/concept/body-kind/international-organisation> }"
    )
    assert update(writable, f"INSERT DATA {{ {kind} }}").status == 204
    reply = update(writable, f"DELETE DATA {{ {kind} }}")
    assert reply.status == 200, reply.text
    found = reply.json()
    assert found["conforms"] is True
    assert [result["severity"] for result in found["results"]] == ["Warning"]
    assert reply.headers["Cebu-Change"] == str(found["change"])


def test_a_dry_run_says_what_would_be_and_changes_nothing(writable: Server) -> None:
    before = state(writable)
    text = "INSERT DATA { GRAPH <http://g/9> { <http://a> <http://b> 1, 2 } }"
    reply = update(writable, text, **{"dry-run": "1"})
    assert reply.status == 200
    found = reply.json()
    assert (found["dryRun"], found["change"], found["added"], found["removed"]) == (
        True, None, 2, 0,
    )  # fmt: skip
    patch = update(writable, text, "application/rdf-patch", **{"dry-run": "1"}).text.splitlines()
    assert patch[0] == "TX ."
    assert patch[-1] == "TC ."
    assert sum(row.startswith("A ") for row in patch) == 2
    for accept in ("text/html", "text/plain"):
        assert "2 statements added" in update(writable, text, accept, **{"dry-run": "1"}).text
    assert update(writable, BAD, **{"dry-run": "1"}).status == 422
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {TOKEN}"}
    for method in ("PUT", "DELETE", "POST"):
        reply = writable.request(
            "/graph/schemes?dry-run=1", method=method, body="", headers=headers
        )
        assert reply.status in {200, 422}
        assert "Cebu-Change" not in reply.headers
    assert state(writable) == before


@pytest.mark.parametrize(
    "fields",
    [{"dry-run": "yes"}, {"author": "x" * 201}, {"message": "x" * 2001}, {"author": "a\x00b"}],
)
def test_notes_that_cannot_be_kept_are_refused(writable: Server, fields: dict[str, str]) -> None:
    reply = update(writable, GOOD, **fields)
    assert (reply.status, reply.json()["type"].rpartition("#")[2]) == (400, "parameter")
