"""The same application in front of another engine, and the graph loaded into it: really done."""

import base64
import contextlib
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import parse_qs, quote

import pytest

from server.backend.client import BackendClient
from server.backend.engine import based, check_functions
from server.backend.publication import PUBLICATION, STAGED, STAGING, STATED
from server.backend.settings import BackendSettings
from server.http.problems import Problem
from server.sparql.guard import Dataset
from tests.server.door import DATA, Server, cebu, environment, free_port, serving
from tests.server.engines import ENGINES, Engine

TOKEN = "t" * 32
SCHEMES = "https://w3id.org/cebu/graph/schemes"
_TEXTS = {
    "table": "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o",
    "count": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "graphs": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g",
    "relative": "SELECT ?p { <id/state/viet-nam> ?p ?o } ORDER BY ?p",
    "none": "SELECT ?s { ?s a <urn:x:none> }",
    "named": f"SELECT (COUNT(*) AS ?n) FROM <{SCHEMES}> {{ ?s ?p ?o }}",
}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine that has the graph of the tests."""
    folder = tmp_path_factory.mktemp(request.param)
    with ENGINES[request.param](folder) as running:
        done = publish(folder, running)
        assert done.returncode == 0, done.stderr
        assert "the engine has exactly these" in done.stdout
        yield running


@pytest.fixture(scope="module")
def behind(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application in front of it."""
    store = tmp_path_factory.mktemp("front")
    more = {"CEBU_BACKEND": engine.query, "CEBU_TOKEN": TOKEN, "CEBU_BACKEND_SECONDS": "1"}
    with serving(store, **more) as running:
        yield running


def publish(
    folder: Path, engine: Engine, *options: str, way: str = "both", data: Path = DATA
) -> "subprocess.CompletedProcess[str]":
    env = environment(folder, 1, **{**engine.variables(way), "CEBU_DATA": str(data)})
    return cebu("publish", *options, engine.query, env=env)


def write(engine: Engine, method: str, graph: str, lines: str) -> None:
    """Change a graph of the engine without asking us."""
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, engine.store, engine.user, engine.password)
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(known))
    address = f"{engine.store}?graph={quote(graph, safe='')}"
    headers = {"Content-Type": "application/n-triples"}
    request = urllib.request.Request(address, lines.encode(), headers, method=method)
    opener.open(request, timeout=30).close()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("name", list(_TEXTS))
@pytest.mark.parametrize("format_", ["csv", "json", "xml", "tsv"])
def test_queries_have_the_rows_of_the_embedded_store(
    server: Server, behind: Server, name: str, format_: str
) -> None:
    here, there = (one.query(_TEXTS[name], format=format_) for one in (server, behind))
    assert there.status == 200, there.text
    assert there.type == here.type
    if format_ in {"csv", "tsv"}:
        assert there.text == here.text


@pytest.mark.parametrize(
    ("text", "truth"), [("ASK { ?s ?p ?o }", True), ("ASK { ?s a <urn:x> }", False)]
)
def test_truth_values(behind: Server, text: str, truth: bool) -> None:
    assert behind.query(text).json()["boolean"] is truth


@pytest.mark.parametrize("format_", ["ttl", "nt", "jsonld", "rdf"])
def test_graphs_come_in_every_format(behind: Server, format_: str) -> None:
    reply = behind.query("CONSTRUCT WHERE { ?s a ?o } LIMIT 5", format=format_)
    assert reply.status == 200, reply.text
    assert reply.body


@pytest.mark.parametrize(
    "name", ["projects-coordinated-by-state", "evidence-for-project", "things-called"]
)
def test_questions_have_the_same_rows(server: Server, behind: Server, name: str) -> None:
    here, there = (one.request(f"/queries/{name}?format=csv") for one in (server, behind))
    assert there.status == 200, there.text
    assert sorted(there.text.splitlines()) == sorted(here.text.splitlines())


@pytest.mark.parametrize(
    "path",
    ["/changes", "/", "/doc/state/viet-nam", "/dataset", "/graph/schemes", "/queries", "/quality"],
)
def test_pages_render(behind: Server, path: str) -> None:
    reply = behind.request(path, "text/html")
    assert reply.status == 200, reply.text
    assert "<main" in reply.text


@pytest.mark.parametrize("path", ["/doc/state/viet-nam", "/dataset", "/graphs"])
def test_there_are_no_versions_of_another_engines_data(behind: Server, path: str) -> None:
    for version in ("0", "1"):
        reply = behind.request(f"{path}?version={version}")
        assert reply.status == 404
        assert "only the present is known here" in reply.json()["detail"]


