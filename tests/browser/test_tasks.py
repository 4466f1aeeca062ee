"""Ten questions of a researcher, each from the start page, without SPARQL, in at most five clicks.

A click is whatever the hand does beside typing: a link, a button, the Enter key, a choice in a
list. The answers that are looked for were read in the documents.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Download, Locator, Page, expect

MOST_CLICKS = 5


class Desk:
    """A browser before the start page that counts what the hand does."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.clicks = 0
        page.goto(site + "/")
        self.main = page.get_by_role("main")

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def follow(self, name: str, within: Locator | None = None) -> None:
        self.click((within or self.main).get_by_role("link", name=name).first)

    def open(self, name: str) -> None:
        """Click an entry of the main navigation."""
        self.click(self.page.get_by_role("navigation", name="Main").get_by_role("link", name=name))

    def search(self, words: str) -> None:
        box = self.page.get_by_role("search").first
        self.clicks += 1
        box.get_by_role("combobox").or_(box.get_by_role("searchbox")).fill(words)
        box.get_by_role("button", name="Search").click()
        expect(self.page).to_have_url(re.compile("/search\\?"))

    def choose(self, label: str, value: str) -> None:
        self.clicks += 1
        self.main.get_by_label(label, exact=True).select_option(label=value)

    def download(self, name: str) -> Download:
        with self.page.expect_download() as started:
            self.follow(name)
        return started.value

    def section(self, heading: str) -> Locator:
        return self.main.get_by_role("region", name=heading).first


@pytest.fixture
def desk(page: Page, site: str) -> Iterator[Desk]:
    desk = Desk(page, site)
    yield desk
    assert 0 < desk.clicks <= MOST_CLICKS


def test_who_coordinates_the_portability_study_and_did_it_slip(desk: Desk) -> None:
    desk.search("portability study")
    desk.follow("Action Plan 2018-2025, project 18")
    glance = desk.section("At a glance")
    expect(glance).to_contain_text("Thailand")
    expect(desk.section("Before and after")).to_contain_text("ends 2 years later")


def test_the_sentence_that_says_project_26_has_a_co_lead(desk: Desk) -> None:
    desk.search("project 26 action plan")
    desk.follow("Action Plan 2018-2025, project 26")
    desk.click(desk.section("At a glance").locator("summary", has_text="Co-lead: Viet Nam"))
    desk.click(desk.section("At a glance").get_by_role("link", name="line").last)
    expect(desk.main.locator("mark").first).to_contain_text("Co-lead: Viet Nam")


def test_all_ratifications_as_a_spreadsheet(desk: Desk, tmp_path: Path) -> None:
    desk.follow("Who ratified what")
    file = tmp_path / "ratifications.xlsx"
    desk.download("XLSX").save_as(file)
    rows = [
        row for sheet in openpyxl.load_workbook(file) for row in sheet.iter_rows(values_only=True)
    ]
    found = [row for row in rows if "Philippines" in row and any("189" in str(x) for x in row)]
    assert found
    assert any("2012" in str(value) for row in found for value in row)


def test_recommendations_that_name_convention_189_and_what_thailand_did(desk: Desk) -> None:
    desk.follow("What was recommended, and what came of it")
    desk.choose("Names the instrument", "Domestic Workers Convention, 2011 (No. 189)")
    desk.choose("Show the measures of", "Thailand")
    desk.click(desk.main.get_by_role("button", name="Show"))
    for forum, number in (("afml-5", "5"), ("afml-7", "5"), ("afml-10", "2")):
        link = desk.main.locator(f'a[href="/doc/recommendation/{forum}/{number}"]')
        expect(link.first).to_be_visible()
    measures = desk.section("Reported under these headings: Thailand")
    expect(measures.get_by_role("link").first).to_be_visible()


def test_what_viet_nam_coordinates(desk: Desk) -> None:
    desk.follow("Viet Nam")
    projects = desk.section("Projects, and its part in them")
    expect(projects.get_by_role("row", name="coordinator").first).to_be_visible()


def test_what_the_seventh_forum_recommended(desk: Desk) -> None:
    desk.search("AFML 7")
    desk.follow("7th ASEAN Forum on Migrant Labour")
    expect(desk.main).to_contain_text("recommendation")
    desk.click(desk.main.get_by_role("link", name="AFML 7 recommendation 5").first)
    expect(desk.section("At a glance")).to_contain_text("Governments should")


def test_where_the_documents_disagree_on_ratifications(desk: Desk) -> None:
    desk.follow("Where the documents disagree")
    expect(desk.main.locator("blockquote").nth(1)).to_be_visible()


def test_how_many_workers_went_abroad_and_where_it_is_printed(desk: Desk) -> None:
    desk.open("Explore")
    desk.follow("Statistics")
    desk.choose("Data set", "Table 1: Outflow of nationals from net countries of origin")
    desk.click(desk.main.get_by_role("button", name="Show"))
    desk.click(desk.section("Table of figures").get_by_role("link", name="104,981").first)
    expect(desk.main.locator("mark").first).to_contain_text("104 981")


def test_the_cebu_declaration_for_a_bibliography(desk: Desk) -> None:
    desk.search("Cebu Declaration")
    desk.follow("Cebu Declaration")
    bibtex = desk.download("BibTeX").path().read_text(encoding="utf-8")
    assert bibtex.startswith("@")
    assert "Migrant Workers" in bibtex


def test_an_answer_by_form_as_a_table_for_a_spreadsheet(desk: Desk) -> None:
    desk.follow("Which projects does a state coordinate")
    desk.choose("Member state", "Viet Nam")
    desk.click(desk.main.get_by_role("button", name="Ask"))
    with desk.page.expect_download() as started:
        desk.follow("CSV")
    text = started.value.path().read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) > 1
