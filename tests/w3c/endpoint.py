"""An endpoint over plain HTTP whose data a test can replace: strict setting, nothing seeded."""

import contextlib
import dataclasses
import http.client
import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.engine import EmbeddedEngine
from server.services import Services
from server.settings import Settings
from server.store import GraphStore
from tests.server.door import Reply

_HERE = Path(__file__).resolve().parent


@dataclass
class Endpoint:
    """The server, and the hook by which its data is replaced."""

    app: Flask
    port: int
    _versions: Iterator[int] = field(default_factory=itertools.count)

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """Serve exactly `quads` from now on."""
        store = ox.Store()
        store.bulk_extend(quads)
        new = GraphStore(store, version=f"test-{next(self._versions)}", union=False)
        data: GraphStore = self.app.extensions["cebu"].data
        data.store, data.graph, data.graphs = new.store, new.graph, new.graphs
        data.version, data.triples = new.version, new.triples

    def request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        """Send exactly this."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextlib.contextmanager
def serving(store: Path) -> Iterator[Endpoint]:
    """Serve from a thread of this process until the block ends."""
    settings = Settings.from_environment(
        {
            "CEBU_STORE": str(store),
            "CEBU_QUERIES": str(_HERE.parent / "server" / "data" / "queries"),
            "CEBU_SEED": "0",
            "CEBU_DEFAULT_GRAPH": "strict",
        }
    )
    app = create_app(settings)
    # One that reads the store of this process, whatever the server itself has.
    here: Services = app.extensions["cebu"]
    here.engine.close()
    app.extensions["cebu"] = dataclasses.replace(here, engine=EmbeddedEngine(here.data))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Endpoint(app, server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["cebu"].close()
