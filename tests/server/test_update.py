"""Updates over HTTP: who may, in which form, what they may reach, and what becomes of the union."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
from SPARQLWrapper import SPARQLWrapper

from tests.server.door import Reply, Server, serving

TOKEN = "a-token-of-the-tests"
SENT = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
OWN = "https://w3id.org/cebu/graph/default"


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("writable"),
        CEBU_TOKEN=TOKEN,
        CEBU_WORKERS="2",
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> None:
    """Take away what the tests before have written."""
    if "writable" in request.fixturenames:
        server: Server = request.getfixturevalue("writable")
        names = ("http://g/1", "http://g/2", OWN)
        drops = " ; ".join(f"DROP SILENT GRAPH <{name}>" for name in names)
        assert update(server, drops).status == 204


def update(server: Server, text: str, token: str | None = TOKEN, **fields: str) -> Reply:
    headers = {"Content-Type": SENT} | ({"Authorization": f"Bearer {token}"} if token else {})
    path = "/update" + (f"?{urlencode(fields)}" if fields else "")
    return server.request(path, method="POST", body=text.encode(), headers=headers)


def post(server: Server, body: str, media_type: str, path: str = "/update") -> Reply:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {TOKEN}"}
    return server.request(path, method="POST", body=body.encode(), headers=headers)


def slug(reply: Reply) -> str:
    return str(reply.json()["type"]).rpartition("#")[2]


def rows(server: Server, pattern: str) -> list[str]:
    reply = server.query(f"SELECT ?x {{ {pattern} }} ORDER BY ?x", "text/csv")
    return reply.text.split()[1:]


def test_without_a_token_of_the_operator_nobody_writes_and_nothing_is_told(server: Server) -> None:
    for token in (None, "guess", ""):
        reply = update(server, "DROP ALL", token)
        assert (reply.status, slug(reply)) == (403, "forbidden")
        assert "token" not in reply.text.lower()
        assert "WWW-Authenticate" not in reply.headers


@pytest.mark.parametrize("token", [None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é"])
def test_another_token_is_refused_with_a_challenge(writable: Server, token: str | None) -> None:
    reply = update(writable, "DROP ALL", token)
    assert (reply.status, slug(reply)) == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"].startswith('Bearer realm="cebu"')
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_another_scheme_is_refused(writable: Server) -> None:
    headers = {"Content-Type": SENT, "Authorization": f"Basic {TOKEN}"}
    assert writable.request("/update", method="POST", body="", headers=headers).status == 401


def test_the_token_is_in_no_log(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_LOG="requests") as server:
        update(server, "CREATE GRAPH <http://g/1>")
        update(server, "CREATE GRAPH <http://g/1>", "another-token-that-is-wrong")
        server.process.terminate()
        _, errors = server.process.communicate(timeout=30)
    assert errors.count("/update") == 2
    assert TOKEN not in errors
    assert "another-token" not in errors


def test_each_form_of_the_protocol(writable: Server) -> None:
    insert = "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> %d } }"
    assert post(writable, insert % 1, SENT).status == 204
    assert post(writable, insert % 2, f"{SENT}; charset=UTF-8").status == 204
    assert post(writable, urlencode({"update": insert % 3}), FORM).status == 204
    assert rows(writable, "<http://a> <http://b> ?x") == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("body", "media_type", "path", "status", "kind"),
    [
        ("", FORM, "/update", 400, "update-missing"),
        (urlencode([("update", ""), ("update", "")]), FORM, "/update", 400, "update-repeated"),
        ("", SENT, "/update?update=", 400, "update-repeated"),
        ("", SENT, "/update?query=ASK%7B%7D", 400, "update-repeated"),
        ("", "text/plain", "/update", 415, "media-type"),
        ("", "application/sparql-query", "/update", 415, "media-type"),
        ("", f"{SENT}; charset=UTF-16", "/update", 415, "media-type"),
        ("INSERT DATA {", SENT, "/update", 400, "update-syntax"),
        ("SELECT * { ?s ?p ?o }", SENT, "/update", 400, "update-syntax"),
        ("CREATE GRAPH <http://g/1>; CREATE GRAPH <http://g/1>", SENT, "/update", 400,
         "update-failed"),
        ("INSERT { <a:a> <a:b> 1 } WHERE { " + "{" * 101 + "}" * 101 + " }", SENT, "/update",
         400, "query-too-deep"),
        ("", SENT, "/update?using-graph-uri=relative", 400, "graph-address"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    writable: Server, body: str, media_type: str, path: str, status: int, kind: str
) -> None:
    reply = post(writable, body, media_type, path)
    assert (reply.status, slug(reply)) == (status, kind), reply.text


def test_a_mistake_has_its_place(writable: Server) -> None:
    reply = update(writable, "INSERT DATA { <a:a> <a:b> 1 } ;\nDELETE DATE { }")
    assert (reply.json()["line"], reply.json()["column"]) == (2, 8)


def test_bytes_that_are_no_text_are_refused(writable: Server) -> None:
    headers = {"Content-Type": SENT, "Authorization": f"Bearer {TOKEN}"}
    reply = writable.request("/update", method="POST", body=b"# \xff", headers=headers)
    assert (reply.status, slug(reply)) == (400, "bad-request")


def test_other_methods_are_refused(writable: Server) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        reply = writable.request("/update?update=DROP+ALL", method=method)
        assert reply.status == 405
        assert set(reply.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    reply = writable.request("/update", method="OPTIONS")
    assert SENT in reply.headers["Accept-Post"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("LOAD <{}>", "load-refused"),
        ("load <{}> INTO GRAPH <http://g/1>", "load-refused"),
        ("PREFIX x: <{}> LOAD x:a", "load-refused"),
        ("CREATE GRAPH <http://g/1> ; LOAD <{}>", "load-refused"),
        ("# comment\nLOAD # SILENT\n<{}>", "load-refused"),
        ("LOAD <https://w3id.org/cebu/graph/schemes>", "load-refused"),
        ("INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{}> {{ ?s ?p ?o }} }}", "service-refused"),
        ("DELETE WHERE {{ ?s ?p ?o }} ; INSERT {{ ?s ?p ?o }} WHERE {{ service silent <{}> "
         "{{ ?s ?p ?o }} }}", "service-refused"),
        ("INSERT {{ ?s ?p ?o }} USING <{}> WHERE {{ ?s ?p ?o }}", "graph-unknown"),
        ("INSERT {{ ?s ?p ?o }} USING NAMED <{}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
         "graph-unknown"),
    ],
)  # fmt: skip
def test_nothing_leads_out(writable: Server, text: str, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.3)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        reply = update(writable, text.format(address))
        assert slug(reply) == kind
        with pytest.raises(TimeoutError):
            trap.accept()
    assert rows(writable, "GRAPH <http://g/1> { ?s ?p ?x }") == []


def test_a_silent_load_does_nothing_in_silence(writable: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.3)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        assert update(writable, f"LOAD SILENT <{address}> INTO GRAPH <http://g/1>").status == 204
        with pytest.raises(TimeoutError):
            trap.accept()


def test_words_that_are_only_mentioned_are_no_reason(writable: Server) -> None:
    text = "INSERT DATA { GRAPH <http://g/1> { <http://LOAD> <http://b> 'LOAD SERVICE ; USING' } }"
    assert update(writable, f"# LOAD <x>\n{text}").status == 204
    assert rows(writable, "<http://LOAD> ?p ?o BIND(1 AS ?x)") == ["1"]


def test_the_request_chooses_the_dataset(writable: Server) -> None:
    update(writable, "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }")
    copy = "INSERT { GRAPH <http://g/2> { ?s ?p ?o } } WHERE { %s }"
    chosen = {"using-graph-uri": "http://g/1"}
    assert update(writable, copy % "?s ?p ?o", **chosen).status == 204
    assert rows(writable, "GRAPH <http://g/2> { ?s ?p ?x }") == ["1"]
    update(writable, "DROP GRAPH <http://g/2>")
    named = {"using-named-graph-uri": "http://g/1"}
    assert update(writable, copy % "GRAPH ?g { ?s ?p ?o }", **named).status == 204
    assert rows(writable, "GRAPH <http://g/2> { ?s ?p ?x }") == ["1"]
    both = update(writable, f"WITH <http://g/1> {copy % '?s ?p ?o'}", **chosen)
    assert (both.status, slug(both)) == (400, "dataset-conflict")
    unknown = update(writable, copy % "?s ?p ?o", **{"using-graph-uri": "http://nowhere/"})
    assert (unknown.status, slug(unknown)) == (400, "graph-unknown")


def test_a_triple_of_two_graphs_is_one_of_the_union_until_both_let_it_go(writable: Server) -> None:
    for name in (1, 2):
        update(writable, f"INSERT DATA {{ GRAPH <http://g/{name}> {{ <http://a> <http://b> 1 }} }}")
    assert rows(writable, "<http://a> <http://b> ?x") == ["1"]
    update(writable, "DELETE WHERE { GRAPH <http://g/1> { <http://a> ?p ?o } }")
    assert rows(writable, "<http://a> <http://b> ?x") == ["1"]
    update(writable, "DROP GRAPH <http://g/2>")
    assert rows(writable, "<http://a> <http://b> ?x") == []


def test_each_operation_sees_the_union_that_the_one_before_has_left(writable: Server) -> None:
    text = """INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } } ;
    INSERT { GRAPH <http://g/2> { ?s ?p 2 } } WHERE { ?s ?p 1 FILTER(?s = <http://a>) } ;
    DELETE { GRAPH <http://g/1> { ?s ?p ?o } } INSERT { GRAPH <http://g/2> { ?s ?p 3 } }
    WHERE { GRAPH <http://g/1> { ?s ?p ?o } } ;"""
    assert update(writable, text).status == 204
    assert rows(writable, "<http://a> <http://b> ?x") == ["2", "3"]


def test_what_is_inserted_into_the_union_has_a_graph_of_its_own(writable: Server) -> None:
    update(writable, "INSERT DATA { <http://a> <http://b> 1, 2 }")
    assert rows(writable, f"GRAPH <{OWN}> {{ <http://a> <http://b> ?x }}") == ["1", "2"]
    update(writable, "DELETE DATA { <http://a> <http://b> 1 }")
    assert rows(writable, f"GRAPH <{OWN}> {{ <http://a> <http://b> ?x }}") == ["2"]
    update(writable, "DELETE { ?s ?p 2 } INSERT { ?s ?p 3 } WHERE { ?s ?p 2 . <http://a> ?p 2 }")
    assert rows(writable, "<http://a> <http://b> ?x") == ["3"]


@pytest.mark.parametrize(
    "text",
    [
        "DELETE DATA { <http://a> <http://b> 1 }",
        "DELETE WHERE { <http://a> ?p ?o }",
        "INSERT DATA { <http://a> <http://b> 2 } ; CLEAR DEFAULT",
        "COPY <http://g/2> TO DEFAULT",
        "DELETE { ?s ?p ?o } INSERT { GRAPH <http://g/2> { ?s ?p 2 } } WHERE "
        "{ ?s ?p ?o FILTER(?s = <http://a>) }",
    ],
)
def test_no_graph_loses_what_is_deleted_from_the_union(writable: Server, text: str) -> None:
    update(writable, "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }")
    before = writable.request("/health").json()
    reply = update(writable, text)
    assert (reply.status, slug(reply)) == (409, "default-graph")
    assert writable.request("/health").json() == before
    assert rows(writable, "<http://a> <http://b> ?x") == ["1"]


def test_a_failing_operation_takes_back_those_before_it(writable: Server) -> None:
    insert = "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }"
    reply = update(writable, f"{insert} ; DROP GRAPH <http://g/3>")
    assert (reply.status, slug(reply)) == (400, "update-failed")
    assert rows(writable, "<http://a> ?p ?x") == []


def test_a_runaway_update_is_stopped_and_nothing_is_changed(tmp_path: Path) -> None:
    heavy = " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(6))
    runaway = f"INSERT {{ GRAPH <http://g/1> {{ ?s1 ?p1 ?o2 }} }} WHERE {{ {heavy} }}"
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WRITE_TIMEOUT": "8", "CEBU_WORKERS": "1"}
    with serving(tmp_path, **more) as server:
        began = time.monotonic()
        reply = update(server, runaway)
        assert (reply.status, slug(reply)) in {(503, "write-timeout"), (503, "write-memory")}
        assert "Nothing was changed" in reply.json()["next"]
        assert time.monotonic() - began < 60
        assert rows(server, "GRAPH <http://g/1> { ?s ?p ?x }") == []
        assert update(server, "CREATE GRAPH <http://g/1>").status == 204


def test_a_write_may_take_longer_than_a_query(tmp_path: Path) -> None:
    # Some seconds of work that find nothing.
    all_of_it = "{ SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 12000000 }"
    long = f"{all_of_it} FILTER(STRLEN(STR(?c)) = 99999)"
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_TIMEOUT="1", CEBU_WORKERS="1") as server:
        assert slug(server.query(f"SELECT * {{ {long} }}")) == "query-timeout"
        reply = update(server, f"INSERT {{ GRAPH <http://g/1> {{ ?a ?b ?c }} }} WHERE {{ {long} }}")
        assert (reply.status, reply.text) == (204, "")


def test_answers_that_are_kept_are_asked_for_again(writable: Server) -> None:
    path = "/sparql?" + urlencode({"query": "SELECT ?x { <http://a> <http://b> ?x }"})
    first = writable.request(path)
    headers = {"If-None-Match": first.headers["ETag"]}
    assert writable.request(path, headers=headers).status == 304
    update(writable, "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }")
    assert writable.request(path, headers=headers).status == 200


def test_changes_at_once_are_made_one_after_the_other(writable: Server) -> None:
    statuses: list[int] = []

    def insert(number: int) -> None:
        text = f"INSERT DATA {{ GRAPH <http://g/1> {{ <http://a> <http://b> {number} }} }}"
        reply = update(writable, text)
        # On a machine that is overloaded the last of eight may have to come again, as it is told.
        while reply.status == 503 and slug(reply) == "busy":
            time.sleep(float(reply.headers["Retry-After"]))
            reply = update(writable, text)
        statuses.append(reply.status)

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [204] * 8
    assert len(rows(writable, "<http://a> <http://b> ?x")) == 8


def test_of_two_writers_of_one_statement_the_second_finds_what_the_first_left(
    writable: Server,
) -> None:
    update(writable, "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://count> 0 } }")
    count = (
        "DELETE { GRAPH <http://g/1> { ?s ?p ?old } } INSERT { GRAPH <http://g/1> { ?s ?p ?new } } "
        "WHERE { GRAPH <http://g/1> { ?s ?p ?old } BIND(?old + 1 AS ?new) }"
    )
    made: list[int] = []

    def write() -> None:
        for _ in range(3):
            reply = update(writable, count)
            while reply.status == 503:
                time.sleep(float(reply.headers["Retry-After"]))
                reply = update(writable, count)
            made.append(reply.status)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [204] * 6
    assert rows(writable, "<http://a> <http://count> ?x") == ["6"]


def test_the_wrapper_updates(writable: Server) -> None:
    wrapper = SPARQLWrapper(writable.endpoint, updateEndpoint=f"{writable.url}/update")
    wrapper.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    wrapper.setMethod("POST")
    wrapper.setQuery("INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }")
    wrapper.query()
    assert rows(writable, "<http://a> <http://b> ?x") == ["1"]


def test_the_update_store_of_rdflib_writes_and_reads(writable: Server) -> None:
    store = SPARQLUpdateStore(
        writable.endpoint,
        f"{writable.url}/update",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    triple = (URIRef("http://a"), URIRef("http://b"), Literal("one"))
    store.add(triple, None)
    assert [found for found, _ in store.triples((triple[0], None, None))] == [triple]
    store.remove(triple, None)
    assert list(store.triples((triple[0], None, None))) == []
    store.update("INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 2 } }")
    assert rows(writable, "<http://a> <http://b> ?x") == ["2"]
