"""What is made ready for readers: the pages of each state of the graph, beside them."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from ontology.namespaces import BASE, ID
from server.app import create_app
from server.explore import routes as explore
from server.preparation import Preparation
from server.services import Services
from server.settings import Settings
from server.sources.documents import stored_document
from server.store.changes import SparqlUpdate
from server.store.rdf_patch import Note
from server.store.reading import Reading, Term
from server.writing import writes
from tests.server import library_of_texts as texts

PAGES = ["/", "/sources", "/dataset", "/quality", "/queries", "/explore", *explore.paths()]
SECONDS = 60


@pytest.fixture
def app(tmp_path: Path, settings: Settings) -> Iterator[Flask]:
    (tmp_path / "data").mkdir()
    data = texts.write(tmp_path / "data")
    made = create_app(dataclasses.replace(settings, data=data, cache=0))
    yield made
    made.extensions["cebu"].close()


@pytest.fixture
def preparation(app: Flask) -> Iterator[Preparation]:
    made = Preparation(app, services(app).data)
    yield made
    made.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that the server asks its own store."""
    found: list[str] = []
    rows = Reading.rows

    def told(data: Reading, query: str) -> list[dict[str, Term]]:
        found.append(query)
        return rows(data, query)

    monkeypatch.setattr(Reading, "rows", told)
    return found


def services(app: Flask) -> Services:
    here = app.extensions["cebu"]
    assert isinstance(here, Services)
    return here


def until(held: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not held():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_ready(app: Flask, preparation: Preparation) -> bool:
    return preparation.ready == services(app).data.version


def write(app: Flask, update: str) -> None:
    before = services(app).data.version
    writes.write(services(app), SparqlUpdate(update), Note("me", "why"))
    assert services(app).data.version != before


def test_prepared_pages_ask_the_store_for_nothing_that_all_readers_share(
    app: Flask, preparation: Preparation, asked: list[str]
) -> None:
    preparation.start(bool)
    until(lambda: is_ready(app, preparation))
    assert asked
    known = set(asked)
    asked.clear()
    client = app.test_client()
    for path in PAGES:
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 200
    # What is light is asked again; what counts or reads the whole is not, and nothing is new.
    assert set(asked) <= known
    assert not [query for query in asked if "COUNT" in query or f"{BASE}ontology#exact" in query]


def test_nothing_is_made_before_the_server_answers(
    app: Flask, preparation: Preparation, asked: list[str]
) -> None:
    answering = threading.Event()
    preparation.start(answering.wait)
    time.sleep(0.3)
    assert (preparation.ready, asked) == ("", [])
    answering.set()
    until(lambda: is_ready(app, preparation))


def test_a_write_is_followed_and_leaves_the_documents_that_it_does_not_alter(
    app: Flask, preparation: Preparation, asked: list[str]
) -> None:
    here = services(app)
    preparation.start(bool)
    until(lambda: is_ready(app, preparation))
    former = {slug: stored_document(here.data, here.settings, slug) for slug in ("sample", "gone")}
    statement = f"<{ID}document/sample> <http://purl.org/dc/terms/rights>"
    write(
        app,
        f"WITH <{BASE}graph/sample> DELETE {{ {statement} ?former }}"
        f' INSERT {{ {statement} "Some rights."@en }} WHERE {{ {statement} ?former }}',
    )
    until(lambda: is_ready(app, preparation))
    asked.clear()
    found = {slug: stored_document(here.data, here.settings, slug) for slug in ("sample", "gone")}
    assert not asked
    assert found["gone"] is former["gone"]
    assert found["sample"] is not None
    assert found["sample"] is not former["sample"]
    assert found["sample"].facts["rights"] == ["Some rights."]


def test_a_document_is_read_again_if_its_silences_were_curated_since(app: Flask) -> None:
    here = services(app)
    former = stored_document(here.data, here.settings, "sample")
    curated = here.settings.data / "annotations" / "sample.yaml"
    curated.write_text(
        "document: sample\nsilent:\n- {quote: Page 3, why: another reason}\n", encoding="utf-8"
    )
    named = f'<{ID}state/viet-nam> <http://www.w3.org/2004/02/skos/core#altLabel> "Vietnam"@en'
    write(app, f"INSERT DATA {{ GRAPH <{BASE}graph/sample> {{ {named} }} }}")
    found = stored_document(here.data, here.settings, "sample")
    assert found is not None
    assert found is not former
    assert found.coverage is not None
    assert "another reason" in {gap.reason for gap in found.coverage.gaps}


def test_it_leaves_no_trace_in_the_metrics(app: Flask, preparation: Preparation) -> None:
    def requests() -> list[str]:
        told = app.test_client().get("/metrics").text.splitlines()
        return [line for line in told if "requests" in line and "/quality" in line]

    before = requests()
    preparation.start(bool)
    until(lambda: is_ready(app, preparation))
    assert requests() == before


def test_it_ends_with_the_server(app: Flask, preparation: Preparation) -> None:
    preparation.start(bool)
    began = time.monotonic()
    preparation.close()
    assert time.monotonic() - began < 3
    assert "preparation" not in {thread.name for thread in threading.enumerate()}
