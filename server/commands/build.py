"""`cebu build`: the documents to `data/graph/`."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands import collect_no_garbage, data_option, fail


@click.command()
@data_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where the Turtle files go (default: graph/ in the data folder).",
)
def command(data: Path, output: Path | None) -> None:
    """Read all documents, validate the graph, and replace data/graph/ by it.

    If a document, annotation or correction cannot be read, or the graph breaks a shape, the
    command says where, exits with 1 and leaves the folder as it was.
    """
    from ingest.build import build_graphs, write_graphs
    from ingest.errors import IngestError
    from ingest.manifest import read_manifest
    from ontology.iris import graph as graph_iri
    from server.commands.checks import check_graph
    from shapes.validator import merged_graph

    collect_no_garbage()
    folder = output or data / "graph"
    try:
        graphs = build_graphs(data, progress=lambda step: click.echo(f"{step} ...", err=True))
        click.echo("validating ...", err=True)
        examination = check_graph(
            merged_graph(*graphs.values()),
            read_manifest(data / "sources"),
            data / "annotations",
            [],
        )
    except IngestError as error:
        fail(str(error))
    if examination.problems:
        fail(f"{examination.problems}\nThe graph is not written; {folder} is as it was.")
    sums = {str(graph_iri(slug)): found for slug, found in write_graphs(graphs, folder).items()}
    if output is None and (unwritten := examination.record(data, sums)):
        click.echo(unwritten, err=True)
    triples = sum(len(graph) for graph in graphs.values())
    click.echo(f"{folder}: {len(graphs)} graphs, {triples} triples")
