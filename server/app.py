"""The application factory."""

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, g
from werkzeug.middleware.proxy_fix import ProxyFix

from server import __version__, logs, operations
from server.endpoint import (
    completion,
    direct_answers,
    graph_store,
    labels,
    share_links,
    update,
)
from server.endpoint import query as sparql
from server.engine.embedded import EmbeddedEngine, Engine
from server.explore import routes as explore
from server.history import memento
from server.history import routes as history
from server.http import (
    bodies,
    caching,
    compression,
    cors,
    error_pages,
    hosts,
    links,
    response_cache,
)
from server.http.content_policy import policy
from server.library import routes as questions
from server.library.library import Library
from server.linked_data import datasets, sitemap, vocabulary
from server.linked_data import routes as linked_data
from server.linked_data.addresses import local, query_link
from server.linked_data.withdrawn import withdrawals
from server.pages import catalogue, home, quality
from server.search import routes as search
from server.services import Services
from server.settings import Settings
from server.sources import routes as sources
from server.store.loader import StoreError
from server.store.store import GraphStore
from server.validation import routes as validation
from server.validation.gate import ShapesGate
from server.writing import rebuilds

# A query of the longest length, each character written as %XX, with room for the graphs' names.
MAX_BODY: Final = 256 * 1024

_BLUEPRINTS: Final = (
    home.blueprint,
    sparql.blueprint,
    completion.blueprint,
    labels.blueprint,
    share_links.blueprint,
    update.blueprint,
    graph_store.blueprint,
    rebuilds.blueprint,
    linked_data.blueprint,
    memento.blueprint,
    history.blueprint,
    vocabulary.blueprint,
    datasets.blueprint,
    questions.blueprint,
    sources.blueprint,
    quality.blueprint,
    explore.blueprint,
    search.blueprint,
    operations.blueprint,
    sitemap.blueprint,
)
_HEADERS: Final = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # For browsers that know no frame-ancestors.
    "X-Frame-Options": "DENY",
}


def create_app(
    settings: Settings | None = None,
    start_engine: Callable[[GraphStore, Settings], Engine] | None = None,
    *,
    rebuild: bool = False,
) -> Flask:
    """Return the application over the store that `settings` (the environment's by default) name.

    Queries are answered in this process unless `start_engine` makes another engine. With `rebuild`
    a store that was written to takes a graph that was built anew since.

    Raises `SettingsError`, `StoreError` or `LibraryError`, each with one clear message, if it
    cannot start. The application holds the store until `app.extensions["cebu"].close()`.
    """
    settings = settings or Settings.from_environment()
    library = Library.load(settings.queries)
    withdrawn = withdrawals(settings.data / "withdrawn.yaml")
    data, engine = _opened(settings, start_engine or _embedded)
    app = Flask("server")
    services = Services(settings, data, engine, library, withdrawn, ShapesGate())
    if rebuild and not settings.backend.query:
        try:
            rebuilds.take_at_start(services)
        except StoreError:
            services.close()
            raise
    direct_answers.register(app)
    # Inside of what follows: bodies have been read then, and kept answers are logged too.
    response_cache.register(app, services)
    bodies.guard(app)
    logs.watch(app)
    hosts.check(app)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.extensions["cebu"] = services
    share_links.register(app, settings)
    catalogue.install(app.jinja_env, settings.language, settings.translations)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(version=__version__, local=local, query_link=query_link)
    app.after_request(_finish)
    caching.register(app, settings)
    error_pages.register(app)
    validation.register(app, settings, data)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _opened(
    settings: Settings, start_engine: Callable[[GraphStore, Settings], Engine]
) -> tuple[GraphStore, Engine]:
    """Return the graph and what answers queries: of the store, or of the engine behind us."""
    if settings.backend.query:
        # Its client takes a twentieth of a second to load, for nothing in most places.
        from server.backend.data import BackendData
        from server.backend.engine import BackendEngine

        there = BackendData.open(settings)
        return there, BackendEngine(there, settings)
    data = GraphStore.open(settings)
    return data, start_engine(data, settings)


def _embedded(data: GraphStore, settings: Settings) -> Engine:
    return EmbeddedEngine(data, settings.limits)


def _finish(response: Response) -> Response:
    """Put the headers on that every answer has, and send it as the request wants it."""
    if g.get("negotiated"):
        response.vary.add("Accept")
    links.add(response)
    caching.label(response)
    compression.compress(response)
    response = caching.check(response)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    cors.allow(response)
    return response
