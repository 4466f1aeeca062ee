"""The question library: its files, its pages, its answers."""

import csv
import html
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ontology.namespaces import ID
from server.http.problems import Problem
from server.library.library import Library, LibraryError, read_question
from server.settings import ROOT
from tests.server.door import Server, serving

NAME = "projects-coordinated-by-state"
SCRIPT = "</script><script>alert(1)</script>"
GOOD = "#+ title: T\nSELECT ?s { ?s ?p ?o }\n"


def test_the_library_is_listed(server: Server) -> None:
    listed = server.request("/queries", "application/json").json()
    assert [item["name"] for item in listed] == ["evidence-for-project", NAME, "things-called"]
    assert listed[1]["parameters"][0]["default"] == "state/viet-nam"
    assert listed[1]["address"] == f"{server.url}/queries/{NAME}"
    assert "things-called" not in server.request("/queries?tag=start", "text/html").text
    assert server.request("/queries", "image/png").status == 406


def test_a_question_is_answered_with_its_defaults_and_with_values(server: Server) -> None:
    def numbers(query: str) -> list[str]:
        text = server.request(f"/queries/{NAME}{query}", "text/csv").text
        return [row["number"] for row in csv.DictReader(io.StringIO(text))]

    assert numbers("") == ["1", "26"]
    assert numbers("?state=state/thailand") == ["26"]
    assert numbers("?state=https://w3id.org/cebu/id/state/thailand") == ["26"]
    json = server.request(f"/queries/{NAME}?state=state/thailand&format=json").json()
    assert json["results"]["bindings"][0]["title"]["value"] == "Study on portability"
    words = server.request("/queries/things-called?words=%22Thai%5C", "text/csv")
    assert (words.status, words.text.split()) == (200, ["thing,label"])


def test_a_question_has_a_form_with_labelled_choices(server: Server) -> None:
    page = server.request(f"/queries/{NAME}?state=state/thailand", "text/html").text
    assert '<option value="state/thailand" selected>Thailand</option>' in page
    assert '<option value="state/viet-nam">Viet Nam</option>' in page
    assert "VALUES ?state { &lt;https://w3id.org/cebu/id/state/thailand&gt; }" in page
    assert f"/queries/{NAME}?state=state%2Fthailand&amp;format=csv" in page


def test_a_question_is_to_be_had_as_a_query(server: Server) -> None:
    reply = server.request(f"/queries/{NAME}?format=rq")
    assert reply.type == "application/sparql-query"
    again = server.query(reply.text, "text/csv")
    assert again.body == server.request(f"/queries/{NAME}", "text/csv").body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        (f"{NAME}?state=state/atlantis", 400),
        (f"{NAME}?state=body/ilo", 400),
        (f"{NAME}?state=%3E%20%7D%20SERVICE", 400),
        (f"{NAME}?colour=blue", 400),
        (f"things-called?words={'x' * 201}", 400),
    ],
)
def test_bad_values_are_told(server: Server, path: str, status: int) -> None:
    assert server.request(f"/queries/{path}", "application/json").status == status
    assert server.request(f"/queries/{path}", "text/html").type == "text/html"


def test_a_table_has_no_graph_formats(server: Server) -> None:
    assert server.request(f"/queries/{NAME}", "text/turtle").status == 406


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.replace("T", "[", 1), "not YAML"),
        (GOOD.replace("title: T", "tags: [a]"), "no title"),
        (GOOD.replace("title: T", "just words"), "bad.rq"),
        ("#+ title: T\n#+ parameters: [{name: x, label: X, default: a, type: string}]\nASK {}",
         r"\?x"),
        ("#+ title: T\n#+ parameters: [{name: s, label: S, default: 1, type: x}]\nASK {?s a 1}",
         "one of class, scheme"),
        ("#+ title: T\n#+ parameters: [{name: s, label: S, default: x, class: Body}]\nASK {?s a 1}",
         "no address"),
    ],
)  # fmt: skip
def test_bad_files_are_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.rq"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LibraryError, match=message) as caught:
        Library.load(tmp_path)
    assert "bad.rq" in str(caught.value)


def test_files_are_named_by_slugs_in_utf_8(tmp_path: Path) -> None:
    (tmp_path / "Bad Name.rq").write_text(GOOD, encoding="utf-8")
    with pytest.raises(LibraryError, match="slug"):
        Library.load(tmp_path)
    (tmp_path / "latin.rq").write_bytes(GOOD.encode() + b"# \xff")
    with pytest.raises(LibraryError, match=r"latin\.rq"):
        read_question(tmp_path / "latin.rq")


