"""The checks that a graph passes before it is written or served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rdflib import Graph

from ingest.manifest import SourceDocument
from ingest.verify import check_sources
from shapes.report import ValidationReport
from shapes.validator import validate


def check_graph(
    graph: Graph,
    documents: Mapping[str, SourceDocument],
    annotations: Path,
    files: Sequence[Path],
) -> str:
    """Return the report of what is wrong with the graph, empty if nothing is.

    The graph is checked against the shapes and against the documents; `files` are the Turtle
    files that it was read from, so that the report can name lines.
    """
    report, messages = find_problems(graph, documents, annotations, files)
    problems = [] if report.conforms else [report.text()]
    return "\n".join([*problems, *messages])


def find_problems(
    graph: Graph,
    documents: Mapping[str, SourceDocument],
    annotations: Path,
    files: Sequence[Path],
) -> tuple[ValidationReport, list[str]]:
    """Return the report on the graph, and a message for each place where documents disagree."""
    report = validate(graph, files=files)
    return report, list(check_sources(graph, documents, annotations))
