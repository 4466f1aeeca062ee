"""The Accept header by the letter (RFC 9110, section 12.5.1)."""

import pytest

from server.documents import DOCUMENTS
from server.formats import HTML, TABLES
from server.negotiation import choose


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
