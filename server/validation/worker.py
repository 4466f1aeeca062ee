"""The process that validates one body (`python -m server.validation.worker`), and then ends.

It reads a job in JSON on one line of its standard input and the body behind it, and writes a reply
in JSON on one line and the answer behind it. What the server trusts (shapes, ontology, its own
graph) is loaded before the memory is bounded, what a stranger sent afterwards.
"""

import contextlib
import gc
import json
import os
import resource
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

import pyoxigraph as ox
from rdflib import Graph
from rdflib.term import Literal

from server.engine.worker import bound_memory, die_with
from server.http.formats import FORMATS
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.rdf_input import SYNTAXES, Syntax, read, too_deep, triples
from shapes.report import ValidationReport
from shapes.validator import merge, merged_graph, validate

NICE: Final = 10
STACK_BYTES: Final = 64 * 1024 * 1024
MAX_ANSWER: Final = 32 * 1024 * 1024
# A page with more helps nobody; the other formats have all results.
MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Job:
    """What to validate, with what, and the form of the answer.

    `store` is the folder of a snapshot that the data is validated together with, or empty;
    `union` says whether its default graph holds all of it. `answer` is a format's key, or `page`.
    `memory` is in bytes. `folder` is an empty one for the data.
    """

    media_type: str
    answer: str
    memory: int
    folder: str
    parent: int
    store: str = ""
    union: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the verdict, or a problem's kind, words and further members."""

    conforms: bool | None = None
    slug: str = ""
    detail: str = ""
    next_step: str = ""
    more: dict[str, Any] | None = None


def work(job: Job, body: bytes) -> tuple[Outcome, bytes]:
    """Return the outcome of a job, and the report in its format."""
    try:
        report = _report(job, body)
        answer = _written(report, job)
    except Problem as problem:
        return _refusal(problem), b""
    except RecursionError:
        return _refusal(too_deep()), b""
    except MemoryError:
        os.kill(os.getpid(), signal.SIGABRT)
        raise
    except Exception as error:  # whatever it is, the server says it and goes on
        return _refusal(
            Problem("validation-failed", f"The validator stopped: {error!r:.300}.")
        ), b""
    if len(answer) > MAX_ANSWER:
        large = Problem(
            "too-large",
            f"The report has more than {MAX_ANSWER:,} bytes.",
            next_step="Send less data at once, or mend what the page shows first.",
            more={"limit": MAX_ANSWER},
        )
        return _refusal(large), b""
    return Outcome(report.conforms), answer


def _refusal(problem: Problem) -> Outcome:
    return Outcome(None, problem.slug, problem.detail, problem.next_step, dict(problem.more))


def _report(job: Job, body: bytes) -> ValidationReport:
    # Parsing the shapes and the ontology is cached; and it is not on the stranger's account.
    merged = merged_graph(*([_served(job)] if job.store else []))
    validate(Graph())
    bound_memory(job.memory)
    syntax = SYNTAXES[job.media_type]
    data = read(body, syntax)
    merge(merged, data)
    nodes = {node for s, _, o in data for node in (s, o) if not isinstance(node, Literal)}
    return validate(merged, files=_files(job, syntax, body), nodes=nodes if job.store else None)


def _served(job: Job) -> Graph:
    """Return the graph of the snapshot, the union of its named graphs, in memory."""
    store = ox.Store.read_only(job.store)
    graph = Graph(bind_namespaces="none")
    where = ox.DefaultGraph() if job.union else None
    quads = store.quads_for_pattern(None, None, None, where)
    graph.addN((*triple, graph) for triple in triples(quads))
    return graph


def _files(job: Job, syntax: Syntax, body: bytes) -> list[Path]:
    """Return the data as a file that the report can name lines of, if they can be found."""
    if not syntax.has_lines:
        return []
    os.chdir(job.folder)
    path = Path(f"data.{syntax.suffix}")
    path.write_bytes(body)
    return [path]


def _written(report: ValidationReport, job: Job) -> bytes:
    against = "graph" if job.store else "ontology"
    match job.answer:
        case "json":
            found = {"against": against, **report.to_dict()}
            return (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()
        case "txt":
            return report.text().encode()
        case "page":
            shown = report.results[:MAX_SHOWN]
            page = {
                "conforms": report.conforms,
                "results": [result.to_dict() for result in shown],
                "number": len(report.results),
                "summary": report.text().rstrip().rpartition("\n")[2],
            }
            return json.dumps(page, ensure_ascii=False).encode()
    # A graph without a name is written alike in the formats for graphs with names.
    key = {"trig": "ttl", "nq": "nt"}.get(job.answer, job.answer)
    return serialised(report.graph, FORMATS[key])


def main(source: IO[bytes], target: IO[bytes]) -> None:
    """Do the one job that `source` has, and write its outcome to `target`."""
    job = Job(**json.loads(source.readline()))
    die_with(job.parent)
    body = source.read()
    outcomes: list[tuple[Outcome, bytes]] = []
    # The parser and the validator go down as deep as the data does.
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=lambda: outcomes.append(work(job, body)))
    thread.start()
    thread.join()
    outcome, answer = outcomes[0]
    target.write(json.dumps(asdict(outcome)).encode() + b"\n" + answer)
    target.flush()


if __name__ == "__main__":
    gc.disable()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(BrokenPipeError):
        main(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)
