"""The search: what it finds and counts, what it says of bad requests, and after a write."""

import csv
import io
import re
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from ontology.namespaces import ID
from server.app import create_app
from server.search import builds as search_builds
from server.settings import Settings
from tests.server import library_of_texts
from tests.server.door import Reply, Server, serving

TOKEN = "0123456789abcdef"
THING = f"<{ID}body/office-of-zebras>"
LABELS = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
PASSAGE = "<https://w3id.org/cebu/id/passage/action-plan-2018-2025/100-108>"
CLAIM = "<https://w3id.org/cebu/id/claim/action-plan-2018-2025/00000000000000aa>"
PLAN = "<https://w3id.org/cebu/id/document/action-plan-2018-2025>"
PREFIX = (
    "PREFIX cebu: <https://w3id.org/cebu/ontology#> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> " + LABELS
)


def find(server: Server, text: str = "", **more: object) -> Any:  # noqa: ANN401 (JSON)
    fields = {"q": text, **more, "format": "json"}
    reply = server.request("/search?" + urlencode(fields, doseq=True))
    assert reply.status == 200, reply.text
    return reply.json()


def labels(found: Any) -> list[str]:  # noqa: ANN401 (JSON)
    return [item["label"] for item in found["results"]]


def page(server: Server, **fields: object) -> Reply:
    return server.request("/search?" + urlencode(fields, doseq=True), "text/html")


def counts(found: Any, facet: str) -> dict[str, int]:  # noqa: ANN401 (JSON)
    return {item["value"]: item["count"] for item in found["facets"][facet]}


def test_a_misspelt_word_is_corrected_and_the_page_says_so(server: Server) -> None:
    found = find(server, "portabilty")
    assert found["corrected"] == {"portabilty": "portability"}
    assert found["results"]
    text = page(server, q="portabilty").text
    assert "Nothing here has the word <strong>portabilty</strong>" in text
    assert "<mark>portability</mark>" in text.lower()


def test_each_result_shows_kind_words_and_source(server: Server) -> None:
    found = find(server, "viet nam")
    assert found["results"][0]["iri"] == ID + "state/viet-nam"
    for item in found["results"]:
        assert item["kind"]
        marked = [part["text"] for part in (*item["marked"], *item["excerpt"]) if part["marked"]]
        assert any("nam" in text.lower() for text in marked), item
    assert any(item["sources"] for item in found["results"])
    assert 'href="/sources/' in page(server, q="viet nam").text


def test_questions_of_the_library_are_found_and_lead_to_their_forms(server: Server) -> None:
    found = find(server, "which projects does a state coordinate")
    first = found["results"][0]
    assert (first["kind"], first["address"]) == (
        "question",
        f"{server.url}/queries/projects-coordinated-by-state",
    )
    assert server.request("/queries/projects-coordinated-by-state", "text/html").status == 200
    # By what the description says, too; and alone, by their kind.
    assert find(server, kind="question")["total"] == 3
    page_ = page(server, q="projects coordinate", kind="question").text
    assert '<h3><a href="/queries/projects-coordinated-by-state">' in page_
    suggested = server.request("/search/suggest?q=which+projects").json()
    assert f"{server.url}/queries/projects-coordinated-by-state" in suggested[3]


def test_a_passage_leads_to_its_place_in_the_document(server: Server) -> None:
    found = find(server, kind="passage", size=1)["results"][0]
    assert "?passage=" in found["address"]
    address = urlsplit(found["address"])
    assert server.request(f"{address.path}?{address.query}", "text/html").status == 200


def test_filters_narrow_and_values_of_one_widen(server: Server) -> None:
    everything = find(server)
    kinds = counts(everything, "kind")
    assert find(server, kind="project")["total"] == kinds["project"]
    both = find(server, kind=["project", "member-state"])
    assert both["total"] == kinds["project"] + kinds["member-state"]
    narrowed = find(server, kind="project", state="thailand")
    assert 0 < narrowed["total"] < kinds["project"]
    assert counts(narrowed, "state")["thailand"] == narrowed["total"]
    # What else could be chosen of a facet is still counted.
    assert counts(narrowed, "kind")["member-state"] == 1
    assert counts(narrowed, "state")["viet-nam"] == 2


def test_facets_lead_to_as_many_results_as_they_say(server: Server) -> None:
    found = find(server, "project")
    assert found["total"] > 2
    for name, values in found["facets"].items():
        for value in values[:3]:
            assert find(server, "project", **{name: value["value"]})["total"] == value["count"]


def test_pages_follow_one_another_without_gaps(server: Server) -> None:
    whole = labels(find(server, size=20))
    pages = (find(server, size=5, page=number) for number in (1, 2, 3, 4))
    assert [label for found in pages for label in labels(found)] == whole


