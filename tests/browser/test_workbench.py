"""The workbench in a browser: written, completed, run, looked at, shared, taken away."""

import csv
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

HEAD = "PREFIX cebu: <https://w3id.org/cebu/ontology#>\n"
COORDINATORS = (
    HEAD + "SELECT ?state (COUNT(*) AS ?projects) {\n"
    "  ?project a cebu:Project ; cebu:coordinator ?state\n"
    "} GROUP BY ?state ORDER BY DESC(?projects)"
)


def open_workbench(page: Page, site: str, query: str | None = None) -> None:
    page.goto(f"{site}/sparql")
    page.wait_for_selector(".yasqe .CodeMirror")
    if query is not None:
        write(page, query)


def write(page: Page, query: str) -> None:
    page.click(".yasqe .CodeMirror")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)
    page.keyboard.press("Escape")
    page.click(".yasqe .CodeMirror")


def written(page: Page) -> str:
    return str(page.locator("#query").evaluate("field => field.value"))


def run(page: Page) -> None:
    page.click("#run")
    expect(page.locator("#status")).to_contain_text(" s")


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[str] = page.evaluate(
        "async () => (await axe.run(document.querySelector('main'))).violations"
        ".flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 200)}`))"
    )
    return found


def test_a_query_is_run_and_its_table_has_labels_that_lead_on(
    page: Page, site: str, axe: str
) -> None:
    open_workbench(page, site)
    page.click(".yasqe .CodeMirror")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("25 rows")
    link = page.locator(".yasr_results tbody a").first
    expect(link).to_contain_text("Action Plan 2018-2025, project 1:")
    assert violations(page, axe) == []
    link.click()
    assert page.url == f"{site}/doc/project/action-plan-2018-2025/1"


def test_the_table_is_sorted_filtered_and_paged(page: Page, site: str) -> None:
    open_workbench(page, site, HEAD + "SELECT ?p { ?p a cebu:Project }")
    run(page)
    expect(page.locator(".rows p")).to_have_text("Rows 1 to 100 of 133")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".rows p")).to_have_text("Rows 101 to 133 of 133")
    page.get_by_label("Filter the rows").fill("portability")
    expect(page.locator(".rows p")).to_contain_text("that match, 133 in all")
    head = page.locator(".yasr_results th")
    names = page.locator(".yasr_results tbody a")
    page.get_by_role("button", name="p", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    rising = names.all_inner_texts()
    page.get_by_role("button", name="p", exact=True).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names.all_inner_texts() == rising[::-1]
    assert len(rising) > 1


def test_what_is_typed_is_completed_with_labels_and_prefixes(page: Page, site: str) -> None:
    open_workbench(page, site, "SELECT * { ?s ")
    page.keyboard.press("Control+End")
    for typed, meant in (("a proj", "cebu:Project"), (" ; cordinat", "cebu:coordinator")):
        page.keyboard.type(typed, delay=20)
        expect(page.locator(".CodeMirror-hint").first).to_contain_text(meant)
        page.keyboard.press("Enter")
    page.keyboard.type(" vietnm", delay=20)
    # The first search of all waits for its index.
    expect(page.locator(".CodeMirror-hint").first).to_contain_text("Viet Nam", timeout=20_000)
    page.keyboard.press("Enter")
    page.keyboard.type(" }")
    assert written(page) == (
        HEAD + "SELECT * { ?s a cebu:Project ; cebu:coordinator "
        "<https://w3id.org/cebu/id/state/viet-nam> }"
    )
    run(page)
    expect(page.locator(".yasr_results table")).to_be_visible()


def test_a_prefix_of_ours_is_declared_when_it_is_typed(page: Page, site: str) -> None:
    open_workbench(page, site, "SELECT * { ?s ")
    page.keyboard.press("Control+End")
    page.keyboard.type("skos:", delay=20)
    expect(page.locator(".yasqe .CodeMirror-code")).to_contain_text("PREFIX skos:")


def test_an_example_is_put_into_the_editor_and_taken_back(page: Page, site: str) -> None:
    open_workbench(page, site)
    before = written(page)
    page.click("#examples > summary")
    page.locator("#examples details summary", has_text="Projects").click()
    page.click(".themes details[open] [data-example=projects-coordinated-by-state]")
    expect(page.locator("#status")).to_contain_text("In the editor now")
    assert "VALUES ?state" in written(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".yasr_results table")).to_be_visible()
    page.click(".yasqe .CodeMirror")
    page.keyboard.press("Control+z")
    assert written(page) == before


def test_an_answer_is_drawn_and_the_picture_saved(page: Page, site: str) -> None:
    open_workbench(page, site, COORDINATORS)
    run(page)
    page.get_by_role("button", name="Chart").click()
    expect(page.locator(".yasr_results svg").first).to_be_visible()
    with page.expect_download() as png:
        page.get_by_role("button", name="PNG").click()
    assert png.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as svg:
        page.get_by_role("button", name="SVG").click()
    assert b"Philippines" in svg.value.path().read_bytes()


def test_a_shared_query_opens_with_its_view(page: Page, site: str) -> None:
    open_workbench(page, site, COORDINATORS)
    run(page)
    page.get_by_role("button", name="Chart").click()
    page.click("#share")
    address = page.locator("#shared").inner_text()
    assert address.startswith(f"{site}/share/")
    page.goto(address)
    expect(page.locator(".yasr_results svg").first).to_be_visible()
    expect(page.get_by_role("button", name="Chart")).to_have_attribute("aria-pressed", "true")
    assert written(page) == COORDINATORS


