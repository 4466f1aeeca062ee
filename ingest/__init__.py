"""From the source documents to the graph: readers, annotations, evidence, build and coverage."""

from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
"""The folder of documents, curated readings and the built graph."""
