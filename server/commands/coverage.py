"""`cebu coverage`: how much of each document is evidence."""

from __future__ import annotations

from pathlib import Path

import click

from ingest import DATA
from server.commands import fail


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=DATA,
    show_default=False,
    help="The folder with sources/, annotations/ and graph/ (default: the project's data/).",
)
def command(data: Path) -> None:
    """Print for each document the share of its text that is evidence, and what is not.

    White space and markup do not count as text.
    """
    from ingest.annotations import annotation_files
    from ingest.coverage import measure
    from ingest.errors import IngestError
    from ingest.manifest import read_manifest
    from ontology.namespaces import new_graph

    try:
        documents = read_manifest(data / "sources")
        for slug, document in documents.items():
            path = data / "graph" / f"{slug}.ttl"
            if not path.exists():
                fail(f"{path} is missing. Run `cebu build` first.")
            graph = new_graph().parse(path, format="turtle")
            coverage = measure(graph, document, annotation_files(data / "annotations", slug))
            click.echo(
                f"{slug}: {coverage.share:.1%} of {coverage.characters} characters "
                f"({len(coverage.gaps)} pieces are not evidence)"
            )
            for gap in coverage.gaps:
                click.echo(f"  line {gap.line}: {gap.words!r}: {gap.reason or 'no reason given'}")
    except IngestError as error:
        fail(str(error))
