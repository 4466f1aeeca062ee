"""`cebu query`: a query or a question of the library, answered here or by an endpoint."""

import sys
from pathlib import Path
from typing import Final

import click

from server.commands import fail
from server.http.formats import FORMATS, GRAPHS, TABLES
from server.http.problems import Problem
from server.library.library import Library, LibraryError, Question, is_question, read_question
from server.settings import Settings, SettingsError
from server.store.loader import StoreError

_FORMATS: Final = [item.key for item in (*TABLES, *GRAPHS)]


@click.command()
@click.argument("query")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL endpoint instead of data/graph/.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="Format of the answer (default: csv for tables, ttl for graphs).",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a parameter of the question, such as state=state/thailand. May be repeated.",
)
def command(query: str, endpoint: str | None, format_: str | None, params: tuple[str, ...]) -> None:
    """Answer QUERY, a file with SPARQL or the name of a question in queries/."""
    try:
        settings = Settings.from_environment()
        question = _question(query, settings.queries)
        text = question.query(question.values(_values(params)))
        body = _ask(endpoint, text, format_) if endpoint else _answer(settings, text, format_)
    except (SettingsError, StoreError, LibraryError) as error:
        fail(f"{error}.")
    except Problem as problem:
        fail(f"{query}: {problem.kind.title}. {problem.detail} {problem.next_step}")
    sys.stdout.buffer.write(body)


def _question(query: str, folder: Path) -> Question:
    """Return the question of that name, or the one in that file."""
    path = Path(query)
    if path.is_file():
        return read_question(path) if is_question(path) else _plain(path)
    library = Library.load(folder)
    if query not in {question.name for question in library}:
        names = ", ".join(question.name for question in library) or "none"
        raise LibraryError(
            f"{query!r} is neither a file nor a question of {folder}, which has: {names}"
        )
    return library.get(query)


def _plain(path: Path) -> Question:
    """Return the query in a file that says nothing about itself."""
    return Question(path.name, path.name, "", (), (), path.read_text(encoding="utf-8"))


def _values(params: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for param in params:
        name, sign, value = param.partition("=")
        if not (sign and name):
            raise Problem("parameter", f"{param!r} is no value.", next_step="Write NAME=VALUE.")
        values[name] = value
    return values


def _answer(settings: Settings, text: str, format_: str | None) -> bytes:
    """Return the answer over data/graph/, loaded into memory."""
    from server.engine.embedded import EmbeddedEngine, QueryRequest
    from server.store.store import GraphStore

    data = GraphStore.in_memory(settings)
    engine = EmbeddedEngine(data)
    try:
        chosen = FORMATS[format_] if format_ else None
        table = "csv" if chosen is None else chosen.key if chosen in TABLES else None
        graph = "ttl" if chosen is None else chosen.key if chosen in GRAPHS else None
        return engine.query(QueryRequest(text, table, table, graph)).body
    finally:
        engine.close()


def _ask(endpoint: str, text: str, format_: str | None) -> bytes:
    """Return the answer of another endpoint."""
    from SPARQLWrapper import SPARQLWrapper
    from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

    client = SPARQLWrapper(endpoint)
    client.setQuery(text)
    is_graph = client.queryType in {"CONSTRUCT", "DESCRIBE"}
    chosen = FORMATS[format_ or ("ttl" if is_graph else "csv")]
    client.setOnlyConneg(True)
    client.addCustomHttpHeader("Accept", chosen.media_type)
    client.setMethod("POST")
    try:
        return bytes(client.query().response.read())
    except (SPARQLWrapperException, OSError) as error:
        raise Problem(
            "query-failed", f"{endpoint}: {error}", next_step="Check the address and the query."
        ) from error
