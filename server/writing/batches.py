"""Files that are to change the graph, as one update: SPARQL Update and RDF, all or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from ontology.iris import graph as graph_iri

_UPDATES: Final = frozenset((".ru", ".rq", ".sparql"))
_TRIPLES: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
_QUADS: Final = {".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS}


class BatchError(Exception):
    """A file that cannot be used; the message says which, where and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """An update, and the files of RDF in it that lines can be named of."""

    update: str
    located: tuple[Path, ...]


def read_batch(files: Iterable[Path], graph: str | None, *, replace: bool) -> Batch:
    """Return the update that `files` ask for, one after the other.

    Statements without a graph of their own go to `graph`, or to the graph of the built graph that
    the file is named after. With `replace` those graphs have nothing else afterwards. Raises
    `BatchError` if a file cannot be read, with file and line.
    """
    operations: list[str] = []
    replaced: set[str] = set()
    located: list[Path] = []
    for path in files:
        try:
            if path.suffix in _UPDATES:
                operations.append(path.read_text(encoding="utf-8").rstrip().rstrip(";"))
                continue
            named = _statements(path, graph)
        except SyntaxError as error:
            raise BatchError(f"{path}:{error.lineno or 1}: {error.msg}. Mend the file") from error
        except (OSError, ValueError) as error:
            raise BatchError(f"{path}: {error}") from error
        if path.suffix not in {".rdf", ".jsonld"}:
            located.append(path)
        for name, triples in named.items():
            if replace and name not in replaced:
                operations.append(f"CLEAR SILENT GRAPH {name}")
                replaced.add(name)
            operations.append(f"INSERT DATA {{ GRAPH {name} {{\n{triples}}} }}")
    return Batch(" ;\n".join(operations), tuple(located))


def _statements(path: Path, graph: str | None) -> dict[str, str]:
    """Return the statements of a file in N-Triples, by the name of their graph as SPARQL has it."""
    formats = _TRIPLES | _QUADS
    if path.suffix not in formats:
        raise ValueError(
            f"its suffix is none of {', '.join(sorted({*_UPDATES, *formats}))}; rename the file"
        )
    if path.suffix in _QUADS:
        default = ox.NamedNode(graph) if graph else None
    else:
        default = ox.NamedNode(graph or str(graph_iri(path.stem)))
    found: dict[str, list[ox.Triple]] = {}
    base = default.value if default else "https://w3id.org/cebu/"
    # Labels of blank nodes must differ from one operation to the next (SPARQL 1.1, 4.1.4).
    quads = ox.parse(
        path=str(path), format=formats[path.suffix], base_iri=base, rename_blank_nodes=True
    )
    for quad in quads:
        name = default if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name
        if name is None:
            raise ValueError("it has statements without a graph: name one with --graph")
        found.setdefault(str(name), []).append(quad.triple)
    if not found and default is not None:
        found[str(default)] = []
    return {
        name: (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
        for name, triples in found.items()
    }
