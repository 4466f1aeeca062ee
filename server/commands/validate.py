"""`cebu validate`: the built graph against the shapes and the documents."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands import collect_no_garbage, data_option, fail


@click.command()
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, exists=True, path_type=Path))
@data_option
def command(files: tuple[Path, ...], data: Path) -> None:
    """Check Turtle FILES (default: all of data/graph/) as one graph.

    It must fit the shapes, every passage must be the document's own words, and no words of a
    document may be left over unexplained. Exits with 1 and a report if it does not.
    """
    from ingest.errors import IngestError
    from ingest.manifest import read_manifest
    from ontology.namespaces import new_graph
    from server.commands.checks import check_graph

    collect_no_garbage()
    paths = list(files) or sorted((data / "graph").glob("*.ttl"))
    if not paths:
        fail(f"{data / 'graph'} has no graph. Run `cebu build` first.")
    graph = new_graph()
    for path in paths:
        try:
            graph.parse(path, format="ox-turtle")
        except SyntaxError as error:
            fail(f"{path}: this is not Turtle: {error}. Mend the file or run `cebu build`.")
    try:
        documents = {} if files else read_manifest(data / "sources")
        problems = check_graph(graph, documents, data / "annotations", paths)
    except IngestError as error:
        fail(str(error))
    if problems:
        fail(problems)
    click.echo(f"{len(paths)} files, {len(graph)} triples: valid")