def test_a_time_leads_to_the_only_version_that_there_is(behind: Server) -> None:
    date = {"Accept-Datetime": "Mon, 01 Jan 2001 00:00:00 GMT"}
    reply = behind.request("/timegate/state/viet-nam", headers=date)
    assert (reply.status, reply.headers["Location"]) == (302, "/doc/state/viet-nam")
    assert "changed elsewhere" in behind.request("/changes", "text/html").text


def test_documents_are_those_of_the_embedded_store(server: Server, behind: Server) -> None:
    here, there = (one.request("/doc/state/viet-nam.nt") for one in (server, behind))
    assert there.status == 200
    assert there.body == here.body


def test_whole_graphs_come_although_the_engine_gives_few_rows_at_once(
    server: Server, behind: Server
) -> None:
    for path in ("/graphs?graph=" + quote(SCHEMES), "/graphs?default"):
        here, there = (one.request(path, "application/n-triples") for one in (server, behind))
        assert sorted(there.body.splitlines()) == sorted(here.body.splitlines())


def test_an_answer_that_the_engine_cut_says_so(engine: Engine, behind: Server) -> None:
    if engine.name != "virtuoso":
        pytest.skip("Oxigraph cuts no answers")
    reply = behind.query("SELECT ?s ?p ?o { ?s ?p ?o }", format="csv")
    assert reply.headers["Cebu-Truncated"] == "rows=50; limit=engine"


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("CONSTRUCT WHERE { ?s ?p ?o }", True),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 51", True),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 50", False),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", False),
        ("CONSTRUCT { <urn:x> a ?t } WHERE { ?s a ?t }", False),
        ("CONSTRUCT WHERE { ?s a <urn:none> }", False),
        ("DESCRIBE * WHERE { ?s ?p ?o }", True),
        ("DESCRIBE ?s ?o WHERE { ?s ?p ?o }", True),
        ("DESCRIBE ?s WHERE { ?s ?p ?o }", False),
        ("DESCRIBE ?s WHERE { ?s a <https://w3id.org/cebu/ontology#MemberState> }", False),
        ("DESCRIBE <https://w3id.org/cebu/id/state/viet-nam>", False),
    ],
)
def test_a_graph_that_the_engine_cut_in_silence_says_so(
    engine: Engine, behind: Server, server: Server, text: str, is_cut: bool
) -> None:
    reply = behind.query(text, "application/n-triples")
    assert reply.status == 200, reply.text
    told = reply.headers["Cebu-Truncated"]
    if not is_cut or engine.name == "oxigraph":
        assert told is None
        if "LIMIT" not in text:
            whole = server.query(text, "application/n-triples").body
            # What a description has beside the statements about a thing, each engine decides.
            assert set(whole.splitlines()) <= set(reply.body.splitlines())
    else:
        assert told == f"rows={len(reply.body.splitlines())}; limit=engine"


@pytest.mark.parametrize(
    ("text", "kind", "status"),
    [
        ("SELECT * { ?s ?p }", "query-syntax", 400),
        ("SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }", "service-refused", 403),
        ("SELECT * FROM <http://a.example/> { ?s ?p ?o }", "graph-unknown", 400),
        ("SELECT (<bif:http_get>('http://a.example/') AS ?x) {}", "function-refused", 403),
        ("PREFIX f: <bif:> SELECT (f:http_get('http://a/') AS ?x) {}", "function-refused", 403),
        ("BASE <sql:x> SELECT (<y>('z') AS ?x) {}", "function-refused", 403),
        ("SELECT (<\\u0062if:http_get>('http://a.example/') AS ?x) {}", "function-refused", 403),
    ],
)  # fmt: skip
def test_what_is_refused_never_reaches_the_engine(
    behind: Server, text: str, kind: str, status: int
) -> None:
    reply = behind.query(text)
    assert (reply.status, reply.json()["type"].partition("#")[2]) == (status, kind)


def test_writes_are_refused(behind: Server) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
    text = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"
    update = behind.request("/update", method="POST", body=text, headers=headers)
    headers["Content-Type"] = "text/turtle"
    path = "/graphs?graph=urn:g"
    put = behind.request(path, method="PUT", body="<urn:a> <urn:b> <urn:c> .", headers=headers)
    drop = behind.request("/graph/schemes", method="DELETE", headers=headers)
    for reply in (update, put, drop):
        assert reply.status == 501
        assert "cebu publish" in reply.json()["next"]
    assert behind.query("ASK { <urn:a> ?p ?o }").json()["boolean"] is False


