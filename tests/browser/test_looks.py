"""How pages look to whoever prefers the dark, reads on paper, or has a keyboard only."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext

BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def test_colours_follow_what_the_reader_prefers(site: str, new_context: NewContext) -> None:
    shades = []
    for scheme in ("light", "dark"):
        page = new_context(color_scheme=scheme).new_page()
        page.goto(site)
        shades.append([int(part) for part in re.findall(r"\d+", page.evaluate(BACKGROUND))[:3]])
    light, dark = shades
    assert min(light) > 200
    assert max(dark) < 60


def test_paper_shows_what_is_folded_away_and_where_sources_are(site: str, page: Page) -> None:
    page.goto(f"{site}/quality")
    quote = page.locator(".discrepancy blockquote").first
    expect(quote).to_be_hidden()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(quote).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.locator("body > footer .print-only")).to_have_text(f"Printed from {site}/quality")
    link = page.locator('main a[href^="/sources/"]').first
    said = link.evaluate("element => getComputedStyle(element, '::after').content")
    assert "/sources/" in said
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(quote).to_be_hidden()


def test_paper_is_dark_on_light_whatever_the_screen_is(site: str, new_context: NewContext) -> None:
    page = new_context(color_scheme="dark").new_page()
    page.goto(site)
    page.emulate_media(media="print")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert max(int(part) for part in re.findall(r"\d+", ink)[:3]) < 80


def test_the_keyboard_reaches_the_content_at_once_and_its_place_is_seen(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/quality")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    assert skip.evaluate("element => parseFloat(getComputedStyle(element).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("width", [1920, 3840])
def test_lines_of_text_keep_a_measure_on_wide_screens(
    site: str, new_context: NewContext, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 1000}).new_page()
    page.goto(f"{site}/about")
    signs = page.evaluate(
        """() => {
          const text = document.querySelector("#made + p");
          const style = getComputedStyle(text);
          const probe = document.createElement("canvas").getContext("2d");
          probe.font = `${style.fontSize} ${style.fontFamily}`;
          const all = text.textContent;
          return text.clientWidth / (probe.measureText(all).width / all.length);
        }"""
    )
    assert 45 <= signs <= 110


def test_search_works_without_scripts(site: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(site)
    page.get_by_role("searchbox").fill("portability")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name=re.compile(r"\d+ results"))).to_be_visible()
    page.get_by_role("link", name="project", exact=True).first.click()
    expect(page.get_by_text("Kind:")).to_be_visible()
