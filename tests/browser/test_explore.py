"""The views of /explore in a browser: filters, pictures that lead to words, tables to keep."""

import csv
import io
import re
from pathlib import Path
from typing import Final

import openpyxl
import pytest
from playwright.sync_api import Page, expect

VIEWS: Final = (
    "",
    "/ratifications",
    "/projects?by=body",
    "/network",
    "/recommendations?state=state/thailand",
    "/statistics",
    "/statistics?dataset=dataset/afml-progress-review-2020-table-2",
    "/map",
    "/contradictions",
)
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN: Final = "(only) => axe.run(document, {runOnly: only, resultTypes: ['violations']})"


def test_a_figure_leads_to_its_words(site: str, page: Page) -> None:
    page.goto(f"{site}/explore")
    page.get_by_role("link", name="Statistics").click()
    page.get_by_label("Data set", exact=True).select_option(
        label="Table 2: Stock of migrant workers in net countries of destination"
    )
    page.get_by_role("checkbox", name="Singapore").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("svg.drawing a")).to_have_count(1)
    page.locator("svg.drawing a").click()
    expect(page.locator("main mark").first).to_have_text("1 386 000")


def test_the_map_leads_to_the_page_of_a_state(site: str, page: Page) -> None:
    page.goto(f"{site}/explore/map")
    page.get_by_label("Show", exact=True).select_option(label="Projects coordinated, all plans")
    page.get_by_role("button", name="Show").click()
    page.locator("svg.drawing text", has_text="Singapore").click()
    expect(page).to_have_url(re.compile("/doc/state/singapore"))


def test_a_filtered_table_is_kept_and_opened_again(site: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{site}/explore/network")
    page.get_by_label("Projects of a state").select_option(label="Viet Nam")
    page.get_by_label("Tie", exact=True).select_option(label="leads")
    page.get_by_role("button", name="Show").click()
    shown = page.locator("table.ties tbody td a").count()
    kept = {}
    for name in ("CSV", "XLSX"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        kept[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(kept[name])
    table = list(csv.DictReader(io.StringIO(kept["CSV"].read_bytes().decode(), newline="")))
    book = openpyxl.load_workbook(kept["XLSX"], read_only=True)
    assert len(list(book["network"].values)) - 1 == len(table) == shown > 0
    assert {row["role"] for row in table} == {"lead"}


def test_a_body_shows_its_ties_when_it_has_the_focus(site: str, page: Page) -> None:
    page.goto(f"{site}/explore/network")
    body = page.locator("svg.drawing g.body", has_text="Brunei Darussalam")
    line = body.locator("path").first
    colour = "item => getComputedStyle(item).stroke"
    before = line.evaluate(colour)
    body.locator("a").focus()
    assert line.evaluate(colour) != before


def test_the_query_behind_a_view_opens_in_the_workbench(site: str, page: Page) -> None:
    page.goto(f"{site}/explore/map")
    page.get_by_text("What is shown", exact=True).click()
    page.get_by_role("link", name="Open it in the workbench").first.click()
    expect(page).to_have_url(re.compile("/sparql[?]query="))


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_is_wider_than_a_phone(site: str, page: Page, view: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/explore{view}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(site: str, page: Page, axe: str, view: str) -> None:
    page.goto(f"{site}/explore{view}")
    # As an argument of the browser's own, which the policy for scripts does not concern.
    page.evaluate(axe)
    found = page.evaluate(RUN, RULES)["violations"]
    assert not [(item["id"], [node["html"][:200] for node in item["nodes"]][:3]) for item in found]