def test_an_absent_library_is_empty(tmp_path: Path) -> None:
    assert len(Library.load(tmp_path / "none")) == 0


def test_the_list_is_filtered_by_theme_and_words(server: Server) -> None:
    def names(query: str) -> list[str]:
        return [item["name"] for item in server.request(f"/queries?{query}").json()]

    assert names("tag=names") == ["things-called"]
    assert names("q=PROJECTS+state") == [NAME]
    assert names("tag=names&q=state") == []
    page = server.request("/queries?q=nowhere", "text/html").text
    assert "No question has these words" in page
    page = server.request("/queries", "text/html").text
    assert '<option value="names">Names and abbreviations (1)</option>' in page


@pytest.mark.parametrize("query", ["tag=atlantis", "colour=blue", f"q={'x' * 201}"])
def test_unknown_filters_of_the_list_are_told(server: Server, query: str) -> None:
    reply = server.request(f"/queries?{query}", "text/html")
    assert (reply.status, reply.type) == (400, "text/html")


def test_an_answer_shows_things_as_links_and_says_no_name_twice(server: Server) -> None:
    page = server.request("/queries/things-called", "text/html").text
    assert '<td><a href="/doc/state/viet-nam">Viet Nam</a></td>' in page
    assert '<th scope="col">Label</th>' not in page
    assert "the links say it already: Label" in page
    assert "label" in server.request("/queries/things-called", "text/csv").text


def test_an_answer_has_addresses_that_stay_and_a_citation(server: Server) -> None:
    page = html.unescape(
        server.request(f"/queries/{NAME}?state={ID}state/thailand", "text/html").text
    )
    address = f"{server.url}/queries/{NAME}?state=state%2Fthailand"
    assert f'data-copy="{address}&format=csv"' in page
    assert server.request(f"/queries/{NAME}?state=state%2Fthailand&format=csv").type == "text/csv"
    data = server.request("/health").json()["dataset"]
    assert "(Thailand). Cebu: a knowledge graph of ASEAN" in page
    assert f"version 0 ({data[:12]}). {address}" in page


def test_a_value_that_cannot_be_used_leaves_the_form(server: Server) -> None:
    reply = server.request(f"/queries/{NAME}?state=state/atlantis", "text/html")
    assert reply.status == 400
    assert "is not a value of state (" in html.unescape(reply.text)
    assert '<option value="state/viet-nam" selected>' in reply.text
    assert "answer-data" not in reply.text


def test_script_in_values_is_only_text(server: Server) -> None:
    for field in ("words", "<b>"):
        reply = server.request("/queries/things-called?" + urlencode({field: SCRIPT}), "text/html")
        assert reply.status == (200 if field == "words" else 400)
        assert "<script>alert" not in reply.text
    reply = server.request("/queries?" + urlencode({"q": SCRIPT}), "text/html")
    assert (reply.status, "<script>alert" in reply.text) == (200, False)


def test_script_in_labels_does_not_end_what_pictures_are_made_of(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "hostile.rq").write_text(
        "#+ title: T\n#+ view: {kind: chart, x: name, y: n}\n"
        f'SELECT ?name ?n {{ VALUES (?name ?n) {{ ("{SCRIPT}" 1) ("b" 2) }} }}\n',
        encoding="utf-8",
    )
    with serving(tmp_path / "store", CEBU_QUERIES=str(folder)) as server:
        page = server.request("/queries/hostile", "text/html").text
    assert "<script>alert" not in page
    block = re.search(r'<script type="application/json" id="answer-data">(.*?)</script>', page)
    assert block is not None
    drawn = json.loads(block[1])
    assert drawn["views"] == [{"kind": "chart", "roles": {"x": "name", "y": "n"}}]
    assert drawn["result"]["rows"][0]["name"] == {"type": "literal", "value": SCRIPT}
    assert drawn["result"]["rows"][1]["n"]["datatype"].endswith("#integer")


def test_long_numbers_are_read_with_their_thousands_apart_and_taken_along_without(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "numbers.rq").write_text(
        "#+ title: T\nSELECT ?n { VALUES ?n { 2788316 -63647.5 2019 0 1.5e7 } }\n",
        encoding="utf-8",
    )
    with serving(tmp_path / "store", CEBU_QUERIES=str(folder)) as server:
        page = server.request("/queries/numbers", "text/html").text
        table = server.request("/queries/numbers?format=csv").text
    read = re.findall(r'<td class="number"><span class="text">([^<]+)<', page)
    assert {"2,788,316", "-63,647.5", "2019", "0"} < set(read)
    assert {"2788316", "-63647.5", "2019", "0"} < set(table.split())


