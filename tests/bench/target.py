"""A server under measurement, and what it answers."""

import contextlib
import csv
import http.client
import io
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

ACCEPT: Final = "text/csv"

Rows = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Answer:
    """An answer and the seconds that it took, the connection included."""

    status: int
    body: bytes
    seconds: float

    @property
    def rows(self) -> Rows:
        """Return the rows, each as often as it is there."""
        return Counter(tuple(row) for row in csv.reader(io.StringIO(self.body.decode())))


@dataclass(frozen=True)
class Target:
    """A server that answers queries at `path` on this machine.

    A `slow` one is asked by one client only, and less often: what its clients give up runs on.
    """

    name: str
    port: int
    path: str
    slow: bool = False
    pid: int = 0

    def query_path(self, query: str) -> str:
        """Return path and query string that ask the query."""
        return f"{self.path}?{urlencode({'query': query})}"

    def ask(self, query: str, seconds: float = 120, more: str = "") -> Answer:
        """Ask once.

        Raises `OSError` if there is no answer in time.
        """
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with contextlib.closing(connection):
            try:
                connection.request("GET", self.query_path(query) + more, headers={"Accept": ACCEPT})
                reply = connection.getresponse()
                body = reply.read()
            except http.client.HTTPException as error:
                raise ConnectionError(f"{self.name}: {error!r}") from error
        return Answer(reply.status, body, time.perf_counter() - began)


class ConstantTarget(Target):
    """A server whose answer to a query is as long as it is told beforehand, and always the same."""

    def __init__(self, name: str, port: int, pid: int) -> None:
        super().__init__(name, port, "/", pid=pid)
        self.sizes: dict[str, int] = {}

    def query_path(self, query: str) -> str:
        """Return the path that has an answer of the length known for the query."""
        return f"/?bytes={self.sizes.get(query, 0)}"
