"""Curated YAML files, read with the line of every entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from ingest.errors import IngestError, Place


def read_yaml(path: Path) -> Any:  # noqa: ANN401 (a YAML document may be any value)
    """Return the document with ruamel's mappings and lists, which know their lines.

    Raises:
        IngestError: the file is missing or is not well-formed YAML 1.2.

    """
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IngestError(Place(str(path)), "The file is missing.", "Restore it.") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise IngestError(
            Place(str(path), line), f"This is not YAML: {error.problem}.", "Mend the file."
        ) from error


def line_of(node: Mapping[str, Any], key: str | None = None) -> int | None:
    """Return the 1-based line of a mapping, or of one of its keys, in the file it came from."""
    position = getattr(node, "lc", None)
    if position is None:
        return None
    if key is not None and key in node:
        return int(position.key(key)[0]) + 1
    return int(position.line) + 1
