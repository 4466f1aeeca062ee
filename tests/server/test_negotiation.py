"""The Accept header by the letter (RFC 9110, section 12.5.1)."""

import time

import pytest

from server.http.formats import GRAPHS, HTML, TABLES
from server.http.negotiation import choose
from server.linked_data.documents import DOCUMENTS
from tests.server.door import Server


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "ttl"),
        ("", "ttl"),
        ("*/*", "ttl"),
        ("text/*", "ttl"),
        ("text/html", "html"),
        ("TEXT/HTML", "html"),
        ("text/turtle;q=0.4, text/html;q=0.5", "html"),
        ("text/turtle;q=0, */*", "jsonld"),
        ("*/*;q=0.1, application/n-triples", "nt"),
        ("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "html"),
        ("text/html;level=1;q=0.3, application/rdf+xml;q=0.2", "html"),
        ("application/ld+json; profile=\"http://www.w3.org/ns/json-ld#compacted\"", "jsonld"),
        ("application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5", "html"),
        ("nonsense, text/html", "html"),
        ("image/png", None),
        ("text/html;q=0", None),
        ("*/*;q=0", None),
        ("nonsense", None),
        # What is named goes before what a wildcard takes as gladly.
        ("application/n-triples, */*", "nt"),
        ("*/*, application/rdf+xml", "rdf"),
        ("application/*, application/rdf+xml", "rdf"),
        # A refusal of one, a wish for the rest; the most specific decides, wherever it stands.
        ("*/*, text/turtle;q=0, application/ld+json;q=0", "nt"),
        ("text/*;q=0, */*", "jsonld"),
        ("text/*;q=0, text/html, */*;q=0.1", "html"),
        ("*/*;q=0, text/html;q=0.1", "html"),
        ("text/*, text/turtle;q=0", "html"),
        # Parameters: ours is the character set. Others belong to something that we do not have,
        # but show what is wanted; a refusal of it refuses nothing of ours.
        ("text/turtle;charset=utf-8, text/html;q=0.9", "ttl"),
        ("text/html;charset=utf-8;q=0.2, text/turtle;q=0.1", "html"),
        ("text/html;level=1, text/html;q=0.1, text/turtle;q=0.5", "ttl"),
        ("text/html;level=1;q=0, text/html;q=0.1", "html"),
        ("application/ld+json;profile=\"a, b;q=0\";q=0.9, text/turtle;q=0.8", "jsonld"),
        ("application/ld+json;profile=\"a\\\"b\";q=0.1, text/turtle;q=0.2", "ttl"),
        ("text/turtle;q=0.5;ext=1, text/html;q=0.4", "ttl"),
        # Weights to the third place; spaces and tabs; upper case.
        ("text/html;q=0.999, text/turtle;q=0.998", "html"),
        ("text/html;q=1.000, text/turtle;q=0.999", "html"),
        ("text/html \t; \tQ=0.1 ,\ttext/turtle ; q=0.2", "ttl"),
        (",,text/html,,", "html"),
        # Weights that are none say nothing.
        ("text/html;q=2, text/turtle;q=0.1", "ttl"),
        ("text/html;q=-1, text/turtle;q=0.1", "ttl"),
        ("text/html;q=x", None),
        # What programs send.
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "html"),  # Java
        ("image/gif, *; q=.2", "ttl"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
         "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7", "html"),  # Chrome
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),  # Safari
        ("application/rdf+xml, text/turtle;q=0.9, */*;q=0.1", "rdf"),
        ("application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
         "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5", "jsonld"),
        ("text", None),
        ("text/html/x", None),
        ("*/html", None),
    ],
)  # fmt: skip
def test_documents(accept: str | None, expected: str | None) -> None:
    choice = choose(accept, DOCUMENTS)
    assert (choice.format.key if choice else None) == expected


def test_browsers_get_pages_of_tables() -> None:
    firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    choice = choose(firefox, (*TABLES, HTML))
    assert choice is not None
    assert choice.content_type == "text/html; charset=utf-8"


def test_a_long_header_is_read_quickly() -> None:
    started = time.perf_counter()
    for piece in ("text/html;q=0.1,", ";q=1", '"', "a/b;c=", '\\"', " ", ",", "*/*;"):
        choose(piece * (60_000 // len(piece)), DOCUMENTS)
    assert time.perf_counter() - started < 5


def test_a_refused_answer_lists_what_there_is(server: Server) -> None:
    for path, available in (
        ("/doc/state/viet-nam", [item.media_type for item in DOCUMENTS]),
        ("/sparql?query=ASK%7B%7D", [item.media_type for item in (*TABLES, *GRAPHS, HTML)]),
    ):
        reply = server.request(path, "image/png, text/x-none;q=0.5")
        assert reply.status == 406
        assert reply.json()["available"] == available
        assert "Accept" in reply.headers["Vary"]


@pytest.mark.parametrize("path", ["/doc/state/viet-nam", "/dataset", "/ontology", "/shapes"])
def test_a_suffix_chooses_whatever_the_header_says(server: Server, path: str) -> None:
    for item in DOCUMENTS:
        reply = server.request(f"{path}.{item.key}", "image/png, */*;q=0")
        assert (reply.status, reply.type) == (200, item.media_type)
        assert "Accept" not in [name.strip() for name in reply.headers.get("Vary", "").split(",")]
        charset = reply.headers.get_param("charset")
        assert charset == ("utf-8" if item.media_type.startswith("text/") else None)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/doc/state/viet-nam", "doc/state/viet-nam"),
        ("/doc/state/viet-nam.jsonld", "doc/state/viet-nam"),
        ("/dataset.ttl", "dataset"),
        ("/ontology.html", "ontology"),
        ("/graph/priorities-paper-2017.nt", "graph/priorities-paper-2017"),
    ],
)
def test_a_document_links_to_what_belongs_to_it(server: Server, path: str, canonical: str) -> None:
    links = ", ".join(server.request(path).headers.get_all("Link", []))
    assert f'<https://w3id.org/cebu/{canonical}>; rel="canonical"' in links
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
    assert ('</dataset>; rel="describedby"' in links) == (canonical != "dataset")
    for item in DOCUMENTS:
        assert f'</{canonical}.{item.key}>; rel="alternate"; type="{item.media_type}"' in links


def test_an_answer_links_to_its_licence_and_description(server: Server) -> None:
    links = ", ".join(server.query("ASK {}").headers.get_all("Link", []))
    assert 'rel="license"' in links
    assert 'rel="describedby"' in links
    assert 'rel="canonical"' not in links
    assert "Link" not in server.query("ASK").headers
