"""The source documents that the graph is built from, as the manifest lists them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IngestError, Place
from ingest.source_text import SourceText
from ingest.yaml_files import line_of, read_yaml


@dataclass(frozen=True)
class SourceDocument:
    """One document: its slug, what the manifest says of it, and its text."""

    slug: str
    title: str
    rights: str
    original: str
    sha256: str
    source: SourceText


def read_manifest(folder: Path) -> dict[str, SourceDocument]:
    """Return the documents of `folder` by slug, in the order of `manifest.yaml`.

    Raises:
        IngestError: a file is missing, changed (SHA-256), not UTF-8, or not in the manifest.

    """
    manifest = folder / "manifest.yaml"
    documents: dict[str, SourceDocument] = {}
    for entry in read_yaml(manifest):
        slug = str(entry["slug"])
        place = Place(str(manifest), line_of(entry), slug)
        path = folder / f"{slug}.txt"
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise IngestError(place, f"{path} is missing.", "Restore the document.") from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != entry["sha256"]:
            raise IngestError(
                place,
                f"{path} is changed: its SHA-256 is {digest}, the manifest has {entry['sha256']}.",
                "Restore the document, or read the new text and renew the manifest.",
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise IngestError(place, f"{path} is not UTF-8.", "Convert it to UTF-8.") from error
        documents[slug] = SourceDocument(
            slug=slug,
            title=str(entry["title"]),
            rights=str(entry["rights"]),
            original=str(entry["original"]),
            sha256=digest,
            source=SourceText(str(path), text),
        )
    for path in sorted(folder.glob("*.txt")):
        if path.stem not in documents:
            raise IngestError(
                Place(str(path)),
                "This document is unknown.",
                f"Describe it in {manifest}, or remove it.",
            )
    return documents
