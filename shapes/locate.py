"""Where in a set of Turtle files a resource is described.

RDF graphs forget files and lines. The built files begin every description at the first column,
so a scan for tokens there finds them again without a second parser.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

# Strings, comments and nested IRIs are matched only to be stepped over: what stands in them at
# the first column is no subject.
_TOKEN: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""'''
    r"""|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"""
    r'''|"(?:[^"\\\n]|\\.)*"'''
    r"""|'(?:[^'\\\n]|\\.)*'"""
    r"|^@?prefix\s+(?P<prefix>[\w.-]*):\s*<(?P<namespace>[^>\n]*)>"
    r"|(?P<iri><[^>\s]*>)"
    r"|\#[^\n]*"
    r"|^(?P<name>(?:[A-Za-z][\w.-]*)?:(?:\\.|[\w./%:-])*)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


class Location(NamedTuple):
    """A line of a file, counted from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def locate(files: Iterable[Path]) -> dict[str, tuple[Location, ...]]:
    """Return where each subject's description begins in Turtle files, by the subject's IRI.

    A description counts if it begins at the first column, with a full `<IRI>` or a prefixed name
    (Turtle 1.1, sections 2.4 and 6.3). A resource described in several files has several
    locations, in the order of `files`. Raises `OSError` if a file cannot be read.
    """
    found: dict[str, tuple[Location, ...]] = {}
    for path in files:
        for iri, line in _subjects(path.read_text(encoding="utf-8")):
            found[iri] = (*found.get(iri, ()), Location(path, line))
    return found


def _subjects(text: str) -> Iterable[tuple[str, int]]:
    prefixes: dict[str, str] = {}
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        if start and text[start - 1] != "\n":
            continue
        if token["namespace"] is not None:
            prefixes[token["prefix"]] = token["namespace"]
            continue
        iri = _iri(token, prefixes)
        if iri is not None:
            line += text.count("\n", counted, start)
            counted = start
            yield iri, line


def _iri(token: re.Match[str], prefixes: dict[str, str]) -> str | None:
    if token["iri"] is not None:
        return token["iri"][1:-1]
    if token["name"] is None:
        return None
    prefix, _, local = token["name"].rstrip(".").partition(":")
    namespace = prefixes.get(prefix)
    return None if namespace is None else namespace + re.sub(r"\\(.)", r"\1", local)
