"""Curated YAML files, read with the line of every entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode

from ingest.errors import IngestError, Place


class _Entry(dict[Any, Any]):
    """A mapping that knows the lines of itself and of its keys, from 1."""

    line: int
    lines: Mapping[Any, int]


class _Constructor(SafeConstructor):
    """ruamel's constructor of plain values, with the lines of mappings kept."""

    def construct_entry(self, node: MappingNode) -> Iterator[_Entry]:
        """Yield the mapping, then fill it: an anchor may refer to it meanwhile."""
        entry = _Entry()
        entry.line = node.start_mark.line + 1
        entry.lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
        yield entry
        entry.update(self.construct_mapping(node))


_Constructor.add_constructor("tag:yaml.org,2002:map", _Constructor.construct_entry)


def read_yaml(path: Path) -> Any:  # noqa: ANN401 (a YAML document may be any value)
    """Return the document; `line_of` says where its mappings stand.

    libyaml parses: it reads the project's files in a sixth of the time of a parser in Python.

    Raises:
        IngestError: the file is missing or is not well-formed YAML.

    """
    yaml = YAML(typ="safe")
    yaml.Constructor = _Constructor
    try:
        return yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IngestError(Place(str(path)), "The file is missing.", "Restore it.") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise IngestError(
            Place(str(path), line), f"This is not YAML: {error.problem}.", "Mend the file."
        ) from error


def line_of(node: Mapping[str, Any], key: str | None = None) -> int | None:
    """Return the 1-based line of a mapping, or of one of its keys, in the file it came from."""
    if not isinstance(node, _Entry):
        return None
    return node.line if key is None else node.lines.get(key, node.line)
