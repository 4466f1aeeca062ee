"""An endpoint over plain HTTP whose data a test can replace: strict setting, nothing seeded."""

import contextlib
import dataclasses
import http.client
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.services import Services
from server.settings import Settings
from server.store.store import DraftPlace, GraphStore
from tests.server.door import Reply

TOKEN: Final = "a-token-of-the-tests"
_HERE = Path(__file__).resolve().parent


@dataclass
class Endpoint:
    """The server, and the hook by which its data is replaced."""

    app: Flask
    port: int

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """Serve exactly `quads` from now on."""
        store = ox.Store()
        store.bulk_extend(quads)
        data: GraphStore = self.app.extensions["cebu"].data
        data.adopt(DraftPlace(union=False, store=store))

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
            "CEBU_TOKEN": TOKEN,
        }
    )
    app = create_app(settings)
    # A store in memory, and an engine that reads the store of this process.
    here: Services = app.extensions["cebu"]
    here.close()
    data = GraphStore(ox.Store(), version="test", union=False)
    app.extensions["cebu"] = dataclasses.replace(here, data=data, engine=EmbeddedEngine(data))
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
