"""`cebu update`: files that change the served graph, all of them or none."""

import json
from pathlib import Path
from typing import Any

import click

from server.commands import fail
from server.commands.served import (
    author_option,
    dry_run_option,
    endpoint_option,
    explain,
    message_option,
    served,
)
from server.writing.batches import BatchError, read_batch


@click.command()
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
)
@click.option("--graph", metavar="IRI", help="The graph of statements that have none.")
@click.option("--rebuild", is_flag=True, help="Take data/graph/ as it was built anew; no FILES.")
@click.option("--replace", is_flag=True, help="The graphs have nothing but the files afterwards.")
@author_option
@message_option
@dry_run_option
@endpoint_option
def command(
    files: tuple[Path, ...],
    graph: str | None,
    rebuild: bool,
    replace: bool,
    author: str,
    message: str,
    dry_run: bool,
    endpoint: str | None,
) -> None:
    """Make one change of FILES: SPARQL Update (.ru) and RDF (.ttl .nt .rdf .jsonld .trig .nq).

    Turtle and other files without names of graphs go to --graph, or to the graph that they are
    named after as in data/graph/. If anything breaks a shape, nothing is changed, and the report
    names file and line. Exits with 1 then.
    """
    if rebuild == bool(files):
        raise click.UsageError("Name files, or give --rebuild.")
    try:
        batch = read_batch(files, graph, replace=replace)
    except BatchError as error:
        fail(f"{error}.")
    with served(endpoint, writes=True) as server:
        status, body = server.ask(
            "/rebuild" if rebuild else "/update",
            {"author": author, "message": message, "dry-run": "1" if dry_run else ""},
            body=batch.update.encode(),
            media_type="application/sparql-update",
        )
        if status == 422:
            fail(_report(json.loads(body)["results"], batch.located))
        if status not in {200, 204}:
            fail(explain(status, body))
        told = json.loads(body) if body else {}
        if told.get("results"):
            click.echo(_report(told["results"], batch.located), err=True)
        if dry_run:
            click.echo(f"would add {told['added']} and remove {told['removed']} statements")
        else:
            click.echo("done")


def _report(results: list[dict[str, Any]], files: tuple[Path, ...]) -> str:
    """Return the results for people, with the lines of the files where the things are described."""
    from shapes.locate import locate

    located = locate(files)
    blocks = []
    for result in results:
        places = located.get(result["entity"]) or located.get(result["focusNode"], ())
        where = "".join(f"\n  {place}" for place in places)
        path = f" at {result['pathLabel']}" if result["pathLabel"] else ""
        value = f", {result['value']}" if result["value"] not in {None, result["entity"]} else ""
        blocks.append(
            f"{result['label']}\n  <{result['entity']}>{where}\n"
            f"  {result['severity']}{path}: {result['problem']}{value}\n    {result['message']}"
        )
    return "\n\n".join(blocks)
