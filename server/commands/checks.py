"""The checks that a graph passes before it is written or served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph

from ingest.manifest import SourceDocument
from ingest.verify import check_sources
from server.validation.record import FILE, ValidationRecord
from shapes.report import ValidationReport
from shapes.validator import validate


@dataclass(frozen=True)
class Examination:
    """What the shapes say of a graph, and where it and the documents do not agree."""

    report: ValidationReport
    sources: tuple[str, ...]

    @property
    def problems(self) -> str:
        """Return the report of what is wrong with the graph, empty if nothing is."""
        found = [] if self.report.conforms else [self.report.text()]
        return "\n".join([*found, *self.sources])

    def record(self, data: Path) -> str:
        """Note the finding beside the graph of the data folder; return why not, if not."""
        try:
            ValidationRecord.of(self, data / "graph").write(data / FILE)
        except OSError as error:
            return f"{data / FILE} is not written: {error}. The page /quality cannot show it."
        return ""


def check_graph(
    graph: Graph,
    documents: Mapping[str, SourceDocument],
    annotations: Path,
    files: Sequence[Path],
) -> Examination:
    """Check the graph against the shapes and against the documents.

    `files` are the Turtle files that it was read from, so that the report can name lines.
    """
    report = validate(graph, files=files)
    return Examination(report, tuple(check_sources(graph, documents, annotations)))
