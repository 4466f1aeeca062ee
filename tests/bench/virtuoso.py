"""Virtuoso 7 with the least configuration that serves a graph, in a folder of its own."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.dataset import Dataset
from tests.bench.processes import program, running, wait_for
from tests.bench.target import Target
from tests.server.door import free_port

VIRTUOSO: Final = "Virtuoso 7"
_GRAPH: Final = "https://w3id.org/cebu/dataset"
# 8 KiB each: 800 MB, room for every graph that is compared.
_BUFFERS: Final = 100_000


def _configuration(folder: Path, dump: Path, sql: int, port: int) -> str:
    return f"""[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = {_BUFFERS // 4}

[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx

[Parameters]
ServerPort = {sql}
DisableUnixSocket = 1
MaxClientConnections = 20
DirsAllowed = {dump.parent}
NumberOfBuffers = {_BUFFERS}
MaxDirtyBuffers = {_BUFFERS * 3 // 4}
CheckpointInterval = 0

[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 20
MaxClientConnections = 20
MaxKeepAlives = 20
KeepAliveTimeout = 60
Charset = UTF-8

[SPARQL]
DefaultGraph = {_GRAPH}
ResultSetMaxRows = 1000000
"""


@contextlib.contextmanager
def virtuoso(dataset: Dataset) -> Iterator[Target]:
    """Load the dataset into a new database and serve it."""
    how = "`apt-get install virtuoso-opensource-7`"
    server = program("VIRTUOSO", ["virtuoso-t"], how)
    client = program("VIRTUOSO_ISQL", ["isql-vt", "isql"], how)
    sql, port = free_port(), free_port()
    folder = dataset.place / "virtuoso"
    folder.mkdir()
    configuration = folder / "virtuoso.ini"
    configuration.write_text(_configuration(folder, dataset.dump, sql, port), encoding="utf-8")
    log = folder / "output.log"
    # Not to the background: we must be able to stop it.
    command = [server, "+foreground", "+configfile", str(configuration)]
    with running(command, log, cwd=folder) as process:
        target = Target(VIRTUOSO, port, "/sparql", pid=process.pid)
        wait_for(lambda: target.ask("ASK {}", 10), process, log)
        load = (
            f"ld_dir('{dataset.dump.parent}', '{dataset.dump.name}', '{_GRAPH}');"
            "rdf_loader_run();checkpoint;"
        )
        done = subprocess.run(
            [client, str(sql), "dba", "dba", f"exec={load}"], capture_output=True, text=True
        )
        if done.returncode or "Error" in done.stderr + done.stdout:
            raise RuntimeError(f"Virtuoso did not load the graph: {done.stdout} {done.stderr}")
        yield target
