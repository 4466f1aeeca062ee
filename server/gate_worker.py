"""The process that validates changes (`python -m server.gate_worker`), one after the other.

It keeps the report on the served graph, and that on the draft that was looked at last, which may be
the served graph next.
"""

import gc
import os
import signal
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from server.deltas import Delta
from server.gate import Examine, Failed, Unknown
from server.rdf_input import triples
from server.validation_worker import NICE, STACK_BYTES
from server.verdicts import Verdict
from server.worker import die_with
from shapes.report import ValidationReport, ValidationResult
from shapes.validator import merged_graph, validate

# What a result is, whatever names blank nodes have in its report. Its message is no part of that:
# it may have the label of a thing in it, and a thing that is renamed has no new fault.
_PARTS: Final = (
    SH.focusNode,
    SH.resultPath,
    SH.value,
    SH.sourceConstraintComponent,
    SH.sourceConstraint,
    SH.resultSeverity,
)

Key = tuple[object, ...]


def validated(
    folder: str, delta: Delta, former: ValidationReport | None, *, union: bool
) -> ValidationReport:
    """Return the report on the graph in `folder`: the one place that chooses how to validate.

    `delta` is what has changed since `former`; a full validation needs neither.
    """
    del delta, former
    store = ox.Store.read_only(folder)
    graph = Graph(bind_namespaces="none")
    quads = store.quads_for_pattern(None, None, None, ox.DefaultGraph() if union else None)
    graph.addN((*triple, graph) for triple in triples(quads))
    return validate(merged_graph(graph))


@dataclass(slots=True)
class Examiner:
    """What is known of the states that may be the served one: their reports, by version."""

    reports: dict[str, ValidationReport] = field(default_factory=dict)

    def examine(self, order: Examine) -> Verdict | Unknown:
        """Return what the change adds to the report on the graph."""
        former = self.reports.get(order.served)
        if former is None:
            if not order.before:
                return Unknown()
            former = validated(order.before, Delta(), None, union=order.union)
        report = validated(order.folder, order.delta, former, union=order.union)
        self.reports = {order.served: former, order.version: report}
        return verdict(report, former)


def verdict(report: ValidationReport, former: ValidationReport) -> Verdict:
    """Return the results of `report` that `former` has not."""
    known = Counter(_key(result) for result in former.results)
    results = tuple(result for result in report.results if _is_new(_key(result), known))
    conforms = all(result.severity != "Violation" for result in results)
    graph = _without(report.graph, _forms(former.graph), conforms=conforms)
    new = ValidationReport(conforms, results, graph)
    return Verdict(
        conforms,
        tuple(result.to_dict() for result in results),
        new.text(),
        graph.serialize(format="nt", encoding="utf-8"),
    )


def _key(result: ValidationResult) -> Key:
    return (
        result.focus_node,
        result.entity,
        result.path,
        result.value,
        result.severity,
        result.constraint,
        result.source_shape if "://" in result.source_shape else "",
    )


def _is_new(key: Key, known: "Counter[Key]") -> bool:
    """Say whether there is one more of a result than there was, and count it."""
    known[key] -= 1
    return known[key] < 0


def _forms(graph: Graph) -> "Counter[Key]":
    return Counter(_form(graph, node) for node in set(graph.objects(None, SH.result)))


def _form(graph: Graph, result: Node) -> Key:
    return tuple(
        tuple(sorted(_written(graph, value, 8) for value in graph.objects(result, part)))
        for part in _PARTS
    ) + tuple(shape for shape in graph.objects(result, SH.sourceShape) if isinstance(shape, URIRef))


def _written(graph: Graph, node: Node, depth: int) -> str:
    """Write a node; a blank one by what is said of it, as a path is (SHACL, section 2.3.1)."""
    if not isinstance(node, BNode):
        return node.n3() if isinstance(node, Literal) else f"<{node}>"
    inner = sorted(
        f"{property_} {_written(graph, value, depth - 1)}"
        for property_, value in (graph.predicate_objects(node) if depth else ())
    )
    return f"[{'; '.join(inner)}]" if inner else f"_:{node}"


def _without(report: Graph, known: "Counter[Key]", *, conforms: bool) -> Graph:
    """Return a SHACL report with the results that are not among `known`."""
    graph = Graph(bind_namespaces="none")
    about = BNode()
    graph.add((about, RDF.type, SH.ValidationReport))
    graph.add((about, SH.conforms, Literal(conforms)))
    waiting: list[Node] = []
    for result in set(report.objects(None, SH.result)):
        if _is_new(_form(report, result), known):
            graph.add((about, SH.result, result))
            waiting.append(result)
    seen: set[Node] = set()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        for triple in report.triples((node, None, None)):
            graph.add(triple)
            if isinstance(triple[2], BNode) and triple[2] not in seen:
                waiting.append(triple[2])
    return graph


def main(connection: Connection) -> None:
    """Answer orders until the other side is gone."""
    examiner = Examiner()
    while True:
        order = connection.recv()
        try:
            reply: object = examiner.examine(order)
        except Exception as error:  # whatever it is, the server says it and goes on
            reply = Failed(f"{error!r:.300}")
        connection.send(reply)
        gc.collect()


def _run(connection: Connection) -> None:
    try:
        main(connection)
    except (EOFError, OSError, KeyboardInterrupt):
        os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.disable()
    os.nice(NICE)
    die_with(os.getppid())
    # The validator goes down as deep as the data does.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=_run, args=(Connection(int(sys.argv[1])),))
    thread.start()
    thread.join()
