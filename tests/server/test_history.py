"""What was changed is listed, shown in words, asked for by number or time, and taken back."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from rdflib import OWL, RDF, Graph, Namespace, URIRef

from tests.server.door import Reply, Server, cebu, environment, serving, without_record

TOKEN = "a-token-of-the-tests"
PROV = Namespace("http://www.w3.org/ns/prov#")
PROJECT = "https://w3id.org/cebu/id/project/action-plan-2018-2025/26"
PREFIXES = """PREFIX cebu: <https://w3id.org/cebu/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX status: <https://w3id.org/cebu/id/concept/project-status/>
"""
PLAN = "https://w3id.org/cebu/graph/action-plan-2018-2025"
RENAME = (
    f"{PREFIXES} WITH <{PLAN}> DELETE {{ <{PROJECT}> rdfs:label ?old }} "
    f'INSERT {{ <{PROJECT}> rdfs:label "{{}}"@en }} WHERE {{ <{PROJECT}> rdfs:label ?old }}'
).replace('"{}"', '"%s"')


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a graph that was changed three times."""
    folder = tmp_path_factory.mktemp("history")
    with serving(folder, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as running:
        for number, (text, author) in enumerate(
            [
                (RENAME % "First name", "Anna"),
                (RENAME % "Second name", ""),
                (f"INSERT DATA {{ GRAPH <http://g/1> {{ <http://a/x> <http://b/y> {1} }} }}", "Bo"),
            ],
            1,
        ):
            reply = update(running, text, author=author, message=f"Message <{number}>")
            assert (reply.status, reply.headers["Cebu-Change"]) == (204, str(number))
        yield running


def update(server: Server, text: str, **fields: str) -> Reply:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    path = "/update?" + urlencode(fields)
    return server.request(path, method="POST", body=text.encode(), headers=headers)


def graph(reply: Reply) -> Graph:
    assert reply.status == 200, reply.text
    return Graph().parse(data=reply.body, format="turtle")


def slug(reply: Reply) -> str:
    return str(reply.json()["type"]).rpartition("#")[2]


def test_changes_are_listed_with_number_time_author_and_message(changed: Server) -> None:
    found = changed.request("/changes", "application/json").json()
    assert [item["number"] for item in found["changes"]] == [3, 2, 1]
    assert [item["author"] for item in found["changes"]] == ["Bo", "", "Anna"]
    assert found["changes"][0]["message"] == "Message <3>"
    assert found["changes"][0]["previous"] == found["changes"][1]["id"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["changes"][0]["time"])
    page = changed.request("/changes", "text/html")
    assert (page.status, page.type) == (200, "text/html")
    assert "Message &lt;3&gt;" in page.text
    feed = ElementTree.fromstring(changed.request("/changes.atom").body)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [entry.text for entry in feed.findall("a:entry/a:title", names)] == [
        "3: Message <3>", "2: Message <2>", "1: Message <1>",
    ]  # fmt: skip
    assert len({entry.text for entry in feed.findall("a:entry/a:id", names)}) == 3


def test_a_change_is_told_in_words_and_as_a_patch(changed: Server) -> None:
    text = changed.request("/changes/2", "text/plain").text
    assert "label “First name” → “Second name”" in text
    page = changed.request("/changes/2", "text/html").text
    assert "“First name” → “Second name”" in page
    patch = changed.request("/changes/2.rdfp")
    assert patch.type == "application/rdf-patch"
    rows = patch.text.splitlines()
    assert sum(row.startswith("D ") for row in rows) == 1
    assert sum(row.startswith("A ") for row in rows) == 1
    assert changed.request("/changes/2", "application/rdf-patch").body == patch.body
    assert changed.request("/changes/2.json").json()["differences"][0]["thing"] == PROJECT


def test_a_change_is_described_in_prov(changed: Server) -> None:
    for path in ("/changes/1.ttl", "/changes.ttl"):
        found = graph(changed.request(path))
        about = URIRef("https://w3id.org/cebu/changes/1")
        assert (about, RDF.type, PROV.Activity) in found
        version = URIRef("https://w3id.org/cebu/dataset?version=1")
        assert (version, PROV.wasGeneratedBy, about) in found
        assert (about, PROV.wasAssociatedWith, None) in found


def test_the_dataset_says_which_version_it_is(changed: Server) -> None:
    found = graph(changed.request("/dataset.ttl"))
    dataset = URIRef("https://w3id.org/cebu/dataset")
    version = URIRef(f"{dataset}?version=3")
    assert set(found.objects(dataset, OWL.versionIRI)) == {version}
    changes = URIRef("https://w3id.org/cebu/changes")
    assert (dataset, PROV.has_provenance, changes) in found
    assert (version, PROV.wasGeneratedBy, URIRef(f"{changes}/3")) in found
    assert (version, PROV.specializationOf, dataset) in found


@pytest.mark.parametrize("path", ["/changes/0", "/changes/4", "/changes?from=0&to=9"])
def test_a_version_that_is_not_there_is_not_found(changed: Server, path: str) -> None:
    reply = changed.request(path, "application/json")
    assert (reply.status, slug(reply)) == (404, "version-unknown")


def test_the_difference_of_two_versions_leads_from_one_to_the_other(changed: Server) -> None:
    forth = changed.request("/changes?from=0&to=2", "application/json").json()
    back = changed.request("/changes?from=2&to=0", "application/json").json()
    assert (forth["added"], forth["removed"]) == (back["removed"], back["added"]) == (1, 1)
    assert "→ “Second name”" in changed.request("/changes?from=0&to=2", "text/plain").text
    assert "“Second name” →" in changed.request("/changes?from=2&to=0", "text/html").text
    nothing = changed.request("/changes?from=1&to=1", "text/plain")
    assert nothing.text == "no difference\n"


def test_a_document_is_there_in_each_version(changed: Server) -> None:
    for number, name in ((1, "First name"), (2, "Second name"), (3, "Second name")):
        reply = changed.request(f"/doc/project/action-plan-2018-2025/26.ttl?version={number}")
        assert f'"{name}"@en' in reply.text
        document = URIRef("https://w3id.org/cebu/doc/project/action-plan-2018-2025/26")
        assert graph(reply).value(document, OWL.versionIRI) == URIRef(
            f"{document}?version={number}"
        )
        assert reply.headers["Memento-Datetime"].endswith(" GMT")
        assert 'rel="original latest-version"' in str(reply.headers.get_all("Link"))
    first = changed.request("/doc/project/action-plan-2018-2025/26.html?version=0").text
    assert "First name" not in first
    assert changed.request("/doc/project/action-plan-2018-2025/26.ttl?version=9").status == 404
    assert changed.request("/doc/project/action-plan-2018-2025/26.ttl?version=x").status == 400


NAMES = f"{PREFIXES} SELECT ?name {{ <{PROJECT}> rdfs:label ?name }}"


def test_any_version_can_be_queried(changed: Server) -> None:
    now = changed.query(NAMES, "text/csv")
    for number, name in ((1, "First name"), (2, "Second name"), (3, "Second name")):
        reply = changed.query(NAMES, "text/csv", version=str(number))
        assert (reply.status, reply.text) == (200, f"name\r\n{name}\r\n")
        assert changed.query(NAMES, "text/csv", version=str(number)).body == reply.body
    first = changed.query(NAMES, "application/sparql-results+json", version="0").json()
    (row,) = first["results"]["bindings"]
    assert row["name"]["value"] not in {"First name", "Second name"}
    assert changed.query(NAMES, "text/csv").body == now.body
    in_graph = f"{PREFIXES} SELECT ?n FROM <{PLAN}> {{ <{PROJECT}> rdfs:label ?n }}"
    assert "First name" in changed.query(in_graph, "text/csv", version="1").text
    assert (
        changed.query("ASK { GRAPH <http://g/1> { ?s ?p ?o } }", version="2").json()["boolean"]
        is False
    )
    described = changed.query(f"DESCRIBE <{PROJECT}>", "application/n-triples", version="1")
    assert '"First name"@en' in described.text


def test_the_version_may_stand_in_a_form(changed: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
    body = urlencode({"query": NAMES, "version": "1"})
    reply = changed.request("/sparql", method="POST", body=body, headers=form)
    assert reply.text == "name\r\nFirst name\r\n"
    direct = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    reply = changed.request("/sparql?version=1", method="POST", body=NAMES, headers=direct)
    assert reply.text == "name\r\nFirst name\r\n"
    page = changed.query(NAMES, "text/html", version="1").text
    assert "First name" in page
    assert "&amp;version=1" in page
    empty = changed.query(f"{NAMES[:-1]} . FILTER(?name = 'x'@en) }}", version="1", explain="empty")
    assert empty.json()["empty"] is True


@pytest.mark.parametrize(("version", "status"), [("4", 404), ("99", 404), ("x", 400), ("-1", 400)])
def test_a_version_that_cannot_be_queried_is_refused(
    changed: Server, version: str, status: int
) -> None:
    reply = changed.query(NAMES, "application/sparql-results+json", version=version)
    assert (reply.status, slug(reply)) == (
        status, "version-unknown" if status == 404 else "parameter",
    )  # fmt: skip


def test_a_query_of_a_version_ends_at_its_limits(changed: Server) -> None:
    runaway = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
    reply = changed.query(runaway, version="1", timeout="1")
    assert (reply.status, slug(reply)) == (503, "query-timeout")
    assert (slug(changed.query("SELEC", version="1"))) == "query-syntax"
    # The only query process is there again.
    for version in ({"version": "1"}, {}):
        assert changed.query(NAMES, "text/csv", **version).status == 200


def test_the_answer_about_a_version_is_not_that_about_another(changed: Server) -> None:
    tags = {
        changed.query(NAMES, "text/csv", **version).headers["ETag"]
        for version in ({}, {"version": "1"}, {"version": "2"})
    }
    assert len(tags) == 3
    described = changed.request("/sparql", "text/turtle").text
    assert "version=N" in described


def test_a_time_leads_to_the_version_of_that_time(changed: Server) -> None:
    path = "/timegate/project/action-plan-2018-2025/26"
    times = [item["time"] for item in changed.request("/changes.json").json()["changes"]]
    assert len(times) == 3
    for date, version in (
        ("Mon, 01 Jan 2001 00:00:00 GMT", "0"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "3"),
    ):
        reply = changed.request(path, headers={"Accept-Datetime": date})
        assert reply.status == 302
        assert reply.headers["Location"].endswith(f"26?version={version}")
        assert "Accept-Datetime" in reply.headers["Vary"]
    assert changed.request(path, headers={"Accept-Datetime": "yesterday"}).status == 400
    links = changed.request(path.replace("timegate", "timemap"))
    assert links.type == "application/link-format"
    assert links.text.count('rel="memento"') == 2
    current = changed.request("/doc/project/action-plan-2018-2025/26.ttl")
    assert f'<{path}>; rel="timegate"' in current.headers.get_all("Link", [])


def test_taking_back_is_a_new_change(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        before = without_record(server.request("/graphs", "application/n-quads").text)
        update(server, RENAME % "One")
        update(server, "INSERT DATA { GRAPH <http://g/1> { <http://a> <http://b> 1 } }")
        update(server, RENAME % "Two")
        allowed = {"Authorization": f"Bearer {TOKEN}"}
        assert server.request("/changes/2/revert", method="POST").status == 401
        conflict = server.request("/changes/1/revert", method="POST", headers=allowed)
        assert (conflict.status, slug(conflict)) == (409, "conflict")
        tried = server.request("/changes/2/revert?dry-run=1", method="POST", headers=allowed)
        assert (tried.status, tried.json()["removed"]) == (200, 1)
        for number, new in ((2, "4"), (3, "5"), (1, "6")):
            reply = server.request(f"/changes/{number}/revert", method="POST", headers=allowed)
            assert (reply.status, reply.headers["Cebu-Change"]) == (204, new)
        after = without_record(server.request("/graphs", "application/n-quads").text)
        assert after == before
        last = server.request("/changes/6.json").json()
        assert (last["kind"], last["reverts"]) == ("revert", 1)


def test_past_versions_are_read_while_others_write(tmp_path: Path) -> None:
    statuses: list[int] = []
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        for number in range(1, 8):
            update(server, RENAME % f"Name {number}")

        def read() -> None:
            for number in (1, 7, 2, 6, 3, 5, 4):
                path = f"/doc/project/action-plan-2018-2025/26.nt?version={number}"
                reply = server.request(path)
                statuses.append(reply.status)
                assert f'"Name {number}"@en' in reply.text

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for number in range(8, 11):
            assert update(server, RENAME % f"Name {number}").status == 204
        for reader in readers:
            reader.join()
        assert len(list(tmp_path.glob(".past-*"))) <= 6
    assert statuses == [200] * 14


def test_versions_are_queried_without_query_processes_too(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="0") as server:
        for number in (1, 2):
            update(server, RENAME % f"Name {number}")
        for number in (1, 2, 1):
            found = server.query(NAMES, "text/csv", version=str(number)).text
            assert found == f"name\r\nName {number}\r\n"


def test_the_commands_change_compare_and_take_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    env = environment(store, 1)
    update_file = tmp_path / "rename.ru"
    update_file.write_text(RENAME % "By file", encoding="utf-8")
    data = tmp_path / "extra.ttl"
    data.write_text("@prefix e: <http://e/> .\n\ne:a e:b [ e:c 1 ] .\n", encoding="utf-8")
    more = tmp_path / "more.trig"
    more.write_text("<http://g/9> { <http://e/a> <http://e/b> 2 }\n", encoding="utf-8")
    files = [str(update_file), str(data), str(more)]
    tried = cebu("update", "--dry-run", *files, env=env)
    assert (tried.returncode, tried.stdout) == (0, "would add 4 and remove 1 statements\n")
    made = cebu("update", "--author", "Anna", "-m", "Three files", *files, env=env)
    assert (made.returncode, made.stdout) == (0, "done\n"), made.stderr
    found = cebu("diff", "0", "1", env=env)
    assert "→ “By file”" in found.stdout, found.stderr
    patch = cebu("diff", "1", "0", "--patch", env=env).stdout.splitlines()
    assert sum(row.startswith("D ") for row in patch) == 4
    assert cebu("revert", "1", env=env).stdout == "change 1 is taken back\n"
    assert cebu("diff", "0", "2", env=env).stdout == "no difference\n"
    unknown = cebu("diff", "0", "9", env=env)
    assert unknown.returncode == 1
    assert "9 is none" in unknown.stderr


def test_a_file_that_breaks_a_shape_is_named_with_its_line(tmp_path: Path) -> None:
    good = tmp_path / "good.ttl"
    good.write_text("<http://e/a> <http://e/b> 1 .\n", encoding="utf-8")
    bad = tmp_path / "bad.ttl"
    bad.write_text(
        "@prefix cebu: <https://w3id.org/cebu/ontology#> .\n\n"
        "<https://w3id.org/cebu/id/state/nowhere> a cebu:MemberState .\n",
        encoding="utf-8",
    )
    with serving(tmp_path / "store", CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        env = environment(tmp_path / "store", server.port, CEBU_TOKEN=TOKEN)
        refused = cebu("update", str(good), str(bad), env=env)
        assert refused.returncode == 1
        assert f"{bad}:3" in refused.stderr
        assert "too few values" in refused.stderr
        assert cebu("update", str(good), env=env).stdout == "done\n"
        assert server.request("/changes.json").json()["version"] == 1
        wrong = cebu("update", str(good), env={**env, "CEBU_TOKEN": "another-token-that-is-wrong"})
        assert wrong.returncode == 1
        assert "token" in wrong.stderr
    mistake = tmp_path / "mistake.ttl"
    mistake.write_text("<http://e/a> <http://e/b> 1 .\n<http://e/a> oops .\n", encoding="utf-8")
    stopped = cebu("update", str(mistake), env=env)
    assert f"{mistake}:2" in stopped.stderr


def test_the_dataset_is_described_as_it_was(changed: Server) -> None:
    dataset = URIRef("https://w3id.org/cebu/dataset")
    for number, count in ((0, 0), (1, 0), (2, 0), (3, 1)):
        reply = changed.request(f"/dataset.ttl?version={number}")
        found = graph(reply)
        versions = {URIRef(f"{dataset}?version={number}")}
        assert set(found.objects(dataset, OWL.versionIRI)) == versions
        subset = URIRef("http://rdfs.org/ns/void#subset")
        assert ((dataset, subset, URIRef("http://g/1")) in found) is bool(count)
        assert 'rel="original latest-version"' in str(reply.headers.get_all("Link"))
        assert bool(reply.headers["Memento-Datetime"]) is bool(number)
        every = changed.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", version=str(number)).json()
        (triples,) = found.objects(dataset, URIRef("http://rdfs.org/ns/void#triples"))
        assert every["results"]["bindings"][0]["n"]["value"] == str(triples)
        page = changed.request(f"/dataset?version={number}", "text/html").text
        assert f"This is version {number}" in page
        assert f'href="/graph/action-plan-2018-2025?version={number}"' in page
    assert "This is version" not in changed.request("/dataset", "text/html").text
    assert changed.request("/dataset?version=4", "text/turtle").status == 404


def test_a_graph_is_there_in_each_version(changed: Server) -> None:
    for number, name in ((1, "First name"), (2, "Second name")):
        for path in ("/graph/action-plan-2018-2025.nt?", f"/graphs?graph={PLAN}&"):
            reply = changed.request(f"{path}version={number}", "application/n-triples")
            assert f'"{name}"@en' in reply.text
            assert reply.headers["Memento-Datetime"].endswith(" GMT")
        page = changed.request(f"/graph/action-plan-2018-2025?version={number}", "text/html").text
        assert f'href="/graph/action-plan-2018-2025.ttl?version={number}"' in page
        whole = changed.request(f"/graphs?version={number}", "application/n-quads").text
        assert f'"{name}"@en' in whole
        assert "http://g/1" not in whole
    assert changed.request("/graphs?graph=http://g/1&version=2").status == 404
    assert changed.request("/graphs?graph=http://g/1&version=3").status == 200


def test_a_page_of_a_past_version_says_so_and_stays_there(changed: Server) -> None:
    page = changed.request("/doc/project/action-plan-2018-2025/26?version=1", "text/html")
    assert "This is version 1" in page.text
    assert 'href="/doc/project/action-plan-2018-2025/26.ttl?version=1"' in page.text
    assert "26.nt?version=1>" in str(page.headers.get_all("Link"))


@pytest.mark.parametrize(
    "path",
    ["/", "/search?q=x", "/queries/things-called", "/quality", "/changes", "/ontology", "/explore",
     "/sources", "/health", "/id/state/viet-nam", "/sitemap.xml"],
)  # fmt: skip
def test_what_has_no_versions_says_so(changed: Server, path: str) -> None:
    reply = changed.request(f"{path}{'&' if '?' in path else '?'}version=1")
    assert (reply.status, slug(reply)) == (400, "parameter")
    assert "version=" in reply.json()["detail"]


def test_no_write_is_made_to_a_past_version(changed: Server) -> None:
    before = changed.request("/changes.json").json()["version"]
    assert update(changed, RENAME % "Never", version="1").status == 400
    allowed = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
    for method in ("PUT", "POST", "DELETE"):
        path = f"/graphs?graph={PLAN}&version=1"
        assert changed.request(path, method=method, body="", headers=allowed).status == 400
    assert changed.request("/changes.json").json()["version"] == before
