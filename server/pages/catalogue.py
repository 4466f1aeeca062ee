"""The words of the pages: English in the templates, other languages from catalogues (gettext)."""

import gettext
from pathlib import Path

from jinja2 import Environment

from server.pages.languages import DOMAIN, ENGLISH, FOLDER


def install(environment: Environment, language: str = ENGLISH, folder: Path = FOLDER) -> None:
    """Let templates mark their words with `trans` and `_`, and take them from the catalogue.

    What a catalogue does not have is English. Raises `FileNotFoundError` if `language` is not
    English and has none (`Settings` does not take such a one).
    """
    environment.add_extension("jinja2.ext.i18n")
    # Marked text may be broken into lines where the template is easiest to read.
    environment.policies["ext.i18n.trimmed"] = True
    words = (
        gettext.NullTranslations()
        if language == ENGLISH
        else gettext.translation(DOMAIN, folder, [language.replace("-", "_")])
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["language"] = language


def marked(text: str) -> str:
    """Return `text`, which a template looks up: thus it gets into the catalogue."""
    return text
