"""`cebu publish`: the built graph into another SPARQL engine, compared triple by triple."""

import contextlib
import dataclasses
import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
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
# The engines of which we know, and test, that one update request is seen whole or not at all.
_ATOMIC: Final = ("Oxigraph/",)
_NO_UPDATES: Final = (
    "without CEBU_BACKEND_UPDATE, the engine's update address, graphs are replaced one by one: "
    "until this is done, readers see some of the new data and some of the old"
)
_NOT_ATOMIC: Final = (
    "{} is not known to make an update request as a whole: while the new graphs take the place of "
    "the old, readers may see some of both"
)

Graphs = dict[str, "set[ox.Triple]"]
Progress = Callable[[int], None]


@click.command()
@click.argument("endpoint")
@click.option("--check", is_flag=True, help="Write nothing, only compare what is there.")
@click.option(
    "--version",
    "number",
    metavar="N",
    type=click.IntRange(min=0),
    help="Load version N of the served graph instead of data/graph/.",
)
@click.option(
    "--from",
    "source",
    metavar="URL",
    help="The server that has version N (default: the one at HOST and PORT if it holds CEBU_STORE, "
    "else the store itself).",
)
def command(endpoint: str, *, check: bool, number: int | None, source: str | None) -> None:
    """Load data/graph/ into the SPARQL engine whose queries go to ENDPOINT, and compare all of it.

    CEBU_BACKEND_STORE is the engine's Graph Store address, which is quicker to load by, and
    CEBU_BACKEND_UPDATE that of its updates, by which all graphs take their places at once: set
    both, or one. CEBU_BACKEND_USER and CEBU_BACKEND_PASSWORD are who may write there. Exit status 0
    only if the engine has exactly the statements that were sent. docs/server.md, "Other engines".
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
        if source and number is None:
            raise SettingsError("--from: say with --version which version of that server")
        if number is None:
            what, (graphs, version) = "data/graph/", _graphs(settings)
        else:
            what, (graphs, version) = f"version {number}", _graphs_of(settings, number, source)
        client = BackendClient(backend, _SECONDS, _BYTES)
        named = [name for name in graphs if not _is_union(name)]
        writer = Writer(backend, _SECONDS)
        if check:
            differences = list(_differences(client, {name: name for name in graphs}, graphs))
        elif backend.update:
            differences = _by_staging(client, writer, graphs, named, version)
        else:
            _warn(_NO_UPDATES)
            differences = _in_place(client, writer, graphs, named, version)
    except (SettingsError, StoreError) as error:
        fail(f"{error}.")
    except Problem as problem:
        fail(f"{problem.kind.title}. {problem.detail} {problem.next_step}")
    for difference in differences:
        _tell(difference)
    if differences:
        fail(f"the engine does not have exactly what {what} has")
    triples = sum(len(graphs[name]) for name in named)
    click.echo(f"{len(named)} graphs, {triples:,} statements: the engine has exactly these")


def _graphs(settings: Settings) -> tuple[Graphs, str]:
    """Return the statements of each graph, that of the union too, and the version of the data.

    Raises `StoreError` if there is no built graph, or if it has blank nodes.
    """
    files = graph_files(settings.graph_folder)
    found: Graphs = {}
    for file in files:
        found[file.iri] = {quad.triple for quad in file.quads()}
        _check_names(str(file.path), found[file.iri])
    return _with_union(settings, found), _named_now(digest(files))


def _graphs_of(settings: Settings, number: int, source: str | None) -> tuple[Graphs, str]:
    """Return the same of a version of the served graph. Raises `StoreError` as `_graphs` does."""
    import pyoxigraph as ox

    from server.commands.served import explain, served

    with served(source, writes=False) as server:
        fields = {"version": str(number)}
        status, body = server.ask("/graphs", fields, accept="application/n-quads")
    if status != 200:
        fail(explain(status, body))
    found: Graphs = {}
    for quad in ox.parse(body, format=ox.RdfFormat.N_QUADS):
        if not isinstance(quad.graph_name, ox.NamedNode):
            raise StoreError(
                f"version {number}: it has a statement outside of named graphs ({quad.triple}), "
                "which engines show in different ways. Move it to a named graph"
            )
        found.setdefault(quad.graph_name.value, set()).add(quad.triple)
    for name, triples in found.items():
        _check_names(name, triples)
    # In one order, whatever that of the answer.
    sums = hashlib.sha256(b"\n".join(sorted(body.splitlines()))).hexdigest()[:32]
    return _with_union(settings, found), _named_now(sums)


def _check_names(where: str, triples: "Iterable[ox.Triple]") -> None:
    """Raise `StoreError` if there is a blank node among statements."""
    import pyoxigraph as ox

    for triple in triples:
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            raise StoreError(
                f"{where}: it has a blank node ({triple}), which engines rename, so that "
                "nobody can compare them. Give it a name"
            )


def _with_union(settings: Settings, found: Graphs) -> Graphs:
    from server.backend.publication import UNION

    if settings.default_graph == "union":
        found[UNION] = {triple for triples in found.values() for triple in triples}
    return found


def _named_now(sums: str) -> str:
    # Never the same twice: what was kept of one publication is not taken for another's.
    return f"{sums} {datetime.now(UTC).isoformat(timespec='microseconds')}"


def _is_union(name: str) -> bool:
    from server.backend.publication import UNION

    return name == UNION


def _by_staging(
    client: "BackendClient", writer: "Writer", graphs: Graphs, named: list[str], version: str
) -> "list[Difference]":
    """Load and compare where nobody reads; if all is there, let it take its place at once."""
    from server.backend.publication import PUBLICATION, STAGED, publication, staged

    engine = client.engine()
    if not engine.startswith(_ATOMIC):
        _warn(_NOT_ATOMIC.format(engine or "the engine"))
    places = {name: staged(name) for name, triples in graphs.items() if triples}
    for row in client.rows(STAGED):
        writer.drop(row["graph"].value)
    try:
        _load(writer, places, graphs)
        differences = list(_differences(client, places, graphs))
    except BaseException:
        with contextlib.suppress(Problem):
            _drop(writer, places.values())
        raise
    if differences:
        # The former publication stays as it was.
        _drop(writer, places.values())
        return differences
    gone = _published(client) - set(named) | {name for name in graphs if name not in places}
    writer.swap(
        {place: name for name, place in places.items()},
        sorted(gone | _unused(graphs)),
        publication(named, version),
        PUBLICATION,
    )
    return _counted(client, graphs)


def _in_place(
    client: "BackendClient", writer: "Writer", graphs: Graphs, named: list[str], version: str
) -> "list[Difference]":
    """Replace one graph after the other, and compare afterwards."""
    from server.backend.publication import PUBLICATION, publication

    there = _published(client)
    # From now on nobody takes the data for those of the former version.
    if there:
        writer.replace(PUBLICATION, publication(sorted({*there, *named})), lambda _: None)
    places = {name: name for name in graphs}
    _load(writer, places, graphs)
    _drop(writer, sorted(there - set(named) | _unused(graphs)))
    writer.replace(PUBLICATION, publication(named), lambda _: None)
    differences = list(_differences(client, places, graphs))
    if not differences:
        writer.replace(PUBLICATION, publication(named, version), lambda _: None)
    return differences


def _load(writer: "Writer", places: dict[str, str], graphs: Graphs) -> None:
    with _progress("loading", sum(len(graphs[name]) for name in places)) as progress:
        for name, place in places.items():
            writer.replace(place, graphs[name], progress)


def _drop(writer: "Writer", names: Iterable[str]) -> None:
    for name in names:
        writer.drop(name)


def _published(client: "BackendClient") -> set[str]:
    """Return the graphs of the publication that is there."""
    from server.backend.publication import PUBLICATION, STATED
    from server.sparql.guard import Dataset

    return {row["graph"].value for row in client.rows(STATED, Dataset((), (PUBLICATION,)))}


def _unused(graphs: Graphs) -> set[str]:
    """Return the graph of the union if it is not published (CEBU_DEFAULT_GRAPH=strict)."""
    from server.backend.publication import UNION

    return {UNION} - graphs.keys()


def _differences(
    client: "BackendClient", places: dict[str, str], graphs: Graphs
) -> "Iterator[Difference]":
    """Yield how the graphs at `places` differ from what they should be."""
    from server.backend.publisher import compare

    with _progress("comparing", sum(len(graphs[name]) for name in places)) as progress:
        for name, place in places.items():
            difference = compare(client, place, graphs[name])
            progress(len(graphs[name]))
            if difference is not None:
                yield dataclasses.replace(difference, graph=name)


def _counted(client: "BackendClient", graphs: Graphs) -> "list[Difference]":
    """Return how graphs differ that have not as many statements as were moved to their places."""
    count = "SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{}> {{ ?s ?p ?o }} }}"
    wrong = {
        name: name
        for name, triples in graphs.items()
        if int(client.rows(count.format(name))[0]["n"].value) != len(triples)
    }
    return list(_differences(client, wrong, graphs)) if wrong else []


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


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
