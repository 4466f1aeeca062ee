"""The pages that people see, and what every answer carries."""

import re
from html.parser import HTMLParser

import pytest

from server.http.problems import KINDS
from tests.server.door import Server

PAGES = [
    "/", "/sparql", "/queries", "/queries/projects-coordinated-by-state", "/problems", "/ontology",
    "/sources", "/sources/action-plan-2018-2025?at=100", "/quality", "/validate",
    "/explore", "/explore/ratifications", "/explore/projects", "/explore/recommendations",
    "/explore/contradictions",
    "/search", "/search?q=vietnam+werkers&kind=project", "/search?q=%3Cscript%3E", "/search?kind=x",
    "/about", "/prefixes", "/changes", "/shapes", "/dataset", "/graph/schemes",
    "/doc/state/viet-nam", "/doc/body/ilo",
    "/doc/project/action-plan-2018-2025/1", "/nothing/here",
    "/sparql?query=SELECT%20%3Fs%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D",
]  # fmt: skip


class Outline(HTMLParser):
    """What a page is made of, as far as readers and browsers depend on it."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.labelled: list[str] = []
        self.fields: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        if tag in {"input", "select", "textarea"} and values.get("type") != "hidden":
            self.fields.append(values.get("id") or "")
        if tag == "label":
            self.labelled.append(values.get("for") or "")
        if tag in {"script", "link", "img"}:
            self.addresses += [value for key in ("src", "href") if (value := values.get(key))]
        is_data = (values.get("type") or "").endswith("json")
        if tag == "script" and "src" not in values and not is_data:
            self.inline.append(tag)
        self.inline += [key for key in values if key.startswith("on") or key == "style"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_well_made(server: Server, path: str) -> None:
    reply = server.request(path, "text/html")
    assert reply.type == "text/html"
    outline = Outline()
    outline.feed(reply.text)
    assert {"header", "nav", "main", "footer", "title"} <= set(outline.tags)
    assert '<html lang="en">' in reply.text
    assert outline.headings.count(1) == 1
    steps = zip([0, *outline.headings], outline.headings, strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.fields) <= set(outline.labelled)
    assert not outline.inline
    own = ("/", "https://w3id.org/cebu/")
    assert all(address.startswith(own) for address in outline.addresses)
    assert len(reply.body) < 200_000


@pytest.mark.parametrize("path", [*PAGES, "/health", "/static/cebu.css", "/doc/state/viet-nam.ttl"])
def test_every_answer_has_the_headers(server: Server, path: str) -> None:
    headers = server.request(path, "text/html").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]


def test_the_start_page_counts_and_asks(server: Server) -> None:
    page = server.request("/", "text/html").text
    assert '<a href="/search?kind=project"><strong>2</strong> projects</a>' in page
    assert page.count("/queries/") == 3
    assert "statements in 4" in page


def test_the_navigation_says_where_one_is(server: Server) -> None:
    def current(path: str) -> list[tuple[str, str]]:
        page = server.request(path, "text/html").text
        return re.findall(r'<a href="([^"]+)" aria-current="(\w+)"', page.partition("<main")[0])

    assert current("/") == [("/", "page")]
    assert current("/explore") == [("/explore", "page")]
    assert current("/explore/projects") == [("/explore", "true")]
    assert current("/doc/state/viet-nam") == []
    assert current("/about") == [("/about", "page")]
    assert current("/ontology") == [("/about", "true"), ("/ontology", "page")]
    assert current("/graph/schemes") == [("/about", "true")]


def test_links_of_our_pages_lead_somewhere(server: Server) -> None:
    pages = [server.request(path, "text/html").text for path in PAGES[:-1]]
    seen = {link for text in pages for link in re.findall(r'<a href="(/[^"#]*)', text)}
    assert len(seen) > 30
    for link in seen:
        assert server.request(link.replace("&amp;", "&"), "text/html").status == 200, link


def test_health(server: Server) -> None:
    report = server.request("/health").json()
    assert report["status"] == "ok"
    assert report["triples"] > 50
    assert len(report["dataset"]) == 32
    assert report["default_graph"] == "union"


def test_robots_stay_out_of_queries(server: Server) -> None:
    closed = server.request("/robots.txt").text
    assert "Disallow: /sparql" in closed
    assert "Disallow: /search" in closed


def test_the_problems_page_explains_each_kind(server: Server) -> None:
    page = server.request("/problems", "text/html").text
    assert all(f'id="{slug}"' in page for slug in KINDS)


def test_nothing_here(server: Server) -> None:
    reply = server.request("/nothing/here", "application/json")
    assert reply.status == 404
    assert reply.json()["type"].endswith("#not-found")
    page = server.request("/%3Cscript%3Ealert(1)", "text/html")
    assert page.status == 404
    assert "<script>alert" not in page.text


def test_an_error_of_ours_tells_nothing_of_our_insides() -> None:
    from flask import Flask

    from server.http import error_pages

    app = Flask("server")
    app.jinja_env.globals.update(version="0", local=str, query_link=str)
    error_pages.register(app)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("a secret")

    reply = app.test_client().get("/broken", headers={"Accept": "application/json"})
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert reply.json["next"]  # type: ignore[index]
