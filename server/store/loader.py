"""The built graph on disk: its files, their digest, and their statements."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from ontology.iris import graph as graph_iri


class StoreError(Exception):
    """The store cannot be opened; the message says what happened, where, and what to do."""


class StoreInUseError(StoreError):
    """Another process holds the store."""


@dataclass(frozen=True, slots=True)
class GraphFile:
    """One Turtle file of the built graph and the named graph that it is."""

    path: Path
    iri: str

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the file's statements in its named graph.

        Raises `StoreError`, with file and line, if it is not Turtle.
        """
        name = ox.NamedNode(self.iri)
        try:
            for quad in ox.parse(
                path=str(self.path), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True
            ):
                yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
        except SyntaxError as error:
            raise StoreError(
                f"{self.path}:{error.lineno or 1}: this is not Turtle: {error.msg}. "
                "Mend the file, or run `cebu build` to make it anew"
            ) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error}") from error


def graph_files(folder: Path) -> list[GraphFile]:
    """Return the Turtle files of the built graph in `folder`, sorted by name.

    Raises `StoreError` if there is no such folder, no file in it, or a file whose name is no slug.
    """
    paths = sorted(folder.glob("*.ttl")) if folder.is_dir() else []
    if not paths:
        raise StoreError(
            f"{folder}: there is no built graph (no *.ttl file). Run `cebu build`, "
            "set CEBU_DATA to the folder that holds graph/, or set CEBU_SEED=0 to start empty"
        )
    try:
        return [GraphFile(path, str(graph_iri(path.stem))) for path in paths]
    except ValueError as error:
        raise StoreError(f"{folder}: a file is not named after a graph: {error}") from error


def digest(files: list[GraphFile], *more: str) -> str:
    """Return 32 hexadecimal digits that change when a file, its name, or one of `more` does."""
    return digest_of(sums(files), *more)


def sums(files: Iterable[GraphFile]) -> dict[str, bytes]:
    """Return the SHA-256 of each file by the address of its graph."""
    return {file.iri: hashlib.sha256(file.path.read_bytes()).digest() for file in files}


def digest_of(found: Mapping[str, bytes], *more: str) -> str:
    """Return the `digest` of files whose sums these are."""
    total = hashlib.sha256("\n".join(more).encode())
    # In the order of the files' names.
    for iri in sorted(found, key=lambda iri: f"{iri}.ttl"):
        total.update(iri.encode() + b"\n")
        total.update(found[iri])
    return total.hexdigest()[:32]