def test_data_are_validated_against_the_graph_of_the_engine(behind: Server) -> None:
    path = "/validate?against=graph&format=json"
    headers = {"Content-Type": "text/turtle"}
    body = "<https://w3id.org/cebu/id/state/viet-nam> a <urn:x> ."
    reply = behind.request(path, method="POST", body=body, headers=headers)
    assert reply.status == 200, reply.text
    assert "conforms" in reply.json()


def test_tags_come_with_a_stated_version_and_go_with_it(
    engine: Engine, behind: Server, tmp_path: Path
) -> None:
    publication = "https://w3id.org/cebu/graph/publication"
    first = behind.request("/doc/state/viet-nam.ttl")
    assert first.headers["ETag"]
    again = behind.request(
        "/doc/state/viet-nam.ttl", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304
    part = "<https://w3id.org/cebu/dataset> <http://purl.org/dc/terms/hasPart>"
    write(engine, "PUT", publication, f"{part} <{SCHEMES}> .\n")
    try:
        _until(lambda: behind.request("/doc/state/viet-nam.ttl").headers["ETag"] is None)
        tag = {"If-None-Match": first.headers["ETag"]}
        assert behind.request("/doc/state/viet-nam.ttl", headers=tag).status == 200
    finally:
        assert publish(tmp_path, engine).returncode == 0
    _until(lambda: behind.request("/doc/state/viet-nam.ttl").headers["ETag"] is not None)
    assert behind.request("/doc/state/viet-nam.ttl").headers["ETag"] != first.headers["ETag"]


def test_publishing_finds_what_was_tampered_with(engine: Engine, tmp_path: Path) -> None:
    line = '<https://w3id.org/cebu/id/state/viet-nam> <urn:tampered> "yes" .'
    write(engine, "POST", SCHEMES, line)
    check = publish(tmp_path, engine, "--check")
    assert check.returncode == 1
    assert "1 statements are too many" in check.stderr
    assert "urn:tampered" in check.stderr
    # By each address alone too, which for updates is slow on Virtuoso.
    ways = ["CEBU_BACKEND_STORE", *(["CEBU_BACKEND_UPDATE"] if engine.name == "oxigraph" else [])]
    for way in ways:
        done = publish(tmp_path, engine, way=way)
        assert done.returncode == 0, done.stderr
        assert ("graphs are replaced one by one" in done.stderr) is (way == "CEBU_BACKEND_STORE")
        assert publish(tmp_path, engine, "--check").returncode == 0
    assert publish(tmp_path, engine).returncode == 0
    assert publish(tmp_path, engine, "--check").returncode == 0


def test_publishing_says_if_readers_may_see_a_mixture(engine: Engine, tmp_path: Path) -> None:
    done = publish(tmp_path, engine)
    assert done.returncode == 0, done.stderr
    is_told = "is not known to make an update request as a whole" in done.stderr
    assert is_told is (engine.name == "virtuoso")


def test_what_was_staged_by_a_stopped_publication_is_seen_by_nobody(
    engine: Engine, behind: Server, tmp_path: Path
) -> None:
    left = f"{STAGING}left"
    write(engine, "PUT", left, "<urn:left> <urn:b> <urn:c> .\n")
    try:
        assert left not in behind.query(_TEXTS["graphs"], "text/csv").text
        assert behind.query("ASK { <urn:left> ?p ?o }").json()["boolean"] is False
    finally:
        assert publish(tmp_path, engine).returncode == 0
    client = BackendClient(BackendSettings(query=engine.query), 10, 10**7)
    assert client.rows(STAGED) == []


def _numbered(folder: Path, number: int) -> Path:
    """Return a data folder whose graphs all say which one of several it is."""
    shutil.copytree(DATA / "graph", folder / "graph")
    for path in (folder / "graph").glob("*.ttl"):
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\n<urn:{path.stem}> <urn:number> {number} .\n", encoding="utf-8")
    return folder


def test_readers_see_a_publication_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where the engine makes an update request as a whole, as Oxigraph does."""
    data = [_numbered(tmp_path / f"data-{number}", number) for number in range(2)]
    number_of_graphs = len(list((DATA / "graph").glob("*.ttl")))
    text = f"""SELECT ?number (COUNT(?graph) AS ?graphs) (COUNT(DISTINCT ?version) AS ?versions) {{
        GRAPH <{PUBLICATION}> {{ ?about <http://www.w3.org/2002/07/owl#versionInfo> ?version }}
        GRAPH ?graph {{ ?s <urn:number> ?number }} FILTER(!STRSTARTS(STR(?graph), "{STAGING}"))
    }} GROUP BY ?number"""
    seen: set[tuple[tuple[str, str, str], ...]] = set()
    folder = tmp_path / "engine"
    folder.mkdir()
    with ENGINES["oxigraph"](folder) as running:
        client = BackendClient(BackendSettings(query=running.query), 10, 10**7)
        assert publish(tmp_path / "store", running, data=data[0]).returncode == 0
        done = Event()

        def read() -> None:
            while not done.is_set():
                rows = client.rows(text)
                seen.add(
                    tuple(
                        (row["number"].value, row["graphs"].value, row["versions"].value)
                        for row in rows
                    )
                )

        reader = Thread(target=read)
        reader.start()
        try:
            for turn in (1, 0, 1):
                finished = publish(tmp_path / "store", running, data=data[turn])
                assert finished.returncode == 0, finished.stderr
        finally:
            done.set()
            reader.join()
    # Each graph and the union of them.
    each = str(number_of_graphs + number_of_graphs)
    assert seen == {(("0", each, "1"),), (("1", each, "1"),)}


def test_a_publication_that_arrives_wrong_leaves_the_former_one(tmp_path: Path) -> None:
    """An engine that writes a number in another way gets no new version."""
    data = _numbered(tmp_path / "data", 7)
    file = next((data / "graph").glob("*.ttl"))
    text = file.read_text(encoding="utf-8")
    odd = '<urn:odd> <urn:b> "007"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    folder = tmp_path / "engine"
    folder.mkdir()
    with ENGINES["oxigraph"](folder) as running:
        assert publish(tmp_path / "store", running).returncode == 0
        file.write_text(text + odd, encoding="utf-8")
        done = publish(tmp_path / "store", running, data=data)
        assert done.returncode == 1
        assert "come back in another way" in done.stderr
        assert publish(tmp_path / "store", running, "--check").returncode == 0
        client = BackendClient(BackendSettings(query=running.query), 10, 10**7)
        assert client.rows(STAGED) == []
        assert "version" in client.rows(STATED, Dataset((), (PUBLICATION,)))[0]


def test_an_engine_that_goes_away_is_told_of(tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    with ENGINES["oxigraph"](folder) as running, contextlib.ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "front", CEBU_BACKEND=running.query))
        assert server.query("ASK {}").status == 200
        running.stop()
        for reply in (server.query("ASK { ?s ?p ?o }"), server.request("/doc/state/viet-nam.ttl")):
            assert reply.status == 502
            assert "problems#backend-gone" in reply.text
            assert reply.headers["Retry-After"]
        assert server.request("/health").status == 200


class _Odd(BaseHTTPRequestHandler):
    """An endpoint that answers our own questions, and strangers' badly."""

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "slow" in text:
            Event().wait(5)
        status = 500 if "broken" in text else 200
        bindings = '{"n":{"type":"literal","value":"0"}}' if "COUNT" in text else ""
        body = f'{{"head":{{"vars":["n"]}},"results":{{"bindings":[{bindings}]}}}}'.encode()
        if "garbled" in text:
            body = b"<html>" * 10
        if status == 500:
            body = b"Out of quads at 0x17"
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_an_engine_that_answers_badly_is_told_of(tmp_path: Path) -> None:
    odd = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    Thread(target=odd.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{odd.server_port}/"
        with serving(tmp_path, CEBU_BACKEND=address, CEBU_TIMEOUT="1") as server:
            kinds = {
                word: server.query(f"SELECT ?{word} {{}}") for word in ("broken", "garbled", "slow")
            }
    finally:
        odd.shutdown()
        odd.server_close()
    assert kinds["broken"].status == kinds["garbled"].status == 502
    assert "Out of quads" in kinds["broken"].json()["detail"]
    assert kinds["slow"].status == 503
    assert "may go on working" in kinds["slow"].json()["detail"]


class _Slow(BaseHTTPRequestHandler):
    """An endpoint of many graphs, each answer of which comes in time, but late."""

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        (text,) = body["query"]
        kind = "application/sparql-results+json"
        if "hasPart" in text:
            graphs = [{"graph": {"type": "uri", "value": f"urn:g{n}"}} for n in range(30)]
            answer = {"head": {"vars": ["graph"]}, "results": {"bindings": graphs}}
        else:
            Event().wait(0.2)
            count = [{"n": {"type": "literal", "value": "1"}}]
            answer = {"head": {"vars": ["n"]}, "results": {"bindings": count}}
        content = json.dumps(answer).encode()
        if "CONSTRUCT" in text:
            content, kind = b"<urn:a> <urn:b> <urn:c> .\n", "application/n-triples"
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_fetching_the_graph_for_a_validation_ends_at_its_time(tmp_path: Path) -> None:
    slow = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    Thread(target=slow.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{slow.server_port}/"
        more = {"CEBU_TIMEOUT": "2", "CEBU_BACKEND_SECONDS": "60"}
        with serving(tmp_path, CEBU_BACKEND=address, **more) as server:
            began = time.monotonic()
            reply = server.request(
                "/validate?against=graph",
                method="POST",
                body="<urn:a> <urn:b> <urn:c> .",
                headers={"Content-Type": "text/turtle"},
            )
            took = time.monotonic() - began
    finally:
        slow.shutdown()
        slow.server_close()
    assert reply.status == 503
    assert reply.json()["type"].endswith("#validation-timeout")
    assert "did not come from the engine within 2 seconds" in reply.json()["detail"]
    # To fetch all of it would take twelve.
    assert took < 6


def test_without_the_engine_the_server_does_not_start(tmp_path: Path) -> None:
    env = environment(tmp_path, free_port(), CEBU_BACKEND=f"http://127.0.0.1:{free_port()}/sparql")
    done = cebu("serve", env=env)
    assert done.returncode == 1
    assert "CEBU_BACKEND: The engine behind this server cannot be reached" in done.stderr


def test_publishing_needs_to_know_where_and_does_not_tell_who(tmp_path: Path) -> None:
    env = environment(tmp_path, 1)
    none = cebu("publish", "http://127.0.0.1:1/query", env=env)
    assert none.returncode == 1
    assert "CEBU_BACKEND_STORE" in none.stderr
    secret = {"CEBU_BACKEND_USER": "me", "CEBU_BACKEND_PASSWORD": "geheimnis"}
    more = {**secret, "CEBU_BACKEND_STORE": f"http://127.0.0.1:{free_port()}/"}
    gone = cebu("publish", f"http://127.0.0.1:{free_port()}/", env={**env, **more})
    assert gone.returncode == 1
    assert "cannot be reached" in gone.stderr
    assert "geheimnis" not in gone.stderr + gone.stdout
    assert base64.b64encode(b"me:geheimnis").decode() not in gone.stderr + gone.stdout


@pytest.mark.parametrize("text", ["SELECT * { <http://a> ?p <urn:b> }", "ASK { FILTER(?a<?b) }"])
def test_usual_addresses_pass(text: str) -> None:
    check_functions(text)


def test_a_name_that_only_another_lexer_sees_is_refused() -> None:
    with pytest.raises(Problem):
        check_functions("ASK { FILTER('<bif:x>' = ?a) }")


def test_a_base_is_given_to_a_query_without_one() -> None:
    assert based("ASK {}") == "BASE <https://w3id.org/cebu/sparql> ASK {}"
    assert based("BASE <urn:x> ASK {}") == "BASE <urn:x> ASK {}"


def test_a_version_of_the_served_graph_is_published(tmp_path: Path) -> None:
    add = "INSERT DATA {{ GRAPH <http://g/1> {{ <urn:x> <urn:number> {} }} }}"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
    folder = tmp_path / "engine"
    folder.mkdir()
    with ENGINES["oxigraph"](folder) as running:
        client = BackendClient(BackendSettings(query=running.query), 10, 10**7)
        numbers = "SELECT ?n WHERE { GRAPH <http://g/1> { ?s <urn:number> ?n } }"
        with serving(tmp_path / "store", CEBU_TOKEN=TOKEN, CEBU_WORKERS="0") as server:
            for number in (1, 2):
                reply = server.request(
                    "/update", method="POST", body=add.format(number), headers=headers
                )
                assert reply.status == 204
            done = publish(tmp_path, running, "--version", "1", "--from", server.url)
            assert done.returncode == 0, done.stderr
            assert [row["n"].value for row in client.rows(numbers)] == ["1"]
            checked = publish(tmp_path, running, "--check", "--version", "2", "--from", server.url)
            assert checked.returncode == 1
            assert "does not have exactly what version 2 has" in checked.stderr
            unknown = publish(tmp_path, running, "--version", "7", "--from", server.url)
            assert unknown.returncode == 1
            assert "7 is none" in unknown.stderr
            bare = publish(tmp_path, running, "--from", server.url)
            assert "--version" in bare.stderr
        # From the store itself, when nobody serves it.
        done = publish(tmp_path / "store", running, "--version", "2")
        assert done.returncode == 0, done.stderr
        assert sorted(row["n"].value for row in client.rows(numbers)) == ["1", "2"]
        current = (
            "SELECT ?v WHERE { GRAPH ?g { ?d <http://www.w3.org/2002/07/owl#versionIRI> ?v } }"
        )
        assert {row["v"].value for row in client.rows(current)} >= {
            "https://w3id.org/cebu/dataset?version=2"
        }
