"""The documents and the built graphs, read once for all tests of ingest."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from rdflib import Graph

from ingest import DATA
from ingest.build import build_graphs
from ingest.manifest import SourceDocument, read_manifest


@pytest.fixture(scope="session")
def documents() -> Mapping[str, SourceDocument]:
    return read_manifest(DATA / "sources")


@pytest.fixture(scope="session")
def graphs() -> Mapping[str, Graph]:
    return build_graphs(DATA)
