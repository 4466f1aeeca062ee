"""Questions in the browser: asked by form, answered as table and picture, taken along as files."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from server.library.library import Library
from server.settings import ROOT

LIBRARY = Library.load(ROOT / "queries")
PICTURED = [question.name for question in LIBRARY if question.pictures]
SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"


def pictures(page: Page) -> Locator:
    """Return the pictures of the page, all of them drawn."""
    drawn = page.locator("#pictures figure .picture > svg")
    expect(page.locator("#pictures figure button", has_text="SVG").last).to_be_visible()
    return drawn


def test_a_question_is_found_chosen_and_asked_again(site: str, page: Page) -> None:
    page.goto(f"{site}/queries")
    page.get_by_label("Words in the question").fill("state coordinate")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Which projects does a state coordinate").click()
    page.get_by_label("Member state").select_option(label="Thailand")
    page.get_by_role("button", name="Ask").click()
    table = page.get_by_role("table")
    assert "state=state%2Fthailand" in page.url
    table.get_by_role("link", name="project 18").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("portability")


def test_a_long_list_is_narrowed_by_words_and_stays_a_list(site: str, page: Page) -> None:
    page.goto(f"{site}/queries/said-of-body")
    bodies = page.locator("select[name=body]")
    all_of_them = bodies.locator("option").count()
    page.get_by_label("Narrow the list").fill("labour organization")
    assert bodies.locator("option").all_inner_texts() == ["International Labour Organization"]
    expect(page.get_by_text(f"1 of {all_of_them}")).to_be_visible()
    page.get_by_role("button", name="Ask").click()
    assert "body=body%2Filo" in page.url
    page.get_by_label("Narrow the list").fill("<script>alert(1)</script>")
    assert bodies.locator("option").count() == 0


@pytest.mark.parametrize("name", PICTURED)
def test_what_the_head_says_is_drawn(site: str, page: Page, name: str) -> None:
    page.goto(f"{site}/queries/{name}")
    drawn = pictures(page)
    asked = next(question for question in LIBRARY if question.name == name)
    assert drawn.count() == len(asked.pictures)
    for picture in drawn.all():
        assert picture.get_attribute("aria-label")
        has_links = picture.locator("a").count() > 0
        assert picture.get_attribute("role") == ("group" if has_links else "img")
        assert picture.locator("text").count() > 0
    too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(too_wide) == 0
    page.set_viewport_size({"width": 360, "height": 740})
    expect(drawn.first).to_be_visible()
    page.wait_for_function(f"{too_wide} === 0")


def test_each_number_of_the_table_stands_in_the_chart(site: str, page: Page) -> None:
    page.goto(f"{site}/queries/recommendations-per-forum")
    values = pictures(page).locator("[class~=value] text").all_text_contents()
    with urlopen(f"{site}/queries/recommendations-per-forum?format=csv") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    assert values == [row["recommendations"] for row in rows]


def test_the_map_says_of_each_state_what_the_table_says(site: str, page: Page) -> None:
    page.goto(f"{site}/queries/ratifications-then-and-now")
    texts = (
        pictures(page)
        .last.locator("[class~=place] text")
        .evaluate_all(
            "all => all.map(text => [...text.querySelectorAll('tspan')]"
            ".map(line => line.textContent).join(''))"
        )
    )
    with urlopen(f"{site}/queries/ratifications-then-and-now?format=csv") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    assert set(texts) == {row["name"] + row["in2020"] for row in rows}


def test_the_network_has_each_thing_once_and_always_the_same_picture(site: str, page: Page) -> None:
    markup = []
    for _ in range(2):
        page.goto(f"{site}/queries/memorandums-of-bodies")
        markup.append(pictures(page).evaluate("svg => svg.outerHTML"))
    assert markup[0] == markup[1]
    with urlopen(f"{site}/queries/memorandums-of-bodies?format=csv") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
    things = {row[name] for row in rows for name in ("memorandum", "signatory")}
    drawn = pictures(page).locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert sorted(drawn) == sorted(
        iri.replace("https://w3id.org/cebu/id", "/doc") for iri in things
    )
    assert pictures(page).locator("line").count() == len(rows)


def test_the_keyboard_reaches_a_thing_of_a_picture(site: str, page: Page) -> None:
    page.goto(f"{site}/queries/labour-attaches")
    link = pictures(page).first.locator("a").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/state/philippines")


@pytest.mark.parametrize("name", ["measures-per-year", "labour-attaches", "memorandums-of-bodies"])
def test_a_picture_is_saved_with_its_title_and_source(site: str, page: Page, name: str) -> None:
    page.goto(f"{site}/queries/{name}")
    pictures(page)
    figure = page.locator("#pictures figure").last
    with page.expect_download() as saved:
        figure.get_by_role("button", name="Save as SVG").click()
    assert saved.value.suggested_filename.startswith(name)
    root = ET.parse(saved.value.path()).getroot()
    words = " ".join(" ".join(root.itertext()).split())
    title = page.get_by_role("heading", level=1).inner_text()
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == title
    assert f"{site}/queries/{name}" in words
    assert "Cebu: a knowledge graph" in words
    assert "var(" not in ET.tostring(root, encoding="unicode")
    with page.expect_download() as saved:
        figure.get_by_role("button", name="Save as PNG").click()
    image = Path(saved.value.path()).read_bytes()
    assert image.startswith(PNG)
    width, height = (int.from_bytes(image[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == tuple(2 * int(float(root.attrib[key])) for key in ("width", "height"))


def test_a_large_answer_is_fetched_and_drawn_with_its_names(site: str, page: Page) -> None:
    with page.expect_request(lambda request: "format=json" in request.url) as fetched:
        page.goto(f"{site}/queries/project-roles-of-states")
    assert "project-roles-of-states" in unquote(fetched.value.url)
    names = pictures(page).locator("a > title").all_text_contents()
    assert "Viet Nam" in names
    assert not any(name.startswith("http") for name in names)


def test_the_citation_and_the_addresses_are_copied(site: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site}/queries/ratified-since?year=2019")
    cited = page.locator(".citation")
    expect(cited).to_contain_text("(2019)")
    expect(cited).to_contain_text(", retrieved ")
    cited.get_by_role("button", name="Copy").click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("“Which conventions were ratified or acceded to since a year?” (2019).")
    assert f"{site}/queries/ratified-since?year=2019" in text
    page.locator("dd", has_text="Excel").get_by_role("button", name="Copy").click()
    address = page.evaluate("navigator.clipboard.readText()")
    with urlopen(address) as answer:
        assert answer.headers.get_content_type() == "text/csv"
        assert next(csv.reader(io.StringIO(answer.read().decode())))[0] == "instrument"
    context.close()


def test_the_query_opens_in_the_workbench(site: str, page: Page) -> None:
    page.goto(f"{site}/queries/ratified-since")
    page.get_by_text("Show the query").click()
    page.get_by_role("link", name="Open it in the workbench").click()
    assert unquote(page.url).startswith(f"{site}/sparql?query=")


def test_without_scripts_there_are_form_table_and_downloads(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/queries/labour-attaches")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator("#pictures")).to_be_hidden()
    page.goto(f"{site}/queries?tag=figures&q=women")
    expect(page.get_by_role("status")).to_contain_text("questions")
    page.get_by_role("link", name="How many of the workers who go abroad are women").click()
    page.get_by_role("link", name="CSV").first.click(trial=True)
    context.close()


def test_script_in_an_address_is_only_text(site: str, page: Page) -> None:
    words = "</script><script>document.title='run'</script>"
    page.goto(f"{site}/queries?q={words}")
    expect(page.get_by_label("Words in the question")).to_have_value(words)
    page.goto(f"{site}/queries/texts-that-mention?word={words}")
    expect(page.get_by_label("Word or words")).to_have_value(words)
    assert page.title() != "run"
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.scripts].filter(script => script.text).length") == 0
