"""A real server on a free port, and plain HTTP to talk to it."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def type(self) -> str:
        return self.headers.get_content_type()

    def json(self) -> Any:  # noqa: ANN401 (whatever JSON can be)
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    port: int
    process: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"{self.url}/sparql"

    def request(
        self,
        path: str,
        accept: str | None = None,
        *,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send exactly this: no redirect is followed, no header is added but Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        sent = {**({"Accept": accept} if accept else {}), **(headers or {})}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def query(self, text: str, accept: str | None = None, **more: str) -> Reply:
        return self.request("/sparql?" + urlencode({"query": text, **more}), accept)


def without_record(dump: str) -> list[str]:
    """Return the lines of N-Quads or N-Triples but those that the server writes of its changes."""
    own = re.compile(
        r"<https://w3id\.org/cebu/(?:changes/|dataset\?version=)"
        r"|<https://w3id\.org/cebu/dataset> <http://www\.w3\.org/2002/07/owl#versionIRI>"
    )
    return sorted(line for line in dump.splitlines() if not own.match(line))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(store: Path, port: int, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CEBU_")}
    return {
        **kept,
        "CEBU_STORE": str(store),
        "CEBU_DATA": str(DATA),
        "CEBU_QUERIES": str(DATA / "queries"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        # Nobody reads a server's standard error while it runs: a full pipe would stop it.
        "CEBU_LOG": "errors",
        **more,
    }


def cebu(*arguments: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        capture_output=True,
        text=True,
        env=dict(env),
        cwd=HERE.parents[1],
        timeout=60,
        check=False,
    )


def start(
    env: Mapping[str, str],
    errors: int | IO[str] = subprocess.PIPE,
    program: Path = HERE.parents[1],
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve"],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env=dict(env),
        cwd=program,
    )


def serving(store: Path, **more: str) -> contextlib.AbstractContextManager[Server]:
    """Run a server over a store, with more settings."""
    return serving_with(HERE.parents[1], store, more)


@contextlib.contextmanager
def serving_with(program: Path, store: Path, more: Mapping[str, str]) -> Iterator[Server]:
    """Run a server of the code in the folder `program`."""
    port = free_port()
    process = start(environment(store, port, **more), program=program)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if line != f"serving on http://127.0.0.1:{port}\n":
            process.terminate()
            raise AssertionError(f"{line!r}, {process.communicate()[1]}")
        yield Server(port, process)
    finally:
        process.terminate()
        process.communicate(timeout=30)
