"""Each change is told of by the graph of provenance, from the moment it is served, and for good."""

import dataclasses
import html
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from rdflib import Graph

from server.settings import Settings
from server.store.provenance import recorded
from server.store.store import GraphStore
from tests.server.door import DATA, Reply, Server, serving, without_record
from tests.server.test_change_log import filled

TOKEN = "a-token-of-the-tests"
BASE = "https://w3id.org/cebu/"
PROVENANCE = f"{BASE}graph/provenance"
PREFIXES = """PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
"""
ACTIVITIES = f"""{PREFIXES}
SELECT ?number ?message ?name ?used ?made {{ GRAPH <{PROVENANCE}> {{
  ?activity a prov:Activity ; schema:position ?number ; prov:endedAtTime ?time ;
    prov:used ?used ; prov:generated ?made .
  ?made prov:wasRevisionOf ?used ; prov:generatedAtTime ?time ; prov:wasGeneratedBy ?activity .
  OPTIONAL {{ ?activity rdfs:comment ?message }}
  OPTIONAL {{ ?activity prov:wasAssociatedWith/foaf:name ?name }}
}} }} ORDER BY ?number"""
VERSION = f"{PREFIXES} SELECT ?v {{ GRAPH <{PROVENANCE}> {{ <{BASE}dataset> owl:versionIRI ?v }} }}"
ADD = "INSERT DATA {{ GRAPH <http://g/1> {{ <http://a/x> <http://b/y> {} }} }}"


def send(server: Server, method: str, path: str, body: str, media_type: str) -> Reply:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {TOKEN}"}
    return server.request(path, method=method, body=body.encode(), headers=headers)


def update(server: Server, text: str, **fields: str) -> Reply:
    path = "/update?" + urlencode(fields)
    return send(server, "POST", path, text, "application/sparql-update")


def rows(server: Server, text: str, **more: str) -> list[list[str]]:
    reply = server.query(text, "text/csv", **more)
    assert reply.status == 200, reply.text
    return [line.split(",") for line in reply.text.split("\r\n")[1:-1]]


def graphs(server: Server) -> str:
    return server.request("/graphs", "application/n-quads").text


