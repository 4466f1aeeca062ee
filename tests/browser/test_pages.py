"""What people do with the pages that all others rest on, in a real browser."""

import pytest
from playwright.sync_api import Page, expect


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
