"""`cebu validate`: the built graph against the shapes and the documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server import __version__
from server.commands import collect_no_garbage, data_option, fail

if TYPE_CHECKING:
    from rdflib import Graph

    from shapes.locate import Location
    from shapes.report import ValidationReport, ValidationResult


@click.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "sarif", "ttl"]),
    default="text",
    help="text (default): what is wrong, on standard error; json, sarif (2.1.0, for code hosts) "
    "and ttl (the SHACL report): on standard output, warnings included.",
)
@data_option
def command(files: tuple[Path, ...], format_: str, data: Path) -> None:
    """Check Turtle FILES (default: all of data/graph/) as one graph.

    It must fit the shapes, every passage must be the document's own words, and no words of a
    document may be left over unexplained. Exits with 1 and a report if it does not. What was
    found in all of data/graph/ is noted in data/validation.json, which the page /quality shows, and
    in data/results.json, which spares a server its own validation.
    """
    from ingest.errors import IngestError
    from ingest.manifest import read_manifest
    from ontology.iris import graph as graph_iri
    from ontology.namespaces import new_graph
    from server.commands.checks import check_graph

    collect_no_garbage()
    paths = list(files) or sorted((data / "graph").glob("*.ttl"))
    if not paths:
        fail(f"{data / 'graph'} has no graph. Run `cebu build` first.")
    graph, sums = new_graph(), {}
    for path in paths:
        try:
            # The very bytes that the record will be about.
            content = path.read_bytes()
            graph.parse(data=content, format="ox-turtle", publicID=path.absolute().as_uri())
            sums[path.stem] = hashlib.sha256(content).digest()
        except SyntaxError as error:
            if format_ == "sarif":
                _print(_mistake(path, error))
            fail(f"{path}: this is not Turtle: {error}. Mend the file or run `cebu build`.")
    try:
        documents = {} if files else read_manifest(data / "sources")
        examination = check_graph(graph, documents, data / "annotations", paths)
    except IngestError as error:
        fail(str(error))
    if not files:
        by_graph = {str(graph_iri(slug)): found for slug, found in sums.items()}
        if unwritten := examination.record(data, by_graph):
            click.echo(unwritten, err=True)
    report, messages = examination.report, list(examination.sources)
    if format_ != "text":
        _write(format_, report, messages, graph, paths)
        if messages and format_ == "ttl":  # they are no results of SHACL
            fail("\n".join(messages))
        raise SystemExit(0 if report.conforms and not messages else 1)
    if examination.problems:
        fail(examination.problems)
    click.echo(f"{len(paths)} files, {len(graph)} triples: valid")


def _write(
    format_: str,
    report: ValidationReport,
    messages: list[str],
    graph: Graph,
    paths: Sequence[Path],
) -> None:
    """Print the report, and what else is wrong, for a program."""
    from server.http.formats import FORMATS
    from server.http.rdf import serialised
    from shapes.sarif import sarif

    match format_:
        case "json":
            conforms = report.conforms and not messages
            _print({**report.to_dict(), "conforms": conforms, "messages": messages})
        case "sarif":
            _print(sarif(report, __version__, _places(graph, paths), messages))
        case _:
            click.echo(serialised(report.graph, FORMATS["ttl"]), nl=False)


def _places(
    graph: Graph, paths: Sequence[Path]
) -> Callable[[ValidationResult], tuple[Location, ...]]:
    """Return the function that says where a result belongs, even if its entity has no name."""
    from shapes.locate import Location, locate
    from shapes.sarif import owner_of

    located = locate(paths)
    owner = owner_of(graph)

    def places(result: ValidationResult) -> tuple[Location, ...]:
        for node in (result.entity, result.focus_node, owner(result.entity)):
            if found := located.get(str(node), ()):
                return found
        # Code hosts show only what has a place; with several files we would guess.
        return (Location(paths[0], 1),) if len(paths) == 1 else ()

    return places


def _mistake(path: Path, error: SyntaxError) -> dict[str, Any]:
    from shapes.locate import Location
    from shapes.sarif import sarif_of_mistake

    message = f"This is not Turtle: {error.msg}."
    return sarif_of_mistake(message, Location(path, error.lineno or 1), __version__)


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