def test_a_question_in_words_finds_what_has_the_telling_ones(server: Server) -> None:
    found = find(server, "what is the portability of social security about")
    assert found["results"]
    assert "portability" in str(found["results"][0]).lower()


def test_words_in_quotation_marks_stay_together(server: Server) -> None:
    assert "Priorities paper" in labels(find(server, "paper priorities"))
    assert "Priorities paper" in labels(find(server, '"priorities paper"'))
    assert find(server, '"paper priorities"')["total"] == 0


@pytest.mark.parametrize(
    "text",
    ['"', '""', "*", "a*", "NEAR(a b)", "label:x", "a AND", "OR", "-x", "^a", "(", "{label}:a",
     "'; DROP TABLE thing; --", "%", "\x00", "🙂", "ß", "' OR 1=1", "\u202e", "é" * 300],
)  # fmt: skip
def test_nothing_typed_is_an_operator(server: Server, text: str) -> None:
    for path in ("/search", "/search/suggest"):
        reply = server.request(f"{path}?{urlencode({'q': text})}")
        assert reply.status == 200, reply.text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("colour=red", "no parameter 'colour'"),
        ("kind=projekt", "Nothing here has the kind 'projekt'"),
        ("state=atlantis", "choose one of"),
        ("year=1066", "Nothing here has the year"),
        ("page=0", "page is not a number"),
        ("page=99999", "There is no page 99999"),
        ("page=9999999999", "page is not a number"),
        ("size=0", "size is not a number"),
        ("size=101", "size is not a number"),
        ("format=pdf", "no format 'pdf'"),
        ("q=" + "x" * 301, "300 are the most"),
        ("&".join(f"kind=x{n}" for n in range(21)), "20 are the most"),
        ("kind=<script>alert(1)</script>", "Nothing here has the kind"),
    ],
)
def test_what_cannot_be_searched_is_said_helpfully(server: Server, query: str, says: str) -> None:
    query = quote(query, safe="=&")
    reply = server.request("/search?" + query, "application/json")
    assert reply.status == 400
    problem = reply.json()
    assert says in f"{problem['detail']} {problem['next']}"
    shown = server.request("/search?" + query, "text/html")
    assert shown.status == 400
    assert "<script>alert" not in shown.text


def test_csv_has_a_row_for_each_result(server: Server) -> None:
    reply = server.request("/search?q=project&format=csv&size=3")
    assert reply.type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert len(rows) == 3
    assert [row["label"] for row in rows] == labels(find(server, "project", size=3))
    assert server.request("/search?q=project", "text/csv").type == "text/csv"
    assert server.request("/search?q=project", "image/png").status == 406


def test_suggestions_are_those_of_opensearch(server: Server) -> None:
    reply = server.request("/search/suggest?q=viet")
    assert reply.type == "application/x-suggestions+json"
    typed, names, kinds, addresses = reply.json()
    assert (typed, names[0], kinds[0]) == ("viet", "Viet Nam", "member state")
    assert len(names) == len(kinds) == len(addresses) <= 8
    assert server.request(urlsplit(addresses[0]).path, "text/html").status == 200
    assert server.request("/search/suggest").json() == ["", [], [], []]
    assert server.request("/search/suggest?q=veit").json()[1][:1] == ["Viet Nam"]


def test_browsers_are_told_how_to_search_here(server: Server) -> None:
    reply = server.request("/search/description.xml")
    assert reply.type == "application/opensearchdescription+xml"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    templates = [url.get("template", "") for url in ET.fromstring(reply.body).iter(space + "Url")]
    for template in templates:
        path = template.removeprefix(server.url).replace("{searchTerms}", "viet")
        assert server.request(path.replace("{startPage?}", "1")).status == 200
    assert 'href="/search/description.xml"' in server.request("/", "text/html").text


@pytest.mark.parametrize("path", ["/", "/queries", "/sources", "/doc/state/viet-nam", "/nothing"])
def test_every_page_has_the_box(server: Server, path: str) -> None:
    text = server.request(path, "text/html").text
    assert text.count('role="search"') == 1
    assert re.search(r'<form class="find( wide)?" role="search" action="/search">', text)


def test_the_same_answer_is_known_by_its_tag(server: Server) -> None:
    first = server.request("/search?q=viet")
    tag = first.headers["ETag"]
    assert server.request("/search?q=viet", headers={"If-None-Match": tag}).status == 304


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = library_of_texts.write(tmp_path_factory.mktemp("data"))
    with serving(tmp_path_factory.mktemp("hostile"), CEBU_DATA=str(data)) as running:
        yield running


