"""The workbench's page, its suggestions, names of many IRIs, and tables with labels."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest

from server.endpoint import labelled
from tests.server.door import Reply, Server

ID = "https://w3id.org/cebu/id/"
CEBU = "https://w3id.org/cebu/ontology#"
HEAD = f"PREFIX cebu: <{CEBU}> "
PROJECTS = (
    HEAD + "SELECT ?project ?status ?n { ?project a cebu:Project ; cebu:status ?status "
    "BIND(1 AS ?n) } ORDER BY ?project"
)


def start_of(page: Reply) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="start">(.*?)</script>', page.text)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def complete(server: Server, **fields: str) -> list[dict[str, Any]]:
    reply = server.request("/sparql/complete?" + urlencode(fields))
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["results"]
    return found


def names(server: Server, **fields: str) -> list[str]:
    return [item["name"] or item["iri"] for item in complete(server, **fields)]


def test_the_page_works_without_script_and_has_what_the_script_needs(server: Server) -> None:
    page = server.request("/sparql", "text/html")
    assert re.search(r'<textarea id="query" name="query"[^>]*required>', page.text)
    assert '<form id="editor" method="post" action="/sparql">' in page.text
    start = start_of(page)
    assert start["prefixes"]["cebu"] == CEBU
    assert (start["endpoint"], start["run"], start["answer"]) == ("/sparql", False, None)
    asked = start_of(server.query("SELECT ('</script>' AS ?x) {}", "text/html"))
    assert asked["answer"]["results"]["bindings"][0]["x"]["value"] == "</script>"


def test_a_long_answer_is_not_sent_twice(server: Server) -> None:
    text = f"SELECT ('{'x' * 1000}' AS ?x) ?s {{ ?s ?p ?o . ?a ?b ?c }} LIMIT 500"
    page = server.query(text, "text/html")
    assert start_of(page)["answer"] is None
    assert "500 rows" in page.text


def test_a_mistake_is_told_with_its_place(server: Server) -> None:
    page = server.query("SELECT * {\n ?s x:y ?o }", "text/html")
    assert page.status == 400
    problem = start_of(page)["problem"]
    assert (problem["line"], problem["column"]) == (2, 5)


def test_examples_are_the_questions_of_the_library_by_theme(server: Server) -> None:
    page = server.request("/sparql", "text/html").text
    listed = {item["name"] for item in server.request("/queries", "application/json").json()}
    assert set(re.findall(r'data-example="([^"]+)"', page)) == listed


def test_only_pictures_of_its_own_are_allowed_beside_the_usual_policy(server: Server) -> None:
    usual = server.request("/", "text/html").headers["Content-Security-Policy"]
    here = server.request("/sparql", "text/html").headers["Content-Security-Policy"]
    assert here == usual.replace("img-src 'self'", "img-src 'self' blob:")


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"kind": "class", "q": "Proj"}, "cebu:Project"),
        ({"kind": "class", "q": "cebu:proj"}, "cebu:Project"),
        ({"kind": "class", "q": "projcet"}, "cebu:Project"),
        ({"kind": "property", "q": "coordinat"}, "cebu:coordinator"),
        ({"kind": "property", "q": "cordinator"}, "cebu:coordinator"),
        ({"kind": "thing", "q": "vietnam"}, ID + "state/viet-nam"),
        ({"kind": "thing", "q": "viet-nam"}, ID + "state/viet-nam"),
        ({"kind": "thing", "q": ID + "state/thai"}, ID + "state/thailand"),
        ({"q": "Tailand"}, ID + "state/thailand"),
    ],
)
def test_terms_and_things_are_suggested_by_what_they_are_called(
    server: Server, fields: dict[str, str], first: str
) -> None:
    assert names(server, **fields)[0] == first


def test_a_suggestion_says_what_it_is(server: Server) -> None:
    project = complete(server, kind="class", q="project")[0]
    assert project["label"] == "project"
    assert project["definition"]
    assert project["uses"] > 0
    assert complete(server, q="viet nam")[0]["of"] == "member state"


def test_suggestions_are_bounded_and_kept_while_the_data_are_the_same(server: Server) -> None:
    assert len(complete(server, kind="property", q="", size="3")) == 3
    assert complete(server, kind="thing", q="") == []
    path = "/sparql/complete?kind=class&q=project"
    tag = server.request(path).headers["ETag"]
    assert server.request(path, headers={"If-None-Match": tag}).status == 304


@pytest.mark.parametrize(
    "query",
    ["kind=graph", "size=0", "size=51", "size=x", f"q={'x' * 101}", "other=1"],
)
def test_what_completion_does_not_know_is_refused(server: Server, query: str) -> None:
    reply = server.request(f"/sparql/complete?{query}", "application/json")
    assert reply.status == 400
    assert reply.json()["next"]


@pytest.mark.parametrize("typed", ['"', "*", "a OR b", "<script>", "%00", "ä ö", "-" * 50, "NEAR("])
def test_whatever_is_typed_is_only_words(server: Server, typed: str) -> None:
    for kind in ("class", "property", "thing"):
        complete(server, kind=kind, q=typed)


def labels(server: Server, body: object, content_type: str = "application/json") -> Reply:
    sent = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": content_type}
    return server.request("/labels", method="POST", body=sent, headers=headers)


def test_many_iris_are_named_at_once(server: Server) -> None:
    iris = [ID + "state/viet-nam", CEBU + "Project", "http://example.org/someThing", "no iri> {"]
    found = labels(server, iris).json()
    assert found[iris[0]] == {
        "label": "Viet Nam",
        "short": "state/viet-nam",
        "href": "/doc/state/viet-nam",
    }
    assert found[iris[1]]["short"] == "cebu:Project"
    assert found[iris[2]]["label"] == "some thing"
    assert found[iris[3]]["href"] is None
    assert len(labels(server, [f"urn:x:{n}" for n in range(1000)]).json()) == 1000


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ([f"urn:x:{n}" for n in range(1001)], "application/json", 413),
        ({"iris": []}, "application/json", 400),
        ([1], "application/json", 400),
        ("[", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        (["urn:x"], "text/csv", 415),
    ],
)
def test_what_is_no_list_of_iris_is_refused(
    server: Server, body: object, content_type: str, status: int
) -> None:
    assert labels(server, body, content_type).status == status


def test_labels_stand_beside_each_column_of_iris(server: Server) -> None:
    plain = list(csv.reader(io.StringIO(server.query(PROJECTS, format="csv").text)))
    with_labels = list(
        csv.reader(io.StringIO(server.query(PROJECTS, format="csv", labels="true").text))
    )
    assert with_labels[0] == ["project", "project_label", "status", "status_label", "n"]
    assert [[row[0], row[2], row[4]] for row in with_labels] == plain
    assert all(row[1] and row[3] and not row[1].startswith("http") for row in with_labels)


def test_tables_with_labels_are_to_be_had_as_tsv_and_as_a_workbook(server: Server) -> None:
    tsv = server.query(PROJECTS, "text/tab-separated-values", labels="true")
    assert tsv.type == "text/tab-separated-values"
    lines = [line.split("\t") for line in tsv.text.splitlines()]
    assert lines[0] == ["?project", "?project_label", "?status", "?status_label", "?n"]
    assert lines[1][0].startswith("<https://")
    assert lines[1][1].startswith('"')
    book = openpyxl.load_workbook(
        io.BytesIO(server.query(PROJECTS, format="xlsx", labels="true").body)
    )
    assert [cell.value for cell in book["answer"][1]] == [name[1:] for name in lines[0]]
    assert book["answer"]["A2"].value == lines[1][0][1:-1]
    plain = openpyxl.load_workbook(io.BytesIO(server.query(PROJECTS, format="xlsx").body))
    assert [cell.value for cell in plain["answer"][1]] == ["project", "status", "n"]


def test_a_question_has_them_too(server: Server) -> None:
    path = "/queries/projects-coordinated-by-state?state=state/thailand"
    rows = list(csv.DictReader(io.StringIO(server.request(f"{path}&labels=true", "text/csv").text)))
    plain = list(csv.DictReader(io.StringIO(server.request(path, "text/csv").text)))
    assert [{key: row[key] for key in plain[0]} for row in rows] == plain
    assert any(key.endswith("_label") for key in rows[0])
    book = openpyxl.load_workbook(io.BytesIO(server.request(f"{path}&format=xlsx").body))
    assert book["answer"].max_row == len(plain) + 1


def test_cells_that_look_like_formulas_and_odd_terms_stay_text(server: Server) -> None:
    text = (
        'SELECT ?x ?x_label { VALUES (?x ?x_label) { (<urn:a> "=1+1") ("tab\\there"@en "q\\"") '
        "(UNDEF <urn:b>) } }"
    )
    rows = list(csv.reader(io.StringIO(server.query(text, format="csv", labels="true").text)))
    assert rows[0] == ["x", "x_label_", "x_label", "x_label_label"]
    assert ["tab\there", "", 'q"', ""] in rows
    book = openpyxl.load_workbook(io.BytesIO(server.query(text, format="xlsx", labels="true").body))
    assert all(cell.data_type != "f" for row in book["answer"].iter_rows() for cell in row)
    assert any(cell.value == "=1+1" for cell in book["answer"]["C"])
    tsv = server.query(text, format="tsv", labels="true").text.splitlines()
    assert all(line.count("\t") == 3 for line in tsv)


def test_a_table_with_labels_is_cut_and_says_so(server: Server) -> None:
    text = "SELECT ?a ?b { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f } LIMIT 100001"
    reply = server.query(text, format="csv", labels="true")
    assert reply.headers["Cebu-Truncated"].startswith(f"rows={labelled.MAX_ROWS}; limit=rows")


@pytest.mark.parametrize(
    ("text", "fields", "status"),
    [
        ("ASK {}", {"labels": "true", "format": "csv"}, 406),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", {"labels": "true", "format": "csv"}, 406),
        (PROJECTS, {"labels": "yes"}, 400),
        (PROJECTS, {"labels": "true", "format": "json"}, 406),
        ("SELECT", {"labels": "true", "format": "csv"}, 400),
    ],
)
def test_where_labels_have_no_place_that_is_said(
    server: Server, text: str, fields: dict[str, str], status: int
) -> None:
    reply = server.query(text, "text/csv, application/problem+json;q=0.5", **fields)
    assert reply.status == status, reply.text


def test_without_labels_nothing_is_other_than_before(server: Server) -> None:
    plain = server.query(PROJECTS, format="csv")
    assert server.query(PROJECTS, format="csv", labels="false").body == plain.body
    assert server.query(PROJECTS, "text/csv").body == plain.body
