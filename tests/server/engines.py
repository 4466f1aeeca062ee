"""Other SPARQL engines, really started: `oxigraph serve` and Virtuoso 7."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.door import free_port
from tests.virtuoso import HOW, configured

_START_SECONDS = 60


@dataclass(frozen=True)
class Engine:
    """A running engine: its addresses, and who may write there."""

    name: str
    query: str
    store: str
    update: str
    process: "subprocess.Popen[bytes]"
    user: str = ""
    password: str = ""

    def variables(self, way: str = "both") -> dict[str, str]:
        """Return the settings with which `cebu publish` writes there, by both addresses or one."""
        ways = {"CEBU_BACKEND_STORE": self.store, "CEBU_BACKEND_UPDATE": self.update}
        who = {"CEBU_BACKEND_USER": self.user, "CEBU_BACKEND_PASSWORD": self.password}
        known = {name: value for name, value in ways.items() if way in {"both", name}}
        return {**known, **(who if self.user else {})}

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        self.process.kill()
        self.process.wait(30)


def _program(variable: str, name: str, how: str) -> str:
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = os.environ.get(variable) or beside or shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: {how}, or set {variable} to the program")
    return found


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(f"{address}?query=ASK%7B%7D", timeout=5).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{address}: {error}. {words}") from error
            time.sleep(0.05)


@contextlib.contextmanager
def _running(command: list[str], folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        yield process, log
    finally:
        process.kill()
        process.wait(30)


@contextlib.contextmanager
def oxigraph(folder: Path) -> Iterator[Engine]:
    """Serve an empty store in memory."""
    program = _program("OXIGRAPH", "oxigraph", "`pip install oxigraph`")
    port = free_port()
    with _running([program, "serve", "--bind", f"127.0.0.1:{port}"], folder) as (process, log):
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/query", process, log)
        yield Engine("oxigraph", f"{url}/query", f"{url}/store", f"{url}/update", process)


@contextlib.contextmanager
def virtuoso(folder: Path) -> Iterator[Engine]:
    """Serve a new database with the least configuration that it takes."""
    program = _program("VIRTUOSO", "virtuoso-t", HOW)
    # As small as it gets: the graphs of the tests are. The limit of rows is one that they reach.
    configuration = configured(folder, buffers=4000, rows=50)
    with _running(configuration.command(program), folder) as (process, log):
        url = f"http://127.0.0.1:{configuration.http}"
        _wait(f"{url}/sparql", process, log)
        store = f"{url}/sparql-graph-crud-auth"
        yield Engine(
            "virtuoso", f"{url}/sparql", store, f"{url}/sparql-auth", process, "dba", "dba"
        )


ENGINES = {"oxigraph": oxigraph, "virtuoso": virtuoso}
