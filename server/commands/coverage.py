"""`cebu coverage`: how much of each document is evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import data_option, fail

if TYPE_CHECKING:
    from ingest.coverage import Coverage


@click.command()
@data_option
@click.option("--markdown", is_flag=True, help="Print the table of docs/coverage.md instead.")
def command(data: Path, markdown: bool) -> None:
    """Print for each document and section the share of its text that is evidence, and the rest.

    Letters and digits count; those of markup do not.
    """
    from ingest.errors import IngestError

    lines = _table if markdown else _report
    try:
        for line in lines(_measured(data)):
            click.echo(line)
    except IngestError as error:
        fail(str(error))


def _measured(data: Path) -> Iterator[Coverage]:
    from ingest.annotations import annotation_files
    from ingest.coverage import measure
    from ingest.manifest import read_manifest
    from ingest.sections import read_sections
    from ontology.namespaces import new_graph

    for slug, document in read_manifest(data / "sources").items():
        path = data / "graph" / f"{slug}.ttl"
        if not path.exists():
            fail(f"{path} is missing. Run `cebu build` first.")
        yield measure(
            new_graph().parse(path, format="ox-turtle"),
            document,
            annotation_files(data / "annotations", slug),
            read_sections(data / "annotations" / "sections.yaml", document),
        )


def _report(documents: Iterator[Coverage]) -> Iterator[str]:
    for coverage in documents:
        yield (
            f"{coverage.slug}: {coverage.share:.1%} of {coverage.characters} characters "
            f"({len(coverage.gaps)} pieces are not evidence)"
        )
        for section in coverage.sections:
            yield f"  {section.share:6.1%} of {section.characters:6}: {section.name}"
        for gap in coverage.gaps:
            yield f"  line {gap.line}: {gap.words!r}: {gap.reason or 'no reason given'}"


def _table(documents: Iterator[Coverage]) -> Iterator[str]:
    yield "| document | section | characters | evidence |"
    yield "|---|---|--:|--:|"
    for coverage in documents:
        yield f"| `{coverage.slug}` | | {coverage.characters} | {coverage.share:.1%} |"
        for section in coverage.sections:
            yield f"| | {section.name} | {section.characters} | {section.share:.1%} |"