def test_the_words_of_pictures_come_from_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "drawn.rq").write_text(
        "#+ title: T\n#+ view: {kind: chart, x: name, y: n}\n"
        'SELECT ?name ?n { VALUES (?name ?n) { ("a" 1) ("b" 2) } }\n',
        encoding="utf-8",
    )
    with serving(tmp_path / "store", CEBU_QUERIES=str(folder)) as server:
        page = server.request("/queries/drawn", "text/html").text
    block = re.search(r'id="answer-data">(.*?)</script>', page)
    assert block is not None
    script = (ROOT / "server" / "frontend" / "src" / "views" / "words.js").read_text(
        encoding="utf-8"
    )
    english = dict(re.findall(r'^  (\w+): "(.+)",$', script, re.MULTILINE))
    # That an answer fits no picture is said where pictures are chosen, in the workbench.
    del english["unfit"]
    assert json.loads(block[1])["words"] == english


def test_only_pages_of_answers_take_images_that_scripts_make(server: Server) -> None:
    def policy(path: str) -> str:
        return server.request(path, "text/html").headers["Content-Security-Policy"]

    assert "img-src 'self' blob:;" in policy(f"/queries/{NAME}")
    assert "img-src 'self';" in policy("/queries")
    assert policy(f"/queries/{NAME}").replace(" blob:", "") == policy("/queries")


def test_a_question_that_takes_too_long_says_so_on_its_page(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "endless.rq").write_text(
        "#+ title: What is beside what?\n"
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }\n",
        encoding="utf-8",
    )
    with serving(tmp_path / "store", CEBU_QUERIES=str(folder), CEBU_TIMEOUT="1") as server:
        reply = server.request("/queries/endless", "text/html")
        assert (reply.status, reply.type) == (503, "text/html")
        assert "<h1>What is beside what?</h1>" in reply.text
        assert "The query took too long" in reply.text
        assert '<a href="/queries">or another question</a>' in reply.text
        assert server.request("/queries/endless", "application/json").status == 503


@pytest.mark.parametrize(
    ("type_", "value", "status"),
    [
        ("year", "2020", 200),
        ("year", "20", 400),
        ("year", "twenty", 400),
        ("date", "2020-12-31", 200),
        ("date", "31.12.2020", 400),
    ],
)
def test_years_and_dates_have_their_form(
    tmp_path: Path, type_: str, value: str, status: int
) -> None:
    path = tmp_path / "when.rq"
    default = {"year": "2019", "date": "2019-01-01"}[type_]
    path.write_text(
        "#+ title: T\n"
        f'#+ parameters: [{{name: w, label: W, type: {type_}, default: "{default}"}}]\n'
        "SELECT ?w { BIND(?w AS ?v) }\n",
        encoding="utf-8",
    )
    question = read_question(path)
    if status == 200:
        assert f'"{value}"' in question.query({"w": value})
    else:
        with pytest.raises(Problem, match=f"not a {type_}"):
            question.query({"w": value})


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("{kind: pie, x: s, y: o}", "one of chart, timeline, map, network"),
        ("chart", "one of chart"),
        ("{kind: chart, x: s}", "says no y"),
        ("{kind: chart, x: s, y: o, colour: p}", "has no colour"),
        ("{kind: timeline, label: s, start: [a, b]}", "start is the name"),
        ("{kind: map, state: s}", "either value or category"),
        ("{kind: map, state: s, value: o, category: p}", "either value or category"),
        ("[{kind: network, source: s, target: o}, {kind: network}]", "says no source, target"),
    ],
)
def test_a_view_that_cannot_be_drawn_is_named(tmp_path: Path, view: str, message: str) -> None:
    path = tmp_path / "bad.rq"
    path.write_text(GOOD.replace("SELECT", f"#+ view: {view}\nSELECT"), encoding="utf-8")
    with pytest.raises(LibraryError, match=message) as caught:
        read_question(path)
    assert "bad.rq" in str(caught.value)


def test_a_question_has_one_view_or_several(tmp_path: Path) -> None:
    path = tmp_path / "good.rq"
    views = "[{kind: chart, x: s, y: [p, o]}, {kind: network, source: s, target: o}]"
    path.write_text(GOOD.replace("SELECT", f"#+ view: {views}\nSELECT"), encoding="utf-8")
    assert [item.variables for item in read_question(path).pictures] == [
        ("s", "p", "o"),
        ("s", "o"),
    ]
