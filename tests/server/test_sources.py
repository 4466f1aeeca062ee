"""The documents beside the facts, through HTTP."""

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.services import Services
from server.settings import ROOT, Settings
from server.sources.documents import StoredDocument, slugs, stored_document
from tests.server import library_of_texts as texts
from tests.server.door import Server, serving
from tests.server.test_marked_text import Reader, read
from tests.server.test_pages import Outline

MAX_PAGE = 300_000


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "data").mkdir()
    data = texts.write(folder / "data")
    with serving(folder / "store", CEBU_DATA=str(data)) as running:
        yield running


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The application over the whole graph and the documents themselves."""
    defaults = Settings.from_environment({})
    settings = dataclasses.replace(defaults, store=tmp_path_factory.mktemp("real"))
    app = create_app(settings)
    yield app.test_client()
    app.extensions["cebu"].close()


def lines(html: str) -> Reader:
    """Return what the lists of lines on a page hold."""
    return read("".join(re.findall(r'<ol class="lines"[^>]*>(.*?)</ol>', html, re.S)))


def pages(text: str) -> int:
    found = re.search(r"Page \d+ of (\d+)", text)
    return int(found[1]) if found else 1


def every_page(client: FlaskClient, slug: str) -> list[str]:
    first = client.get(f"/sources/{slug}", headers={"Accept": "text/html"}).text
    more = (
        client.get(f"/sources/{slug}?page={number}", headers={"Accept": "text/html"}).text
        for number in range(2, pages(first) + 1)
    )
    return [first, *more]


def documents(client: FlaskClient) -> list[StoredDocument]:
    here = cast(Services, client.application.extensions["cebu"])
    found = [stored_document(here.data, here.settings, slug) for slug in slugs(here.data)]
    return [document for document in found if document is not None]


def test_the_list_has_each_document_with_its_attribution(library: Server) -> None:
    html = library.request("/sources", "text/html").text
    assert "All rights &lt;reserved&gt;." in html
    assert 'href="/sources/sample"' in html
    assert "is not the one that the graph was read from" in html
    assert "is not stored on this server" in html
    listed = {
        item["address"].rpartition("/")[2]: item for item in library.request("/sources").json()
    }
    assert set(listed) == {"sample", "changed", "gone"}
    assert listed["sample"]["fault"] is None
    assert 0 < listed["sample"]["evidence"] < listed["sample"]["characters"]
    assert [part["name"] for part in listed["sample"]["sections"]] == [
        "First <i>part</i>",
        "Second part",
    ]


@pytest.mark.parametrize("path", ["/sources/sample", "/sources/sample.txt"])
def test_the_stored_text_itself_is_served(library: Server, path: str) -> None:
    reply = library.request(path, "text/plain")
    assert (reply.status, reply.type) == (200, "text/plain")
    assert reply.text == texts.TEXT


@pytest.mark.parametrize(
    ("accept", "answered"),
    [("text/html", "text/html"), ("text/plain", "text/plain"),
     ("application/json", "application/problem+json"), ("text/turtle", "text/turtle")],
)  # fmt: skip
def test_an_unknown_document_is_not_found_in_the_format_asked_for(
    library: Server, accept: str, answered: str
) -> None:
    for path in ("/sources/none", "/sources/..%2fmanifest", "/sources/%3Cscript%3E"):
        reply = library.request(path, accept)
        assert (reply.status, reply.type) == (404, answered)
        assert answered != "text/html" or "<script>" not in reply.text
    assert library.request("/sources/none.txt", "text/html").type == "text/plain"


def test_text_that_is_not_stored_is_not_found_but_its_passages_are_told(library: Server) -> None:
    assert library.request("/sources/gone", "text/plain").status == 404
    page = library.request(f"/sources/gone?passage={texts.NESTED.key}", "text/html")
    assert page.status == 200
    assert "not stored on this server" in page.text
    assert "coordinated by" in page.text


def test_a_changed_text_is_shown_without_marks(library: Server) -> None:
    page = library.request(f"/sources/changed?at={texts.NESTED.start}", "text/html").text
    assert "No evidence is marked." in page
    assert "coordinated by" in page
    assert set(lines(page).tags) == {"li"}


def test_pages_cover_the_text_once_and_stay_small(library: Server) -> None:
    first = library.request("/sources/sample", "text/html").text
    last = pages(first)
    assert last > 2
    whole = ""
    for number in range(1, last + 1):
        reply = library.request(f"/sources/sample?page={number}", "text/html")
        assert len(reply.body) < MAX_PAGE
        whole += lines(reply.text).text
    assert whole == texts.TEXT
    assert library.request(f"/sources/sample?page={last + 1}", "text/html").status == 400


@pytest.mark.parametrize("item", texts.PASSAGES, ids=lambda item: item.key)
def test_a_fact_leads_to_its_highlighted_words(library: Server, item: texts.Place) -> None:
    html = library.request(f"/sources/sample?passage={item.key}", "text/html").text
    found = lines(html)
    assert found.inside["mark"] == item.words
    assert f'id="c{item.key}"' in html
    number = texts.TEXT.count("\n", 0, item.start) + 1
    assert f'<li id="L{number}"' in html


def test_an_entity_leads_from_its_evidence_to_the_text(library: Server) -> None:
    html = library.request("/doc/project/sample/1", "text/html").text
    address = f"/sources/sample?passage={texts.NESTED.key}#L2"
    assert f'href="{address}"' in html
    assert library.request(address.partition("#")[0], "text/html").status == 200
    passage = library.request(f"/doc/passage/sample/{texts.NESTED.key}", "text/html").text
    assert f'href="{address}"' in passage
    assert 'href="/sources/sample"' in library.request("/doc/document/sample", "text/html").text


def test_any_marked_words_lead_to_what_rests_on_them(library: Server) -> None:
    html = library.request("/sources/sample", "text/html").text
    link = re.search(r'<a class="d2" href="(\?at=\d+)#L2">Viet Nam</a>', html)
    assert link
    told = library.request(f"/sources/sample{link[1]}", "text/html").text
    # The nested passage comes first, the sentence around it after it.
    assert told.index("coordinated by") < told.index(">number</a>")
    assert 'href="/doc/project/sample/1">Study &lt;b&gt;1&lt;/b&gt;</a>' in told
    assert 'href="/doc/state/viet-nam">Viet Nam</a>' in told
    assert lines(told).inside["mark"] == texts.NESTED.words
    plain = texts.TEXT.index("Page 3")
    assert (
        "No statement rests on these words."
        in library.request(f"/sources/sample?at={plain}", "text/html").text
    )


@pytest.mark.parametrize(
    "query",
    ["at=-1", "at=x", "at=99999999999999999999", "at=9999999", "passage=1-2", "passage=5",
     "passage=<script>", "passage=1-4", "page=0", "page=x", "at=²", "at="],
)  # fmt: skip
def test_places_that_are_none_are_refused(library: Server, query: str) -> None:
    reply = library.request(f"/sources/sample?{query}".replace("²", "%C2%B2"), "text/html")
    assert reply.status == 400
    assert "<script>" not in reply.text


def test_hostile_text_is_text(library: Server) -> None:
    html = library.request(f"/sources/sample?at={texts.MARKUP.start}", "text/html").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(2)" in html
    assert "page &lt;number&gt;" in html
    assert "<i>part</i>" not in html
    assert lines(html).inside["mark"] == texts.HOSTILE


def test_passages_with_other_words_than_the_text_are_told_of(library: Server) -> None:
    html = library.request("/sources/sample", "text/html").text
    assert "1 passage of the graph is not marked" in html


@pytest.mark.parametrize(
    "path", ["/sources", "/sources/sample", "/sources/changed", "/sources/gone",
             f"/sources/sample?at={texts.NESTED.start}"]
)  # fmt: skip
def test_source_pages_are_well_made(library: Server, path: str) -> None:
    outline = Outline()
    outline.feed(library.request(path, "text/html").text)
    assert outline.headings.count(1) == 1
    steps = zip([0, *outline.headings], outline.headings, strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(outline.ids) == len(set(outline.ids))
    assert not outline.inline


def test_a_page_that_is_known_is_not_sent_again(library: Server) -> None:
    tag = library.request("/sources/sample", "text/html").headers["ETag"]
    again = library.request("/sources/sample", "text/html", headers={"If-None-Match": tag})
    assert again.status == 304


def test_the_documents_are_shown_whole_and_every_passage_has_its_place(real: FlaskClient) -> None:
    found = documents(real)
    assert len(found) == 5
    for document in found:
        assert not document.fault
        assert not document.notes
        assert not document.strays
        shown = every_page(real, document.slug)
        assert all(len(html.encode()) < MAX_PAGE for html in shown)
        whole = "".join(lines(html).text for html in shown)
        digest = hashlib.sha256(whole.encode()).hexdigest()
        assert digest == document.facts["sha256"][0]
        ids = {anchor for html in shown for anchor in re.findall(r' id="c(\d+-\d+)"', html)}
        assert ids == {f"{item.span.start}-{item.span.end}" for item in document.passages}


def test_every_passage_of_the_graph_can_be_highlighted(real: FlaskClient) -> None:
    for document in documents(real):
        marked = document.marked
        for item in document.passages:
            first, last = marked.line(item.span.start), marked.line(item.span.end - 1)
            assert read(marked.html(first, last, item.span)).inside["mark"] == item.exact
        for item in document.passages[::150]:
            address = f"/sources/{document.slug}?passage={item.span.start}-{item.span.end}"
            html = real.get(address, headers={"Accept": "text/html"}).text
            seen = lines(html).inside["mark"]
            assert seen
            # What goes on at the next page is highlighted there.
            assert item.exact.startswith(seen)
            assert 'id="facts"' in html


def test_coverage_is_that_of_the_command(real: FlaskClient) -> None:
    table = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    for item in real.get("/sources", headers={"Accept": "application/json"}).json or ():
        slug = item["address"].rpartition("/")[2]
        share = item["evidence"] / item["characters"]
        assert f"| `{slug}` | | {item['characters']} | {share:.1%} |" in table


def test_every_silent_line_of_the_documents_says_why(real: FlaskClient) -> None:
    for document in documents(real):
        assert all(item.reason for item in document.marked.silences)


def test_text_files_are_named_by_the_graph_alone(library: Server, tmp_path: Path) -> None:
    assert library.request("/sources/manifest", "text/html").status == 404
    assert library.request("/sources/sample/..", "text/html").status in {308, 404}
