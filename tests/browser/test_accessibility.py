"""Every kind of page: no violation of axe's rules, nothing wider than a phone, light to load.

axe-core (Deque) checks WCAG 2.2 at A and AA, and its own best practices.
"""

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, ViewportSize

from server.settings import ROOT
from tests.browser.addresses import CHANGED, CLASSES, OTHER_CLASSES, PAGES, REFUSED
from tests.browser.conftest import NewContext
from tests.server.door import serving

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS: Final = ["color-contrast", "link-in-text-block"]
# Links within the text of a document need not be large (WCAG 2.2, 2.5.8, Inline).
RUN: Final = """(only) => axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then(
  (result) => result.violations.flatMap((rule) => rule.nodes
    .filter((node) => rule.id !== "target-size"
      || !document.querySelector(node.target[0])?.closest(".lines"))
    .map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`)))"""
WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
LIGHTEST: Final = 200_000
# Bundles of scripts: the workbench and the pictures.
HEAVY: Final = "/static/built/"
TOKEN: Final = "0123456789abcdef0123"
PATHS: Final = [*PAGES, *(path for path, _ in REFUSED)]
CEBU: Final = "https://w3id.org/cebu/"


@pytest.fixture(scope="module")
def changed_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the small graph after one change."""
    with serving(tmp_path_factory.mktemp("changed"), CEBU_TOKEN=TOKEN) as running:
        update = (
            "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
            f"INSERT DATA {{ GRAPH <{CEBU}graph/schemes> "
            f'{{ <{CEBU}id/state/viet-nam> rdfs:seeAlso "x" }} }}'
        )
        reply = running.request(
            "/update",
            method="POST",
            body=update,
            headers={
                "Authorization": f"Bearer {TOKEN}",
                "Content-Type": "application/sparql-update",
            },
        )
        assert reply.status in {200, 204}, reply.text
        yield running.url


def classes(site: str) -> list[str]:
    """Return the page of one thing of each class."""
    found = []
    for name in (*(f"{CEBU}ontology#{name}" for name in CLASSES), *OTHER_CLASSES):
        query = (
            f"SELECT ?thing {{ ?thing a <{name}> "
            f'FILTER(STRSTARTS(STR(?thing), "{CEBU}id/")) }} ORDER BY ?thing LIMIT 1'
        )
        address = f"{site}/sparql?{urlencode({'query': query})}"
        with urlopen(Request(address, headers={"Accept": "application/json"})) as reply:
            rows = json.load(reply)["results"]["bindings"]
        assert rows, name
        found.append(rows[0]["thing"]["value"].replace(f"{CEBU}id/", "/doc/"))
    return found


def violations(page: Page, address: str, axe: str) -> list[str]:
    """Return what is wrong with the page, by all rules in light and by those of colours in dark."""
    page.goto(address)
    # Playwright runs in the page what its policy forbids to pages: the policy stays as it is.
    page.evaluate(f"{axe}; 0")
    found = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme, only in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            named = f"{scheme}, {size['width']}"
            found += [f"{named}: {item}" for item in page.evaluate(RUN, only)]
        found += too_wide(page)
    return [f"{address}: {item}" for item in found]


def too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} pixels wider than the window"] if wide > 0 else []


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_light_and_dark_on_screen_and_phone(
    site: str, page: Page, axe: str, path: str
) -> None:
    assert violations(page, site + path, axe) == []


def test_a_page_of_each_class_is_accessible(site: str, page: Page, axe: str) -> None:
    assert [item for path in classes(site) for item in violations(page, site + path, axe)] == []


def test_pages_about_changes_are_accessible(changed_site: str, page: Page, axe: str) -> None:
    found = [item for path in CHANGED for item in violations(page, changed_site + path, axe)]
    assert found == []


@pytest.mark.parametrize("size", [(320, 700), (768, 1024), (3840, 2160)])
def test_no_page_is_wider_than_its_window(
    site: str, new_context: NewContext, size: tuple[int, int]
) -> None:
    page = new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    found = []
    for path in PATHS:
        page.goto(site + path)
        found += [f"{path}: {item}" for item in too_wide(page)]
    assert found == []


@pytest.mark.parametrize("path", PATHS)
def test_a_first_visit_transfers_less_than_200_kb(
    site: str, new_context: NewContext, path: str
) -> None:
    context = new_context()
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: _size(request)}))
    page.goto(site + path, wait_until="networkidle")
    assert sizes
    counted = {url: size for url, size in sizes.items() if HEAVY not in url}
    assert sum(counted.values()) < LIGHTEST, counted


def _size(request: Any) -> int:  # noqa: ANN401 (Playwright's)
    sizes = request.sizes()
    return int(sizes["responseBodySize"]) + int(sizes["responseHeadersSize"])


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_what_is_refused_says_what_to_do_next(site: str, path: str, status: int) -> None:
    connection = http.client.HTTPConnection(site.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers={"Accept": "text/html"})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    assert reply.status == status
    assert 'class="problem"' in text
    assert 'href="/search"' in text


def test_no_rule_of_the_style_sheets_has_a_colour_of_its_own() -> None:
    for path in sorted((ROOT / "server" / "static").glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        rules = re.sub(r":root\s*\{[^}]*\}", "", text)
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgb|hsl|oklch)a?\(", rules), (
            path
        )
