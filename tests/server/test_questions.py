"""The question library: its files, its pages, its answers."""

import csv
import io
from pathlib import Path

import pytest

from server.library.library import Library, LibraryError, read_question
from tests.server.door import Server

NAME = "projects-coordinated-by-state"
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
