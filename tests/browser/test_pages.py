"""What people do with the pages that all others rest on, in a real browser."""

import html
import json
import re
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from ontology.namespaces import ID


def fetched(site: str, path: str, accept: str) -> str:
    with urlopen(Request(site + path, headers={"Accept": accept}), timeout=30) as reply:
        text: str = reply.read().decode()
        return text


def test_the_box_suggests_while_one_types_and_follows_the_keyboard(site: str, page: Page) -> None:
    page.goto(site)
    box = page.get_by_role("combobox").first
    box.press_sequentially("vietnm")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("Viet Nam")
    box.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    page.wait_for_url(f"{site}/doc/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Viet Nam")


@pytest.mark.parametrize("path", ["/nothing/here", "/search?kind=nothing"])
def test_a_page_that_is_refused_is_no_complaint(site: str, page: Page, path: str) -> None:
    response = page.goto(site + path)
    assert response is not None
    assert response.status in {400, 404}
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("fetch('https://example.org/').catch(() => 0)", "Content Security Policy"),
        ("window.location.assign('https://example.org/')", "another host"),
        ("setTimeout(() => { throw new Error('x') })", "exception"),
        ("document.body.append(Object.assign(new Image(), {src: '/no/image'}))", "status 404"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
    ],
)
def test_what_a_page_does_wrong_is_seen(
    site: str, page: Page, complaints: list[str], script: str, complaint: str
) -> None:
    page.goto(site)
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(300)
    assert complaint in " ".join(complaints)
    complaints.clear()


def test_figures_of_the_start_page_lead_to_as_many_results(site: str) -> None:
    page = fetched(site, "/", "text/html")
    figures = re.findall(r'<a href="(/search[^"]+)"><strong>([0-9,]+)</strong>', page)
    assert len(figures) >= 5
    for address, number in figures:
        found = json.loads(fetched(site, address, "application/json"))
        assert found["total"] == int(number.replace(",", "")), address


def test_the_start_page_shows_a_statement_with_its_sentence(site: str) -> None:
    page = fetched(site, "/", "text/html")
    promise = page.partition('id="promise"')[2]
    words = html.unescape(re.findall(r"<blockquote[^>]*>([^<]+)<", promise)[0])
    source = html.unescape(re.findall(r'<figcaption><a href="([^"]+)"', promise)[0])
    subject, value = re.findall(r'<a href="(/doc/[^"]+)"', promise)[:2]
    query = (
        "PREFIX cebu: <https://w3id.org/cebu/ontology#> "
        "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
        f"SELECT ?claim {{ ?claim rdf:subject <{ID}{subject.removeprefix('/doc/')}> ;"
        f" rdf:object <{ID}{value.removeprefix('/doc/')}> ; cebu:evidence ?passage ."
        f" ?passage cebu:exact {json.dumps(words)} }}"
    )
    asked = fetched(site, f"/sparql?{urlencode({'query': query})}", "application/json")
    assert json.loads(asked)["results"]["bindings"]
    assert "?passage=" in source


def test_a_corrected_word_is_found_in_its_other_spellings_too(site: str) -> None:
    def found(text: str) -> Any:  # noqa: ANN401 (JSON)
        return json.loads(fetched(site, f"/search?{urlencode({'q': text})}", "application/json"))

    misspelt = found("vietnm")
    assert misspelt["corrected"] == {"vietnm": "vietnam"}
    # Nearly all documents write it apart.
    assert misspelt["total"] == found("vietnam")["total"] > 100
    assert misspelt["results"][0]["label"] == "Viet Nam"
