"""The data quality page, through HTTP."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import SH, Graph

from server.linked_data.vocabulary import shapes_graph
from server.pages.shape_words import in_words
from server.store.loader import digest, graph_files, sums
from server.store.store import LAYOUT
from server.validation.record import FILE, Message, ValidationRecord
from tests.server import library_of_texts as texts
from tests.server.door import DATA, Server, serving
from tests.server.test_pages import Outline


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality")
    (folder / "data").mkdir()
    return texts.write(folder / "data")


@pytest.fixture(scope="module")
def library(folder: Path) -> Iterator[Server]:
    with serving(folder.parent / "store", CEBU_DATA=str(folder)) as running:
        yield running


def record(folder: Path, *, conforms: bool = True) -> ValidationRecord:
    files = graph_files(folder / "graph")
    return ValidationRecord(
        "2026-11-22T10:00:00+00:00",
        tuple(digest(files, LAYOUT, kind) for kind in ("union", "strict")),
        conforms,
        {"Warning": 1} if conforms else {"Violation": 2},
        0,
        (Message("https://w3id.org/cebu/id/state/x", "A <b>", "Warning", "Mend <script>."),),
    )


def page(server: Server) -> str:
    reply = server.request("/quality", "text/html")
    assert reply.status == 200
    return reply.text


def test_the_page_is_well_made_and_small(library: Server) -> None:
    html = page(library)
    outline = Outline()
    outline.feed(html)
    assert outline.headings.count(1) == 1
    assert len(outline.ids) == len(set(outline.ids))
    assert not outline.inline
    assert len(html.encode()) < 200_000


def test_what_does_not_hold_is_counted(library: Server) -> None:
    html = page(library)
    # One passage in each document has other words than the text; of one text the words are known.
    assert '<td class="number">8</td><td class="number"><strong>1</strong></td>' in html
    assert "Every claim rests on words of a document.</a>" in html
    # The number of `changed`, `gone` and `sample` is said; the comment is no statement of theirs.
    assert '<td class="number">9</td><td class="number"><strong>3</strong></td>' in html


def test_every_message_of_the_shapes_is_there(library: Server) -> None:
    html = page(library)
    told = {rule.message for shape in in_words(shapes_graph()) for rule in shape.rules}
    # Parts of an alternative have no severity: the shape that has the alternatives tells of them.
    messages = {
        str(text)
        for part, text in shapes_graph().subject_objects(SH.message)
        if (part, SH.severity, None) in shapes_graph()
    }
    assert told == messages
    plain = [text for text in messages if not set(text) & set("<>&\"'")]
    assert plain
    assert all(text in html for text in plain)


def test_discrepancies_show_both_sides_with_their_words(library: Server) -> None:
    html = page(library)
    assert "Two &lt;u&gt;sides&lt;/u&gt;" in html
    for item in (texts.NESTED, texts.SENTENCE):
        assert f"<blockquote>{item.words}</blockquote>" in html
        assert f'href="/sources/sample?passage={item.key}#L2"' in html


def test_coverage_is_by_document_and_section(library: Server) -> None:
    html = page(library)
    assert "First &lt;i&gt;part&lt;/i&gt;" in html
    assert "is not the one that the graph was read from" in html


def test_versions_are_named(library: Server) -> None:
    html = page(library)
    assert library.request("/health").json()["dataset"] in html
    assert 'href="/ontology/' in html
    assert 'href="/shapes/' in html


def test_what_is_known_of_the_validation_is_true(library: Server, folder: Path) -> None:
    path = folder / FILE
    assert "No such note is here" in page(library)
    record(folder).write(path)
    html = page(library)
    assert "<strong>Valid</strong>" in html
    assert "2026-11-22 10:00:00 UTC" in html
    assert "A &lt;b&gt;" in html
    assert "<script>." not in html
    record(folder, conforms=False).write(path)
    assert "<strong>Not valid</strong>" in page(library)
    path.write_text(path.read_text().replace(record(folder).versions[0], "0" * 32))
    assert "is about another graph" in page(library)
    path.write_text('{"checked": 1, "messages": [1]}')
    assert "No such note is here" in page(library)
    path.unlink()


def test_a_record_is_read_as_it_was_written(folder: Path, tmp_path: Path) -> None:
    noted = record(folder)
    noted.write(tmp_path / FILE)
    assert ValidationRecord.read(tmp_path / FILE) == noted
    assert ValidationRecord.read(tmp_path / "none.json") is None


def test_what_the_commands_find_is_noted_and_shown(library: Server, folder: Path) -> None:
    from server.commands.checks import Examination
    from shapes.report import ValidationReport

    found = Examination(ValidationReport(True, (), Graph()), ("sample.txt: <words> are lost",))
    assert found.problems
    of_files = sums(graph_files(folder / "graph"))
    assert found.record(folder, of_files) == ""
    html = page(library)
    assert "<strong>Not valid</strong>" in html
    assert "sample.txt: &lt;words&gt; are lost" in html
    (folder / FILE).unlink()
    # A folder that takes no file is told of, and stops nothing.
    (folder / FILE).mkdir()
    assert "is not written" in found.record(folder, of_files)
    (folder / FILE).rmdir()


def test_a_built_graph_stays_valid_by_what_is_validated_at_each_change(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    record(folder).write(folder / FILE)
    token = "0123456789abcdef0123"
    update = (
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> INSERT DATA {"
        " GRAPH <https://w3id.org/cebu/graph/schemes> {"
        ' <https://w3id.org/cebu/id/state/viet-nam> rdfs:seeAlso "x" } }'
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sparql-update"}
    with serving(tmp_path / "store", CEBU_DATA=str(folder), CEBU_TOKEN=token) as running:
        assert "this graph was validated on" in page(running)
        reply = running.request("/update", method="POST", body=update, headers=headers)
        assert reply.status in {200, 204}, reply.text
        html = page(running)
        assert "<strong>Valid</strong>: the graph that this one was made from was validated" in html
        assert '<a href="/changes">the change</a> since then' in html
        assert "is about another graph" not in html