def test_script_in_labels_and_texts_is_shown_and_not_run(hostile: Server) -> None:
    text = page(hostile, q="paper sample script").text
    assert "&lt;<mark>script</mark>&gt;" in text
    shown = page(hostile, q="alert text").text
    assert "<mark>alert</mark>" in shown
    for answer in (text, shown, page(hostile, q="<script>alert(1)</script>").text):
        assert "<script>alert" not in answer
        assert "<b>1" not in answer
        assert answer.count("<script") == 2  # our own


def test_an_index_is_kept_for_the_next_start(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        find(running, "viet")
        (built,) = tmp_path.glob("*/search-*.sqlite")
        when = built.stat().st_mtime_ns
    assert not list(tmp_path.glob("*/.search*"))
    with serving(tmp_path) as running:
        assert labels(find(running, "viet nam"))[0] == "Viet Nam"
        assert built.stat().st_mtime_ns == when
        assert len(list(tmp_path.glob("*/search-*.sqlite"))) == 1


def test_a_damaged_index_is_built_anew(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        find(running, "viet")
    (built,) = tmp_path.glob("*/search-*.sqlite")
    built.write_bytes(b"no index" * 1000)
    with serving(tmp_path) as running:
        assert labels(find(running, "viet nam"))[0] == "Viet Nam"


def test_a_build_that_fails_is_said_and_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings)
    client = app.test_client()
    try:
        with monkeypatch.context() as broken:
            broken.setattr(search_builds, "RETRY_SECONDS", 0)
            broken.setattr(sys, "executable", "/bin/false")
            reply = client.get("/search")
            assert reply.status_code == 500
            assert "The search index could not be built" in reply.text
        assert client.get("/search?q=viet").status_code == 200
    finally:
        app.extensions["cebu"].close()


def test_what_a_killed_build_left_behind_is_removed(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        find(running, "viet")
    (built,) = tmp_path.glob("*/search-*.sqlite")
    left = [built.with_name(f".{built.name}-1"), built.with_name("search-0.sqlite")]
    for path in left:
        path.write_bytes(b"half")
    (built.parent / ".search").mkdir()
    with serving(tmp_path) as running:
        find(running, "viet")
        assert not any(path.exists() for path in (*left, built.parent / ".search"))


def test_an_empty_store_has_nothing_to_find(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_SEED="0") as running:
        assert find(running, "viet")["total"] == 0
        assert page(running).status == 200


def test_a_strict_dataset_is_searched_whole(tmp_path: Path, server: Server) -> None:
    with serving(tmp_path, CEBU_DEFAULT_GRAPH="strict") as running:
        assert find(running)["total"] == find(server)["total"]
        assert find(running)["facets"] == find(server)["facets"]


def update(server: Server, text: str) -> None:
    reply = server.request(
        "/update",
        method="POST",
        body=urlencode({"update": PREFIX + text}),
        headers={
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert reply.status in {200, 204}, reply.text


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_write_is_found_and_what_is_gone_is_not(tmp_path: Path) -> None:
    where = f"GRAPH <https://w3id.org/cebu/graph/zoo> {{ {THING} a cebu:Body ; "
    # As the shapes ask: with its words and the claim that they make.
    said = where + (
        f'rdfs:label "Office of Zebras"@en ; cebu:evidence {PASSAGE} . '
        f'{CLAIM} a cebu:Claim ; rdfs:label "Zebras - label"@en ; rdf:subject {THING} ; '
        f'rdf:predicate rdfs:label ; rdf:object "Office of Zebras"@en ; '
        f"cebu:evidence {PASSAGE} ; cebu:statedIn {PLAN} }}"
    )
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as running:
        assert "Office of Zebras" not in labels(find(running, "office of zebras"))
        update(running, f"INSERT DATA {{ {said} }}")
        until(lambda: "Office of Zebras" in labels(find(running, "office of zebras")))
        assert running.request("/search/suggest?q=zeb").json()[1] == ["Office of Zebras"]
        bodies = counts(find(running), "kind")["body"]
        update(running, f"DELETE DATA {{ {said} }}")
        # At once, whether the new index is there or not.
        found = find(running, "zebras")
        assert "Office of Zebras" not in labels(found)
        assert running.request("/search/suggest?q=zeb").json()[1] == []
        assert counts(find(running), "kind")["body"] == bodies - 1
        until(lambda: not find(running)["old"])


def test_answers_of_a_former_index_are_kept_by_nobody(tmp_path: Path) -> None:
    said = f'GRAPH <https://w3id.org/cebu/graph/zoo> {{ {THING} rdfs:label "Zebras"@en }}'
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as running:
        find(running)
        update(running, f"INSERT DATA {{ {said} }}")
        reply = running.request("/search?format=json")
        assert reply.json()["old"], "the index was there before the answer: the test is too slow"
        assert "ETag" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"
        until(lambda: not find(running)["old"])
        assert "ETag" in running.request("/search?format=json").headers
