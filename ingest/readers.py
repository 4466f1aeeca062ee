"""Which reader parses the tables and lists of which document; prose is left to annotations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingest.action_plan import read_action_plan
from ingest.declarations import read_declarations
from ingest.document_graph import DocumentGraph
from ingest.names import NameRegistry
from ingest.quoted_projects import read_quoted_projects
from ingest.ratification_tables import read_ratification_tables
from ingest.workers_recommendations import read_workers_recommendations

Reader = Callable[[DocumentGraph, NameRegistry, Path], None]


def _action_plan(graph: DocumentGraph, names: NameRegistry, data: Path) -> None:
    read_action_plan(graph, names, data / "corrections" / f"{graph.document.slug}.yaml")


def _work_programme(graph: DocumentGraph, names: NameRegistry, data: Path) -> None:
    annotations = data / "annotations"
    slug = graph.document.slug
    read_quoted_projects(annotations / f"{slug}-projects.yaml", graph, names)
    read_declarations(graph, names, annotations / f"{slug}-declarations.yaml")
    read_ratification_tables(graph, names)


def _workers_recommendations(graph: DocumentGraph, names: NameRegistry, data: Path) -> None:
    read_workers_recommendations(graph)


READERS: dict[str, Reader] = {
    "action-plan-2018-2025": _action_plan,
    "afml-13-workers-recommendations": _workers_recommendations,
    "alm-work-programme-2016-2020": _work_programme,
}
"""The reader of each document that has one, by slug."""
