"""Whether two answers are the same: as multisets of rows, or as graphs, up to blank nodes."""

from pathlib import Path
from typing import Final

import pyoxigraph as ox

_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_ROW: Final = ox.NamedNode("tag:row")
_TABLES: Final = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".rdf": ox.RdfFormat.RDF_XML,
}

Row = frozenset[tuple[str, "ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple"]]


def quads(path: Path, base: str, graph: ox.NamedNode | ox.DefaultGraph) -> list[ox.Quad]:
    """Return the statements of a data file as statements of `graph`."""
    found = ox.parse(path=str(path), format=_GRAPHS[path.suffix], base_iri=base)
    return [ox.Quad(item.subject, item.predicate, item.object, graph) for item in found]


def is_result_set(path: Path, base: str) -> bool:
    """Say whether a graph is a table that is written as one (DAWG result set vocabulary)."""
    return path.suffix in _GRAPHS and any(
        quad.object == ox.NamedNode(_RS + "ResultSet")
        for quad in quads(path, base, ox.DefaultGraph())
    )


def canonical(found: list[ox.Quad]) -> frozenset[ox.Quad]:
    """Return the same for two graphs that differ in nothing but their blank nodes.

    Literals are written as the engine's store writes them (`1.0` as `1`): what goes in differently
    and means the same comes out the same.
    """
    store = ox.Store()
    store.extend(found)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(dataset)


def table_as_graph(rows: list[Row]) -> frozenset[ox.Quad]:
    """Return the same for two tables that differ in nothing but order and blank nodes."""
    found = [ox.Quad(_ROW, _TYPE, _ROW)]
    for row in rows:
        node = ox.BlankNode()
        found.append(ox.Quad(_ROW, _ROW, node))
        found.extend(ox.Quad(node, ox.NamedNode(f"tag:v:{name}"), value) for name, value in row)
    return canonical(found)


def read_table(body: bytes, format_: ox.QueryResultsFormat) -> list[Row] | bool:
    """Return the rows of a table, or the truth value."""
    parsed = ox.parse_query_results(body, format=format_)
    if isinstance(parsed, ox.QueryBoolean):
        return bool(parsed)
    names = [item.value for item in parsed.variables]
    return [
        frozenset((name, value) for name in names if (value := row[name]) is not None)
        for row in parsed
    ]


def expected_table(path: Path, base: str) -> list[Row] | bool:
    """Return the table or truth value that a test expects."""
    if path.suffix in _TABLES:
        return read_table(path.read_bytes(), _TABLES[path.suffix])
    store = ox.Store()
    store.extend(quads(path, base, ox.DefaultGraph()))

    def of(subject: "ox.NamedNode | ox.BlankNode", name: str) -> list[object]:
        property_ = ox.NamedNode(_RS + name)
        return [quad.object for quad in store.quads_for_pattern(subject, property_, None, None)]

    result = ox.NamedNode(_RS + "ResultSet")
    (head,) = (quad.subject for quad in store.quads_for_pattern(None, _TYPE, result, None))
    assert isinstance(head, ox.NamedNode | ox.BlankNode)
    for truth in of(head, "boolean"):
        return str(getattr(truth, "value", "")) == "true"
    rows: list[Row] = []
    for solution in of(head, "solution"):
        assert isinstance(solution, ox.BlankNode)
        row = set()
        for binding in of(solution, "binding"):
            assert isinstance(binding, ox.BlankNode)
            (name,) = of(binding, "variable")
            (value,) = of(binding, "value")
            assert isinstance(name, ox.Literal)
            assert isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal)
            row.add((name.value, value))
        rows.append(frozenset(row))
    return rows
