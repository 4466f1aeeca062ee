"""`cebu publish`: the built graph into another SPARQL engine, compared triple by triple."""

import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from server.commands import fail
from server.http.problems import Problem
from server.settings import Settings, SettingsError
from server.store.loader import StoreError, digest, graph_files

if TYPE_CHECKING:
    import pyoxigraph as ox

    from server.backend.client import BackendClient
    from server.backend.publisher import Difference, Writer

# Of each kind of difference in a graph; the number of all is printed.
_SHOWN: Final = 5
# One request may take so long, and bring so many bytes.
_SECONDS: Final = 600.0
_BYTES: Final = 1024**3
_PATIENCE_SECONDS: Final = 2.0

Graphs = dict[str, "set[ox.Triple]"]
Progress = Callable[[int], None]


@click.command()
@click.argument("endpoint")
@click.option("--check", is_flag=True, help="Write nothing, only compare what is there.")
def command(endpoint: str, *, check: bool) -> None:
    """Load data/graph/ into the SPARQL engine whose queries go to ENDPOINT, and compare all of it.

    CEBU_BACKEND_STORE is the engine's Graph Store address or CEBU_BACKEND_UPDATE that of its
    updates; CEBU_BACKEND_USER and CEBU_BACKEND_PASSWORD are who may write there. Exit status 0 only
    if the engine has exactly the statements that were sent. docs/server.md, "Other engines".
    """
    from server.backend.client import BackendClient
    from server.backend.publisher import Writer
    from server.backend.settings import is_address

    try:
        settings = Settings.from_environment()
        if not is_address(endpoint):
            raise SettingsError("ENDPOINT: write an http address, without a name or password in it")
        if not (check or settings.backend.store or settings.backend.update):
            raise SettingsError(
                "Nothing says where to write: set CEBU_BACKEND_STORE to the engine's Graph Store "
                "address, or CEBU_BACKEND_UPDATE to that of its updates"
            )
        backend = dataclasses.replace(settings.backend, query=endpoint)
        graphs, version = _graphs(settings)
        client = BackendClient(backend, _SECONDS, _BYTES)
        named = [name for name in graphs if not _is_union(name)]
        if not check:
            _write(client, Writer(backend, _SECONDS), graphs, named)
        differences = list(_differences(client, graphs))
        if not check and not differences:
            _state(Writer(backend, _SECONDS), named, version)
    except (SettingsError, StoreError) as error:
        fail(f"{error}.")
    except Problem as problem:
        fail(f"{problem.kind.title}. {problem.detail} {problem.next_step}")
    for difference in differences:
        _tell(difference)
    if differences:
        fail("the engine does not have exactly what data/graph/ has")
    triples = sum(len(graphs[name]) for name in named)
    click.echo(f"{len(named)} graphs, {triples:,} statements: the engine has exactly these")


def _graphs(settings: Settings) -> tuple[Graphs, str]:
    """Return the statements of each graph, that of the union too, and the version of the data.

    Raises `StoreError` if there is no built graph, or if it has blank nodes.
    """
    import pyoxigraph as ox

    from server.backend.publication import UNION

    files = graph_files(settings.graph_folder)
    found: Graphs = {}
    for file in files:
        found[file.iri] = {quad.triple for quad in file.quads()}
        for triple in found[file.iri]:
            if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
                raise StoreError(
                    f"{file.path}: it has a blank node ({triple}), which engines rename, so that "
                    "nobody can compare them. Give it a name"
                )
    if settings.default_graph == "union":
        found[UNION] = {triple for triples in found.values() for triple in triples}
    # Never the same twice: what was kept of one publication is not taken for another's.
    return found, f"{digest(files)} {datetime.now(UTC).isoformat(timespec='microseconds')}"


def _is_union(name: str) -> bool:
    from server.backend.publication import UNION

    return name == UNION


def _write(client: "BackendClient", writer: "Writer", graphs: Graphs, named: list[str]) -> None:
    from server.backend.publication import PUBLICATION, STATED, UNION, publication
    from server.sparql.guard import Dataset

    there = {row["graph"].value for row in client.rows(STATED, Dataset((), (PUBLICATION,)))}
    # From now on nobody takes the data for those of the former version.
    if there:
        writer.replace(PUBLICATION, publication(sorted({*there, *named})), lambda _: None)
    with _progress("loading", sum(map(len, graphs.values()))) as progress:
        for name, triples in graphs.items():
            writer.replace(name, triples, progress)
    gone = there - set(named)
    if UNION not in graphs:
        gone.add(UNION)
    for name in sorted(gone):
        writer.drop(name)
    writer.replace(PUBLICATION, publication(named), lambda _: None)


def _state(writer: "Writer", named: list[str], version: str) -> None:
    from server.backend.publication import PUBLICATION, publication

    writer.replace(PUBLICATION, publication(named, version), lambda _: None)


def _differences(client: "BackendClient", graphs: Graphs) -> "Iterator[Difference]":
    from server.backend.publisher import compare

    with _progress("comparing", sum(map(len, graphs.values()))) as progress:
        for name, triples in graphs.items():
            difference = compare(client, name, triples)
            progress(len(triples))
            if difference is not None:
                yield difference


def _tell(difference: "Difference") -> None:
    echo = click.echo
    echo(f"{difference.graph}:", err=True)
    if difference.altered:
        echo(f"  {len(difference.altered):,} values come back in another way, such as", err=True)
    for sent, found in difference.altered[:_SHOWN]:
        echo(f"    {sent}\n      as {found.object}", err=True)
    for what, triples in (("missing", difference.missing), ("too many", difference.extra)):
        if triples:
            echo(f"  {len(triples):,} statements are {what}, such as", err=True)
        for triple in triples[:_SHOWN]:
            echo(f"    {triple}", err=True)


@contextlib.contextmanager
def _progress(label: str, length: int) -> Iterator[Progress]:
    """Give a function to be told of progress; a bar is shown if it lasts and somebody looks."""
    began = time.monotonic()
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        waiting = 0

        def tell(number: int) -> None:
            nonlocal waiting
            waiting += number
            if time.monotonic() - began > _PATIENCE_SECONDS or bar.pos:
                bar.update(waiting)
                waiting = 0

        yield tell
