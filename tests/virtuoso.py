"""The least configuration with which Virtuoso 7 serves a graph: for tests and benchmarks."""

from dataclasses import dataclass
from pathlib import Path

from tests.server.door import free_port

HOW = "`apt-get install virtuoso-opensource-7`"

_TEMPLATE = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = {remap}

[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx

[Parameters]
ServerPort = {sql}
DisableUnixSocket = 1
MaxClientConnections = 20
DirsAllowed = {readable}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 20
MaxClientConnections = 20
MaxKeepAlives = 20
KeepAliveTimeout = 60
Charset = UTF-8

[SPARQL]
ResultSetMaxRows = {rows}
{more}"""


@dataclass(frozen=True)
class Configuration:
    """A configuration file, and the ports in it."""

    file: Path
    sql: int
    http: int

    def command(self, program: str) -> list[str]:
        """Return the command that serves by it: not in the background, so that we can stop it."""
        return [program, "+foreground", "+configfile", str(self.file)]


def configured(
    folder: Path, *, buffers: int, rows: int, readable: Path | None = None, default_graph: str = ""
) -> Configuration:
    """Write the configuration of a new database in `folder`.

    `buffers` take 8 KiB each, `rows` is the number at which answers are cut, files in `readable`
    can be loaded, and `default_graph` is that of queries that name none.
    """
    sql, http = free_port(), free_port()
    text = _TEMPLATE.format(
        folder=folder,
        remap=buffers // 4,
        sql=sql,
        readable=readable or folder,
        buffers=buffers,
        dirty=buffers * 3 // 4,
        http=http,
        rows=rows,
        more=f"DefaultGraph = {default_graph}\n" if default_graph else "",
    )
    file = folder / "virtuoso.ini"
    file.write_text(text, encoding="utf-8")
    return Configuration(file, sql, http)
