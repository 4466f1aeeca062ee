"""pySHACL, asked shape by shape and focus node by focus node."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from rdflib import Graph
from rdflib.term import Node

from shapes.root_results import DATA, SHAPES, RootResult, statements

# Focus nodes that are asked for at once; only if there are results, one by one.
_AT_ONCE: Final = 256


class RootShapes:
    """The shapes with targets, as pySHACL runs them for `shapes.validate`.

    Raises `ValueError` if the shapes are no sound SHACL, when made and when used.
    """

    def __init__(self, shapes: Graph) -> None:
        from pyshacl.validator import Validator

        options = {"inference": "none", "allow_warnings": True, "inplace": True}
        with _refusals():
            validator = Validator(_wrapped(Graph()), shacl_graph=shapes, options=options)
            self._executor = validator.make_executor()
            self._source = validator.shacl_graph
            self._shapes = {shape.node: shape for shape in self._source.shapes}
        self._graph = self._source.graph

    def roots(self) -> dict[Node, list[Node]]:
        """Return the shapes that have targets; with each, those of being a class itself."""
        return {
            node: list(shape.implicit_class_targets())
            for node, shape in self._shapes.items()
            if not shape.deactivated and any(list(targets) for targets in shape.target())
        }

    def focus_nodes(self, root: Node, data: Graph) -> set[Node]:
        """Return all focus nodes of a shape."""
        return set(self._shapes[root].focus_nodes(_wrapped(data)))

    def validate(self, root: Node, nodes: Collection[Node], data: Graph) -> Iterator[RootResult]:
        """Yield the results of a shape applied to focus nodes."""
        wrapped = _wrapped(data)
        forget_blank_nodes()
        waiting = iter(nodes)
        while chunk := list(islice(waiting, _AT_ONCE)):
            if len(chunk) > 1 and not self._run(root, chunk, wrapped)[1]:
                continue
            for node in chunk:
                sound, found = self._run(root, [node], wrapped)
                for _, name, triples in found:
                    said = tuple(statements(triples, self._graph))
                    yield RootResult(root, node, name, sound, said)

    def report(self, results: Iterable[RootResult], data: Graph) -> tuple[bool, Graph]:
        """Return whether the data conforms, and the SHACL report (SHACL section 3.6)."""
        from pyshacl.validator import Validator

        sources = {DATA: _wrapped(data), SHAPES: self._graph}
        rows = list(results)
        conforms = all(row.sound for row in rows)
        described = [
            (
                "",
                row.node,
                [(s, p, (sources[kind], o) if kind else o) for s, p, kind, o in row.statements],
            )
            for row in rows
        ]
        graph, _ = Validator.create_validation_report(self._source, conforms, described)
        return conforms, graph

    def _run(self, root: Node, nodes: list[Node], data: Any) -> tuple[bool, list[Any]]:  # noqa: ANN401
        with _refusals():
            sound, found = self._shapes[root].validate(self._executor, data, focus=nodes)
        return sound, found


def forget_blank_nodes() -> None:
    """Make pySHACL describe blank nodes anew: it keeps their words by the address of a graph."""
    from pyshacl.rdfutil.stringify import stringify_blank_node

    stringify_blank_node.dict_cache.clear()


@contextmanager
def _refusals() -> Iterator[None]:
    from pyshacl.errors import ReportableRuntimeError

    try:
        yield
    except ReportableRuntimeError as error:
        raise ValueError(f"the shapes cannot be used, correct them: {error}") from error


def _wrapped(data: Graph) -> Any:  # noqa: ANN401
    from pyshacl.graph_abstraction import DataGraph

    return DataGraph.from_rdflib(data)
