"""The words of the pages: English in the templates, other languages from catalogues (gettext)."""

import gettext
from typing import Final

from jinja2 import Environment

from server.settings import ROOT

DOMAIN: Final = "cebu"
FOLDER: Final = ROOT / "server" / "translations"


def install(environment: Environment, language: str = "en") -> None:
    """Let templates mark their words with `trans` and `_`, and take them from the catalogue.

    What a catalogue does not have, or a language without one, is English.
    """
    environment.add_extension("jinja2.ext.i18n")
    found = gettext.translation(DOMAIN, FOLDER, [language], fallback=True)
    environment.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]
