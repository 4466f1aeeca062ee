"""What a validation has found in a state of the graph, in a file that a later process begins from.

The gate keeps one beside each database. `cebu build` and `cebu validate` leave one in the data
folder, so that a server that serves that very graph need not validate it again. Either is believed
only if it is about the state that is asked for, was found with the shapes and the ontology of now,
and by the code of now.
"""

import functools
import hashlib
import os
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from server.settings import ROOT
from shapes.root_results import Former

FILE: Final = "results.json"

# What decides on results beside the shapes: our code, and the libraries that it rests on.
_CODE: Final = ("shapes", "ontology")
_LIBRARIES: Final = ("pyshacl", "rdflib", "pyoxigraph", "oxrdflib")


@functools.cache
def program() -> str:
    """Return a line that is another one if what validates is."""
    total = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((ROOT / folder).glob("*.py")):
            total.update(f"{folder}/{path.name}\n".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    libraries = (f"{name} {version(name)}" for name in _LIBRARIES)
    return f"code {total.hexdigest()[:32]}, {', '.join(libraries)}"


def write(path: Path, former: Former, states: Iterable[str]) -> None:
    """Write what was found in the states of these versions. Raises `OSError`."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        lines = (program(), " ".join(states), former.to_json(), "")
        fresh.write_text("\n".join(lines), encoding="utf-8")
        fresh.rename(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def read(path: Path, state: str, basis: str) -> Former | None:
    """Return what was found in a state, None if it is not what would be found now.

    `basis` is the digest of the shapes and the ontology of now.
    """
    try:
        by, states, found = path.read_text(encoding="utf-8").split("\n", 2)
        if by != program() or state not in states.split():
            return None
        former = Former.from_json(found)
    except (OSError, ValueError):  # it is found again
        return None
    return former if former.basis == basis else None