def record(server: Server) -> set[str]:
    dump = graphs(server)
    return set(dump.splitlines()) - set(without_record(dump))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a graph that was changed twice."""
    folder = tmp_path_factory.mktemp("provenance")
    with serving(folder, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        before = graphs(server)
        assert not record(server)
        assert update(server, ADD.format(1), author="Anna", message="First, of all").status == 204
        assert update(server, ADD.format(2)).status == 204
        assert before
        yield server


def test_a_query_finds_every_change_with_its_versions(changed: Server) -> None:
    found = changed.query(ACTIVITIES, "application/sparql-results+json").json()
    values = [
        {name: cell["value"] for name, cell in row.items()} for row in found["results"]["bindings"]
    ][:2]
    assert values == [
        {
            "number": "1",
            "message": "First, of all",
            "name": "Anna",
            "used": f"{BASE}dataset?version=0",
            "made": f"{BASE}dataset?version=1",
        },
        {"number": "2", "used": f"{BASE}dataset?version=1", "made": f"{BASE}dataset?version=2"},
    ]
    assert rows(changed, VERSION) == [[f"{BASE}dataset?version=2"]]
    # The page of changes leads there.
    page = changed.request("/changes", "text/html").text
    (link,) = re.findall(r'href="(/sparql\?query=[^"]+)"', page)
    linked = changed.request(html.unescape(link), "text/csv").text.splitlines()
    assert linked[0] == "number,time,author,message,before,after"
    assert [line.split(",")[0] for line in linked[1:]] == ["2", "1"]
    # The union has it too, and it is what the log of changes says in PROV-O.
    listed = Graph().parse(data=changed.request("/changes.ttl").body, format="turtle")
    served = changed.request(f"/graphs?graph={PROVENANCE}", "text/turtle").body
    assert set(listed) <= set(Graph().parse(data=served, format="turtle"))
    union = f"{PREFIXES} ASK {{ <{BASE}changes/1> a prov:Activity }}"
    assert changed.query(union).json()["boolean"] is True


def test_patches_and_differences_are_the_users_own(changed: Server) -> None:
    patch = changed.request("/changes/1.rdfp").text
    assert [line for line in patch.splitlines() if line[:2] in {"A ", "D "}] == [
        'A <http://a/x> <http://b/y> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://g/1> .'
    ]
    assert changed.request("/changes/1.json").json()["added"] == 1
    both = changed.request("/changes?from=0&to=2", "application/json").json()
    assert (both["added"], both["removed"], len(both["differences"])) == (2, 0, 1)
    tried = update(changed, ADD.format(9), **{"dry-run": "1"}).json()
    assert (tried["added"], tried["removed"]) == (1, 0)
    assert len(rows(changed, ACTIVITIES)) == 2


def test_a_past_version_has_the_record_up_to_there(changed: Server) -> None:
    assert len(rows(changed, ACTIVITIES, version="2")) == 2
    assert rows(changed, VERSION, version="1") == [[f"{BASE}dataset?version=1"]]
    assert [row[0] for row in rows(changed, ACTIVITIES, version="1")] == ["1"]
    every = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    seeded = sum(
        len(set(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)))
        for path in (DATA / "graph").glob("*.ttl")
    )
    assert rows(changed, every, version="0") == [[str(seeded)]]


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT DATA {{ GRAPH <{PROVENANCE}> {{ <{BASE}changes/1> <u:p> 1 }} }}",
        f"INSERT DATA {{ GRAPH <{PROVENANCE}> {{ <{BASE}changes/7> <u:p> 1 }} }}",
        f"INSERT DATA {{ GRAPH <http://g/1> {{ <{BASE}changes/1#author> <u:p> 1 }} }}",
        f"INSERT DATA {{ <{BASE}dataset?version=1> <u:p> 1 }}",
        f"WITH <{PROVENANCE}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        f"DELETE WHERE {{ GRAPH <{PROVENANCE}> {{ <{BASE}changes/1> ?p ?o }} }}",
        "DELETE { GRAPH ?g { ?s ?p 'First, of all' } } INSERT { GRAPH ?g { ?s ?p 'x' } } "
        "WHERE { GRAPH ?g { ?s ?p 'First, of all' } }",
        f"{PREFIXES} WITH <{PROVENANCE}> DELETE {{ ?s owl:versionIRI ?o }} "
        "WHERE { ?s owl:versionIRI ?o }",
        f"{PREFIXES} INSERT DATA {{ GRAPH <{PROVENANCE}> {{ <{BASE}dataset> owl:versionIRI <u:x> "
        "} }",
    ],
)
def test_nobody_else_writes_the_record(changed: Server, text: str) -> None:
    before = graphs(changed)
    reply = update(changed, text)
    assert (reply.status, reply.json()["type"].rpartition("#")[2]) == (409, "provenance")
    assert sorted(graphs(changed).splitlines()) == sorted(before.splitlines())


def test_documents_that_say_more_of_changes_are_refused(changed: Server) -> None:
    line = f"<{BASE}changes/1> <http://b/y> 1 ."
    for method, path in (
        ("POST", f"/graphs?graph={quote(PROVENANCE)}"),
        ("PUT", "/graph/notes"),
        ("POST", "/graphs?default"),
    ):
        reply = send(changed, method, path, line, "text/turtle")
        assert (reply.status, reply.json()["type"].rpartition("#")[2]) == (409, "provenance")


def test_emptied_graphs_keep_the_record(tmp_path: Path) -> None:
    where = f"/graphs?graph={quote(PROVENANCE)}"
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_SEED="0", CEBU_WORKERS="0") as server:
        update(server, ADD.format(0))
        for number, (method, path, text) in enumerate(
            [
                ("PUT", where, "<http://a/x> <http://b/y> 1 ."),
                ("DELETE", where, ""),
                ("POST", "/update", f"INSERT DATA {{ GRAPH <{PROVENANCE}> {{ <u:a> <u:b> 1 }} }}"),
                ("POST", "/update", f"CLEAR GRAPH <{PROVENANCE}>"),
                ("POST", "/update", f"COPY <{PROVENANCE}> TO <http://g/copy>"),
                ("POST", "/update", f"MOVE <http://g/1> TO <{PROVENANCE}>"),
                ("POST", "/update", "DROP ALL"),
            ],
            2,
        ):
            before = record(server)
            media_type = "application/sparql-update" if path == "/update" else "text/turtle"
            reply = send(server, method, path, text, media_type)
            assert (reply.status, reply.headers["Cebu-Change"]) == (204, str(number)), reply.text
            # One change more, and the version that there is now.
            gone = [line for line in before - record(server) if "g/copy" not in line]
            assert [line for line in gone if "versionIRI" not in line] == []
        assert len(rows(server, ACTIVITIES)) == 8
        assert without_record(graphs(server)) == []
        assert rows(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", version="0") == [["0"]]


def test_readers_see_a_change_and_its_record_together(tmp_path: Path) -> None:
    both = f"""{PREFIXES} SELECT ?v ?n {{
        GRAPH <http://g/1> {{ <http://a/x> <http://b/y> ?n }}
        GRAPH <{PROVENANCE}> {{ <{BASE}dataset> owl:versionIRI ?v }} }}"""
    last = 8
    seen: list[list[list[str]]] = []
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="2") as server:
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.append(rows(server, both))

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(1, last + 1):
            text = f"{ADD.format(number)} ; {ADD.replace('INSERT', 'DELETE').format(number - 1)}"
            assert update(server, text).headers["Cebu-Change"] == str(number)
        done.set()
        reader.join()
        seen.append(rows(server, both))
    for found in seen:
        assert not found or found == [[f"{BASE}dataset?version={found[0][1]}", found[0][1]]]
    assert seen[-1][0][1] == str(last)


def test_taking_back_keeps_the_record(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="0") as server:
        before = without_record(graphs(server))
        update(server, ADD.format(1), author="Anna")
        first = record(server)
        assert send(server, "POST", "/changes/1/revert", "", "text/plain").status == 204
        assert without_record(graphs(server)) == before
        assert [line for line in first - record(server) if "versionIRI" not in line] == []
        informed = f"{PREFIXES} SELECT ?a {{ ?a prov:wasInformedBy <{BASE}changes/1> }}"
        assert rows(server, informed) == [[f"{BASE}changes/2"]]


def test_the_record_is_held_against_the_shapes(tmp_path: Path) -> None:
    """An axiom that makes each change a project makes its own change an invalid one."""
    axiom = (
        f"{PREFIXES} INSERT DATA {{ GRAPH <http://g/1> {{ prov:Activity rdfs:subClassOf "
        f"<{BASE}ontology#Project> }} }}"
    )
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="0") as server:
        reply = update(server, axiom)
        assert reply.status == 422
        assert f"{BASE}changes/1" in reply.text
        assert not record(server)


def test_a_store_without_a_record_gets_it_from_its_log(settings: Settings) -> None:
    empty = dataclasses.replace(settings, seed=False)
    filled(empty, 3)
    data = GraphStore.open(empty)
    assert data.log is not None
    expected = set(recorded(map(data.log.heading, (1, 2, 3))).added)
    version = data.version
    assert expected < set(data.store)
    data.close()
    store = ox.Store(str(empty.store / version / "db"))
    copies = {ox.Quad(q.subject, q.predicate, q.object, ox.DefaultGraph()) for q in expected}
    for quad in (*expected, *copies):
        store.remove(quad)
    store.flush()
    del store
    # As a program left it that did not write one.
    (empty.store / "layout").write_text("2\n", encoding="ascii")
    data = GraphStore.open(empty)
    assert expected | copies < set(data.store)
    assert data.number == 3
    version = data.version
    data.close()
    data = GraphStore.open(empty)
    assert data.version == version
    data.close()