def test_script_in_a_shared_query_is_only_text(page: Page, site: str) -> None:
    query = (
        "SELECT ('<img src=x onerror=window.hurt=1>' AS ?x) "
        "('{{x}}</script><script>window.hurt=1</script>' AS ?y) {}"
    )
    open_workbench(page, site, query)
    page.click("#share")
    page.goto(page.locator("#shared").inner_text())
    expect(page.locator(".yasr_results tbody")).to_contain_text("{{x}}</script><script>")
    page.get_by_role("button", name="As sent").click()
    expect(page.locator(".yasr .CodeMirror")).to_be_visible()
    page.goto(f"{site}/sparql?{urlencode({'query': query})}")
    expect(page.locator(".yasr_results tbody")).to_contain_text("onerror")
    assert page.evaluate("window.hurt") is None


def test_a_mistake_is_marked_where_it_is(page: Page, site: str, axe: str) -> None:
    open_workbench(page, site, "SELECT * {\n  ?s nope:thing ?o }")
    page.click("#run")
    expect(page.get_by_role("alert")).to_contain_text("the prefix nope: is not declared")
    expect(page.locator(".CodeMirror .mistake")).to_have_text("nope:thing")
    assert violations(page, axe) == []
    page.get_by_role("button", name="Go to line 2, column 6").click()
    page.keyboard.insert_text("x")
    assert "?s xnope:thing" in written(page)
    expect(page.locator(".CodeMirror .mistake")).to_have_count(0)


def test_an_answer_without_rows_is_explained(page: Page, site: str) -> None:
    open_workbench(page, site, HEAD + "SELECT ?p { ?p a cebu:Project, cebu:MemberState }")
    page.click("#run")
    expect(page.locator("#shown")).to_contain_text("has no match that fits the patterns before it")
    expect(page.locator("#shown")).to_contain_text("The pattern has matches by itself")


def test_an_answer_that_was_cut_says_so(page: Page, site: str) -> None:
    query = "SELECT ?s { ?s ?p ?o } LIMIT 1200"
    page.goto(f"{site}/sparql?{urlencode({'query': query})}")
    expect(page.locator("#shown")).to_contain_text("Here are the first 1,000 rows")
    run(page)
    expect(page.locator("#status")).to_contain_text("1,200 rows")
    expect(page.locator("#shown")).not_to_contain_text("Here are the first")


def test_a_server_that_is_gone_is_said_and_the_query_stays(page: Page, site: str) -> None:
    open_workbench(page, site, COORDINATORS)
    page.context.set_offline(True)
    page.click("#run")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    assert written(page) == COORDINATORS
    page.context.set_offline(False)
    run(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_downloads_with_labels_open_elsewhere(page: Page, site: str, tmp_path: Path) -> None:
    open_workbench(page, site, COORDINATORS)
    run(page)
    labelled = page.locator("#taken .bar", has_text="with labels")
    hrefs = {
        name: labelled.get_by_role("link", name=name).get_attribute("href")
        for name in ("CSV", "XLSX")
    }
    text = page.request.get(f"{site}{hrefs['CSV']}").text()
    first = next(csv.DictReader(text.splitlines()))
    assert first["state_label"] == "Philippines"
    file = tmp_path / "answer.xlsx"
    file.write_bytes(page.request.get(f"{site}{hrefs['XLSX']}").body())
    rows = openpyxl.load_workbook(file)["answer"].iter_rows(values_only=True)
    assert next(iter(rows)) == ("state", "state_label", "projects")


def test_a_long_answer_is_shown_as_it_was_sent_up_to_a_length(
    page: Page, site: str, axe: str
) -> None:
    open_workbench(page, site, "SELECT * { ?s ?p ?o } LIMIT 3000")
    run(page)
    page.get_by_role("button", name="As sent").click()
    expect(page.locator(".yasr_results")).to_contain_text("the first 200,000 characters")
    assert violations(page, axe) == []


def test_the_keyboard_leaves_the_editor_as_the_page_says(page: Page, site: str) -> None:
    open_workbench(page, site)
    expect(page.locator("#keys")).to_contain_text("press Escape, then Tab")
    page.click(".yasqe .CodeMirror")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.yasqe') !== null")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#run")).to_be_focused()


@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s a ?o } LIMIT 5", "ASK {}"])
def test_graphs_and_truth_values_are_shown(page: Page, site: str, query: str, axe: str) -> None:
    open_workbench(page, site, query)
    run(page)
    expect(page.locator(".yasr .CodeMirror, .boolean")).to_be_visible()
    assert violations(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_shows_all_without_scrolling_sideways(
    page: Page, site: str, scheme: Literal["light", "dark"], axe: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme=scheme)
    open_workbench(page, site, COORDINATORS)
    run(page)
    expect(page.locator(".yasr_results table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page, axe) == []


def test_the_form_works_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/sparql")
    page.fill("#query", COORDINATORS)
    page.click("#share")
    assert page.url.startswith(f"{site}/share/")
    page.click("#run")
    expect(page.locator("tbody")).to_contain_text("Philippines")
    context.close()


def test_the_bundles_come_with_the_notices_of_what_is_in_them(page: Page, site: str) -> None:
    script = page.request.get(f"{site}/static/built/workbench.js").text()
    assert "licences.txt" in script[:100]
    notices = page.request.get(f"{site}/static/built/licences.txt").text()
    for name in ("codemirror", "@zazuko/yasqe", "@zazuko/yasr", "d3", "dompurify"):
        assert f"\n{name} " in f"\n{notices}"
    assert "\naxe-core " not in notices
