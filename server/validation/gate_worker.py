"""Validates changes, one after the other: a process (`python -m server.validation.gate_worker`).

A change is validated by what it can alter (`shapes.incremental`), given the results on the served
graph. It keeps these, and those on the draft that was looked at last, which may be the served graph
next; and it writes them beside each database, for the process after it.
"""

import contextlib
import functools
import gc
import os
import signal
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from server.engine.messages import Refusal
from server.http.problems import Problem
from server.http.rdf_input import triples
from server.store.deltas import Delta, quads
from server.validation import findings
from server.validation.gate import Examine, Failed, Known, Learn, Served, Unknown
from server.validation.verdicts import Verdict
from server.validation.worker import NICE, STACK_BYTES
from shapes.incremental import IncrementalValidator, Validated
from shapes.report import ValidationReport, ValidationResult
from shapes.root_results import Former, RootResult
from shapes.views import UNION

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


@functools.cache
def _validator() -> IncrementalValidator:
    return IncrementalValidator()


def validated(
    folder: str, delta: Delta | None = None, former: Former | None = None, *, union: bool
) -> Validated:
    """Return what is found in the graph in `folder`: the one place that chooses how to validate.

    `delta` is what has changed since `former`; without both, the whole is validated.
    """
    # The union is the default graph; where it is none, all graphs are looked through.
    graph = UNION if union else None
    store = ox.Store.read_only(folder)
    if delta is None or former is None:
        return _validator().validate_whole(store, graph=graph)
    added, removed = (set(triples(quads(lines))) for lines in (delta.added, delta.removed))
    # What another graph holds too is no change of the union, but only has more validated.
    return _validator().validate_change(store, added, removed, former, graph=graph)


@dataclass(slots=True)
class Examiner:
    """What was found in the states that may be the served one, by version."""

    formers: dict[str, Former] = field(default_factory=dict)

    def learn(self, served: Served) -> Known | Unknown:
        """Get to know the served state."""
        return Known() if self._former(served) is not None else Unknown()

    def examine(self, order: Examine) -> Verdict | Unknown:
        """Return what the change adds to the report on the graph."""
        served = order.served
        former = self._former(served)
        if former is None:
            return Unknown()
        done = validated(order.folder, order.delta, former, union=served.union)
        old, new = _only(former, done.former), _only(done.former, former)
        before = None
        if old:
            # What an old result says of blank nodes and of the thing to mend is in its own state.
            if not served.copy:
                return Unknown()
            before = ox.Store.read_only(served.copy)
        _keep(Path(order.folder).parent, done.former, order.version)
        self.formers = {served.version: former, order.version: done.former}
        if not new:
            return Verdict()
        graph = UNION if served.union else None
        report = _validator().report(new, ox.Store.read_only(order.folder), graph=graph)
        known = _validator().report(old, ox.Store() if before is None else before, graph=graph)
        return verdict(report, known)

    def _former(self, served: Served) -> Former | None:
        """Return what was found in the served state, None if that needs a copy of it."""
        found = self.formers.get(served.version)
        for folder in (served.home, served.built):
            if found is None and folder:
                path = Path(folder) / findings.FILE
                found = findings.read(path, served.version, _validator().basis)
        if found is None and served.copy:
            found = validated(served.copy, union=served.union).former
            _keep(Path(served.home), found, served.version)
        if found is not None:
            self.formers[served.version] = found
        return found


def _only(former: Former, other: Former) -> list[RootResult]:
    """Return the results that only one of two states has, and maybe some that both have."""
    return [
        row for pair, rows in former.found.items() if other.found.get(pair) != rows for row in rows
    ]


def _keep(home: Path, former: Former, version: str) -> None:
    """Write what was found beside the database that it was found in, if that is still there."""
    with contextlib.suppress(OSError):
        findings.write(home / findings.FILE, former, [version])


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
    # The libraries and the shapes, while nobody waits yet. What is wrong with them, orders hear.
    with contextlib.suppress(ValueError):
        _validator()
    while True:
        order = connection.recv()
        try:
            reply: object
            if isinstance(order, Learn):
                reply = examiner.learn(order.served)
            else:
                reply = examiner.examine(order)
        except Problem as problem:
            reply = Refusal.of(problem)
        except Exception as error:  # whatever it is, the server says it and goes on
            reply = Failed(f"{error!r:.300}")
        connection.send(reply)
        # What the first order has left behind stays: to look through it again takes longer than
        # most changes.
        gc.collect()
        if not gc.get_freeze_count():
            gc.freeze()


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
    # The validator goes down as deep as the data does.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=_run, args=(Connection(int(sys.argv[1])),))
    thread.start()
    # The system's own notice comes when the thread ends that started us, not only with its process.
    while thread.is_alive() and os.getppid() == int(sys.argv[2]):
        thread.join(1)
    os._exit(0)
