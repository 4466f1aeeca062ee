"""A server over the real graph, and pages of Debian's Chromium that look at it.

All that a page does wrong by itself fails its test: an error in the console, an exception, what the
content security policy refuses, a part that is not there, a request to another host.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    WebError,
    expect,
    sync_playwright,
)

from server.settings import ROOT
from tests.server.door import serving

NewContext = Callable[..., BrowserContext]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What a page asks of others is told of, and goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# Milliseconds: a machine that does much else is slow, not wrong.
_PATIENCE = 90_000
expect.set_options(timeout=_PATIENCE / 3)
_DEFAULTS: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
# What a page asks for by script may be refused; what it is made of may not.
_MAY_FAIL = {"document", "fetch", "xhr"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the real graph and the whole library; return the address without a slash at its end."""
    with serving(
        tmp_path_factory.mktemp("site"),
        CEBU_DATA=str(ROOT / "data"),
        CEBU_QUERIES=str(ROOT / "queries"),
        CEBU_WORKERS="2",
    ) as running:
        yield running.url


# Playwright's event loop runs for as long as it is open. It is closed after each module, before
# another worker's test that has a loop of its own could find it running.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here: install Debian's package of that name")
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    # In `new_context`, where a test can ask for others.
    return {}


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core (Deque), which looks for what keeps people out."""
    script = ROOT / "server" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("axe-core is not installed here: run `make frontend`")
    return script.read_text(encoding="utf-8")


@pytest.fixture
def complaints() -> list[str]:
    """Return what pages have done wrong so far; a test that means it may empty the list."""
    return []


@pytest.fixture
def new_context(new_context: NewContext, complaints: list[str]) -> Iterator[NewContext]:
    """Return what makes contexts; all that their pages complain of fails the test."""

    def made(**options: Any) -> BrowserContext:  # noqa: ANN401 (whatever Playwright takes)
        context = new_context(**{**_DEFAULTS, **options})
        context.set_default_timeout(_PATIENCE)
        _watch(context, complaints)
        return context

    yield made
    assert not complaints


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def _watch(context: BrowserContext, complaints: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        # That an answer is an error is looked at below, where it is known what it was for.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(f"console: {message.text} ({message.location})")

    def thrown(error: WebError) -> None:
        complaints.append(f"exception: {error.error}")

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            complaints.append(f"another host: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type not in _MAY_FAIL:
            complaints.append(f"status {response.status}: {response.url}")

    context.on("console", said)
    context.on("weberror", thrown)
    context.on("request", asked)
    context.on("response", answered)
