"""Pages about things, as a person uses them."""

import re

import pytest
from playwright.sync_api import Page, expect

THINGS = (
    "state/thailand",
    "body/ilo",
    "plan/action-plan-2018-2025",
    "project/action-plan-2018-2025/26",
    "recommendation/afml-7/5",
    "instrument/cebu-declaration-2007",
    "meeting/afml-11",
    "document/afml-progress-review-2020",
    "discrepancy/year-of-the-11th-forum",
    "concept/afml-cluster/d",
    "dataset/afml-progress-review-2020-table-4",
)


def test_the_sentence_of_a_fact_is_one_click_away(page: Page, site: str) -> None:
    page.goto(f"{site}/doc/project/action-plan-2018-2025/26")
    fact = page.locator("section.glance dl > div", has_text="Co-lead")
    words = fact.locator("blockquote")
    expect(words).to_be_hidden()
    fact.locator("summary").click()
    expect(words).to_have_text("Co-lead: Viet Nam")
    fact.get_by_role("link", name=re.compile(r"^line \d+$")).click()
    expect(page.locator("mark").first).to_contain_text("Co-lead: Viet Nam")


def test_a_definition_is_shown_on_focus_and_put_away(page: Page, site: str) -> None:
    page.goto(f"{site}/doc/project/action-plan-2018-2025/26")
    term = page.locator("dt a.term", has_text=re.compile("^co-lead$"))
    meaning = page.locator(f"#{term.get_attribute('aria-describedby')}")
    expect(meaning).to_be_hidden()
    term.focus()
    expect(meaning).to_be_visible()
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    term.hover()
    expect(meaning).to_be_visible()


def test_links_lead_through_their_pages(page: Page, site: str) -> None:
    page.goto(f"{site}/doc/state/thailand")
    page.locator("section", has=page.locator("#incoming")).get_by_role(
        "link", name=re.compile(r"^All \d+: country$")
    ).click()
    expect(page.locator("h1")).to_contain_text("country")
    first = page.locator("ol.pointers > li").first.inner_text()
    page.get_by_role("link", name="Next page").first.click()
    expect(page.locator("ol.pointers > li").first).not_to_have_text(first)
    page.locator("ol.pointers summary").first.click()
    expect(page.locator("ol.pointers blockquote").first).to_be_visible()


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(page: Page, site: str, thing: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/doc/{thing}")
    for summary in page.locator("summary").all()[:12]:
        if summary.is_visible():
            summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
