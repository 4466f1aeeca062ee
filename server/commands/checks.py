"""The checks that a graph passes before it is written or served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import BNode, Graph

from ingest.manifest import SourceDocument
from ingest.verify import check_sources
from server.validation import findings
from server.validation.record import FILE, ValidationRecord, versions
from shapes.data_graph import DataGraph
from shapes.incremental import validate_whole
from shapes.report import ValidationReport
from shapes.root_results import Former
from shapes.validator import merged_graph


@dataclass(frozen=True)
class Examination:
    """What the shapes say of a graph, and where it and the documents do not agree.

    `former` is what a server that serves the graph can begin from, None if it would not find the
    same: it has other names for blank nodes, and spells some literals otherwise.
    """

    report: ValidationReport
    sources: tuple[str, ...]
    former: Former | None = None

    @property
    def problems(self) -> str:
        """Return the report of what is wrong with the graph, empty if nothing is."""
        found = [] if self.report.conforms else [self.report.text()]
        return "\n".join([*found, *self.sources])

    def record(self, data: Path, sums: Mapping[str, bytes]) -> str:
        """Note the finding beside the graph of the data folder; return why not, if not.

        `sums` are those of the files that were examined (`server.store.loader.sums`).
        """
        try:
            ValidationRecord.of(self, sums).write(data / FILE)
        except OSError as error:
            return f"{data / FILE} is not written: {error}. The page /quality cannot show it."
        if self.former is not None:
            try:
                findings.write(data / findings.FILE, self.former, versions(sums))
            except OSError as error:
                return (
                    f"{data / findings.FILE} is not written: {error}. The first write to a server "
                    "waits until the graph is validated again."
                )
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
    merged = graph if isinstance(graph, DataGraph) else merged_graph(graph)
    done = validate_whole(merged, files)
    has_names = not any(isinstance(term, BNode) for triple in graph for term in triple)
    former = done.former if has_names and merged.is_kept_by_a_store else None
    return Examination(done.report, tuple(check_sources(graph, documents, annotations)), former)
