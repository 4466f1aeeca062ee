"""The servers that are compared: ours, and those that one would take instead."""

import contextlib
import http.client
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.settings import ROOT
from tests.bench.dataset import Dataset
from tests.bench.processes import program, running, wait_for
from tests.bench.target import ConstantTarget, Target
from tests.server.door import environment, free_port

CEBU: Final = "Cebu, no cache"
CEBU_KEPT: Final = "Cebu, every answer kept"
CEBU_ALONE: Final = "Cebu, no query processes"
OXIGRAPH: Final = "oxigraph serve --location"
OXIGRAPH_MEMORY: Final = "oxigraph serve in memory"
RDFLIB: Final = "rdflib-endpoint, rdflib store"
RDFLIB_OXIGRAPH: Final = "rdflib-endpoint, oxrdflib store"
CONSTANT: Final = "a constant answer, same server program"
_READY: Final = "SELECT * { ?s ?p ?o } LIMIT 1"
_CACHE: Final = str(64 * 1024**2)


def ready(target: Target) -> None:
    """Raise `OSError` unless the server answers a query."""
    answer = target.ask(_READY, 10)
    if answer.status != 200:
        raise ConnectionError(f"{target.name}: {answer.status} {answer.body[:200]!r}")


@contextlib.contextmanager
def cebu(
    dataset: Dataset, name: str, workers: int, store: Path | None = None, **more: str
) -> Iterator[Target]:
    """Run `cebu serve` over the dataset, from its own store or the one given.

    `more` are settings; without them every answer is kept, unless the name says otherwise.
    """
    port = free_port()
    settings = {
        "CEBU_DATA": str(dataset.data),
        "CEBU_QUERIES": str(ROOT / "queries"),
        "CEBU_WORKERS": str(workers),
        "CEBU_CACHE_BYTES": _CACHE if name == CEBU_KEPT else "0",
        **more,
    }
    place = store or dataset.place / f"cebu-{port}"
    log = dataset.place / f"cebu-{port}.log"
    command = [sys.executable, "-m", "server.cli", "serve"]
    with running(command, log, environment(place, port, **settings)) as process:
        target = Target(name, port, "/sparql", pid=process.pid)
        wait_for(lambda: ready(target), process, log, pause=0.002)
        yield target


@contextlib.contextmanager
def oxigraph(dataset: Dataset, name: str = OXIGRAPH) -> Iterator[Target]:
    """Run `oxigraph serve`, on disk or in memory as the name says."""
    command = program("OXIGRAPH", ["oxigraph"], "`uv tool install oxigraph`")
    port = free_port()
    files = [str(dataset.dump)]
    place = []
    if name == OXIGRAPH:
        place = ["--location", str(dataset.place / "rocksdb")]
        load = [command, "load", *place, "--file", *files]
        subprocess.run(load, check=True, capture_output=True)
    log = dataset.place / f"oxigraph-{port}.log"
    serve = [command, "serve", *place, "--bind", f"127.0.0.1:{port}"]
    with running(serve, log) as process:
        target = Target(name, port, "/query", pid=process.pid)
        wait_for(lambda: target.ask("ASK {}", 10), process, log)
        if not place:
            _post(port, dataset.dump)
        yield target


def _post(port: int, dump: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1800)
    with contextlib.closing(connection), dump.open("rb") as file:
        headers = {
            "Content-Type": "application/n-triples",
            "Content-Length": str(dump.stat().st_size),
        }
        connection.request("POST", "/store?default&no_transaction", file, headers)
        reply = connection.getresponse()
        if reply.status >= 300:
            raise RuntimeError(f"oxigraph refused the graph: {reply.status} {reply.read()!r}")


@contextlib.contextmanager
def rdflib_endpoint(dataset: Dataset, name: str = RDFLIB) -> Iterator[Target]:
    """Run rdflib-endpoint over an in-memory store of rdflib, or of Oxigraph as the name says."""
    how = "`uv tool install --with uvicorn --with oxrdflib rdflib-endpoint`"
    command = program("RDFLIB_ENDPOINT", ["rdflib-endpoint"], how)
    port = free_port()
    store = "Oxigraph" if name == RDFLIB_OXIGRAPH else "default"
    log = dataset.place / f"rdflib-{port}.log"
    serve = [command, "serve", "--host", "127.0.0.1", "--port", str(port), "--store", store]
    with running([*serve, str(dataset.dump)], log) as process:
        target = Target(name, port, "/", slow=True, pid=process.pid)
        wait_for(lambda: ready(target), process, log)
        yield target


@contextlib.contextmanager
def constant(dataset: Dataset, threads: int) -> Iterator[ConstantTarget]:
    """Run the application that always gives the same answer."""
    port = free_port()
    log = dataset.place / f"constant-{port}.log"
    command = [sys.executable, "-m", "tests.bench.constant", str(port), str(threads)]
    with running(command, log) as process:
        target = ConstantTarget(CONSTANT, port, process.pid)
        wait_for(lambda: target.ask(""), process, log)
        yield target
