"""The words of the pages: all of them are gathered, and a catalogue changes them."""

import dataclasses
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from server.app import create_app
from server.pages.languages import DOMAIN, FOLDER
from server.settings import ROOT, Settings, SettingsError

SERVER = ROOT / "server"
TEMPLATES = SERVER / "templates"
# Shared by all pages; every word of theirs can be translated.
MARKED = (
    *("about", "base", "change", "changes", "dataset", "difference", "differences_list", "graph"),
    *("home", "parts", "prefixes", "problem", "problem_box", "problems", "quality"),
    *("results_table", "search", "validate", "vocabulary", "written"),
)
# A tag, an expression or a statement, and what a mark surrounds.
_NOT_WORDS = re.compile(
    r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S
)
# Names and addresses, the same in every language.
_SAME = {"Cebu", "SPARQL"}


def ids(messages: Catalog) -> set[str | tuple[str, ...]]:
    return {
        tuple(item.id) if isinstance(item.id, list | tuple) else item.id
        for item in messages
        if item.id
    }


def test_the_gathered_words_are_those_of_the_templates() -> None:
    with (FOLDER / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {
        **{"_": None, "gettext": None, "ngettext": (1, 2), "marked": None},
        **{"trans": None, "N_": None, "Kind": (2,)},
    }
    found = extract_from_dir(SERVER, methods, options, keywords)
    extracted = {tuple(item[2]) if isinstance(item[2], tuple) else item[2] for item in found}
    with (FOLDER / f"{DOMAIN}.pot").open("rb") as file:
        gathered = ids(read_po(file))
    assert extracted == gathered, "run `make messages`, and commit server/translations"


def test_each_translation_is_compiled_as_it_stands() -> None:
    for path in sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as file:
            compiled = io.BytesIO()
            write_mo(compiled, read_po(file))
        assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make messages`"


@pytest.mark.parametrize("name", MARKED)
def test_no_word_of_a_shared_page_stands_unmarked(name: str) -> None:
    text = _NOT_WORDS.sub("", (TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))
    visible = re.sub(r"<[^>]*>", "\n", text)
    attributes = re.findall(r'(?:aria-label|placeholder|alt)="([^"]*)"', text)
    words = {part.strip(" \n:·.;,()\u00d7–") for part in (*visible.split("\n"), *attributes)}
    assert {part for part in words if re.search(r"[A-Za-z]{2}", part)} <= _SAME


@pytest.fixture
def french(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings with a catalogue that has a few words."""
    catalogue = Catalog(locale="fr", domain=DOMAIN)
    catalogue.add("Questions", "Les questions")
    catalogue.add("What would you like to know?", "Que voulez-vous savoir ?")
    catalogue.add(("%(number)s result", "%(number)s results"), ("%(number)s cas", "%(number)s !"))
    catalogue.add("No suggestions", "Aucune suggestion")
    catalogue.add("Kind", "Genre")
    catalogue.add("No such address", "Adresse inconnue")
    folder = tmp_path / "translations" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalogue)
    return dataclasses.replace(
        settings, language="fr", translations=tmp_path / "translations", workers=0
    )


def test_a_catalogue_changes_the_words_and_the_language_of_pages(french: Settings) -> None:
    app = create_app(french)
    try:
        browser = app.test_client()
        page = browser.get("/", headers={"Accept": "text/html"}).text
        assert '<html lang="fr">' in page
        assert ">Les questions</a>" in page
        assert "Que voulez-vous savoir ?" in page
        # Scripts have no words of their own.
        assert 'data-none="Aucune suggestion"' in page
        # What it does not have is English.
        assert ">Sources</a>" in page
        found = browser.get("/search?q=thailand", headers={"Accept": "text/html"}).text
        assert re.search(r'<h2 id="results">\d+ !</h2>', found)
        assert "<summary>Genre</summary>" in found
    finally:
        app.extensions["cebu"].close()


def test_a_language_without_a_catalogue_is_refused() -> None:
    assert Settings.from_environment({"CEBU_LANGUAGE": "en"}).language == "en"
    for language in ("xx", "../fr", "en-GB"):
        with pytest.raises(SettingsError, match=r"CEBU_LANGUAGE is .* set it to one of en"):
            Settings.from_environment({"CEBU_LANGUAGE": language})
