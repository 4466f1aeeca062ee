"""`cebu coverage`: how much of each document is evidence."""

from __future__ import annotations

from pathlib import Path

import click

from server.commands import data_option, fail


@click.command()
@data_option
def command(data: Path) -> None:
    """Print for each document the share of its text that is evidence, and what is not.

    Letters and digits count; those of markup do not.
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
