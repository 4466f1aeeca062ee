"""Virtuoso 7 with the least configuration that serves a graph, in a folder of its own."""

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Final

from tests.bench.dataset import Dataset
from tests.bench.processes import program, running, wait_for
from tests.bench.target import Target
from tests.virtuoso import HOW, configured

VIRTUOSO: Final = "Virtuoso 7"
_GRAPH: Final = "https://w3id.org/cebu/dataset"
# 8 KiB each: 800 MB, room for every graph that is compared.
_BUFFERS: Final = 100_000


@contextlib.contextmanager
def virtuoso(dataset: Dataset) -> Iterator[Target]:
    """Load the dataset into a new database and serve it."""
    server = program("VIRTUOSO", ["virtuoso-t"], HOW)
    client = program("VIRTUOSO_ISQL", ["isql-vt", "isql"], HOW)
    folder = dataset.place / "virtuoso"
    folder.mkdir()
    configuration = configured(
        folder,
        buffers=_BUFFERS,
        rows=1_000_000,
        readable=dataset.dump.parent,
        default_graph=_GRAPH,
    )
    log = folder / "output.log"
    with running(configuration.command(server), log, cwd=folder) as process:
        target = Target(VIRTUOSO, configuration.http, "/sparql", pid=process.pid)
        wait_for(lambda: target.ask("ASK {}", 10), process, log)
        load = (
            f"ld_dir('{dataset.dump.parent}', '{dataset.dump.name}', '{_GRAPH}');"
            "rdf_loader_run();checkpoint;"
        )
        done = subprocess.run(
            [client, str(configuration.sql), "dba", "dba", f"exec={load}"],
            capture_output=True,
            text=True,
        )
        if done.returncode or "Error" in done.stderr + done.stdout:
            raise RuntimeError(f"Virtuoso did not load the graph: {done.stdout} {done.stderr}")
        yield target
