"""The application factory."""

from typing import Final

from flask import Flask, Response, g

from server import (
    __version__,
    datasets,
    error_pages,
    home,
    linked_data,
    operations,
    questions,
    sparql,
    vocabulary,
)
from server.addresses import local, query_link
from server.engine import EmbeddedEngine
from server.library import Library
from server.services import Services
from server.settings import Settings
from server.store import GraphStore

# A query of the longest length, each character written as %XX, with room for the graphs' names.
MAX_BODY: Final = 256 * 1024

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application over the store that `settings` (the environment's by default) name.

    Raises `SettingsError`, `StoreError` or `LibraryError`, each with one clear message, if it
    cannot start. The application holds the store until `app.extensions["cebu"].close()`.
    """
    settings = settings or Settings.from_environment()
    library = Library.load(settings.queries)
    data = GraphStore.open(settings)
    app = Flask("server")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.extensions["cebu"] = Services(settings, data, EmbeddedEngine(data), library)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(version=__version__, local=local, query_link=query_link)
    app.after_request(_finish)
    error_pages.register(app)
    for module in (home, sparql, linked_data, vocabulary, datasets, questions, operations):
        app.register_blueprint(module.blueprint)
    return app


def _finish(response: Response) -> Response:
    """Put the headers on that every answer has."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if g.get("negotiated"):
        response.vary.add("Accept")
    return response
