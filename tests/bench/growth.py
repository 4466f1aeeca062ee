"""How what one waits for grows with the graph.

A further measurement (a search, say) is a function in `_MEASUREMENTS`: each gets the size's
`Stage` and returns rows of the table, name and value as printed.
"""

import contextlib
import http.client
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ontology.namespaces import PREFIXES
from tests.bench.comparison import said
from tests.bench.dataset import Dataset, generated
from tests.bench.load import RefusedError, wrk
from tests.bench.mix import HEAVIEST, LIGHTEST
from tests.bench.processes import memory
from tests.bench.target import Target
from tests.bench.targets import CEBU, cebu
from tests.bench.validation import cost

SIZES: Final = (50_000, 500_000, 5_000_000)
# Beyond it takes hours.
_VALIDATED: Final = 500_000
_LONGEST: Final = 60.0
_STOPPED: Final = "stopped at a limit"
_QUERIES: Final = (("light query", LIGHTEST), ("heavy query", HEAVIEST))
_ASKED: Final = 9
_TOKEN: Final = "a-token-of-the-benchmark"
_RENAME: Final = f"""PREFIX rdfs: <{PREFIXES["rdfs"]}>
PREFIX cebu: <{PREFIXES["cebu"]}>
DELETE {{ GRAPH ?g {{ ?project rdfs:label ?old }} }}
INSERT {{ GRAPH ?g {{ ?project rdfs:label "%s"@en }} }}
WHERE {{
  {{ SELECT * {{ GRAPH ?g {{ ?project a cebu:Project ; rdfs:label ?old }} }} LIMIT 1 }}
}}"""

Rows = Iterator[tuple[str, str]]


@dataclass
class Stage:
    """One size: its dataset, the seconds that it took to write, and the options of the run."""

    size: int
    dataset: Dataset
    generated: float
    workers: int
    seconds: float
    validation_limit: float

    @property
    def store(self) -> Path:
        """Return the folder of the server's store."""
        return self.dataset.place / "store"

    @contextlib.contextmanager
    def serving(self) -> Iterator[tuple[Target, float]]:
        """Serve; tell the seconds until the first answer."""
        began = time.perf_counter()
        with cebu(self.dataset, CEBU, self.workers, self.store) as target:
            yield target, time.perf_counter() - began


def _writing(stage: Stage) -> Rows:
    size = sum(path.stat().st_size for path in stage.dataset.files)
    yield "Turtle files", f"{size / 1e6:.0f} MB in {len(stage.dataset.files)}"
    yield "writing them", _seconds(stage.generated)


def _serving(stage: Stage) -> Rows:
    with stage.serving() as (_, first):
        pass
    yield "first start: reading them, to the first answer", _seconds(first)
    with stage.serving() as (target, again):
        yield "start with the store built", _seconds(again)
        for name, query in _QUERIES:
            yield from _answered(target, name, stage.dataset.queries[query])
        for name, query in _QUERIES:
            yield from _loaded(stage, target, name, query)
        yield "memory of all processes", f"{memory(target.pid) / 1e6:.0f} MB"
    disk = sum(path.stat().st_size for path in stage.store.rglob("*") if path.is_file())
    yield "store on disk", f"{disk / 1e6:.0f} MB"


def _answered(target: Target, name: str, query: str) -> Rows:
    try:
        value = _seconds(_first(target, query))
    except RefusedError:
        value = _STOPPED
    yield f"{name}, first answer", value


def _loaded(stage: Stage, target: Target, name: str, query: str) -> Rows:
    path = target.query_path(stage.dataset.queries[query])
    address = f"http://127.0.0.1:{target.port}{path}"
    one = median = most = _STOPPED
    try:
        long = max(stage.seconds, 8 * _first(target, stage.dataset.queries[query]))
        one = _seconds(wrk(address, 1, min(long, _LONGEST)).p50)
        many = wrk(address, 8, min(4 * long, _LONGEST))
        median, most = _seconds(many.p50), _seconds(many.p99)
    except RefusedError as error:
        said(str(error))
    yield f"{name}, median", one
    yield f"{name} under 8 connections, median", median
    yield f"{name} under 8 connections, 99th percentile", most


def _validation(stage: Stage) -> Rows:
    if stage.size > _VALIDATED:
        found = None
        words = "not run"
    else:
        found = cost(stage.dataset.data, stage.validation_limit)
        words = f"over {stage.validation_limit:.0f} s"
    yield "full validation", _seconds(found.seconds) if found else words
    yield "memory of full validation", f"{found.memory / 1e6:.0f} MB" if found else words


def _search(stage: Stage) -> Rows:
    began = time.perf_counter()
    with stage.serving() as (target, _):
        _repeated(lambda: _asked(target, "GET", "/search?q=recruitment"), stage.validation_limit)
        yield "search: from the start to the first answer", _seconds(time.perf_counter() - began)
        took = [_asked(target, "GET", "/search?q=recruitment")[1] for _ in range(_ASKED)]
        yield "search, median", _seconds(statistics.median(took))


def _changes(stage: Stage) -> Rows:
    names = (
        "first write: from the start, validation of all included",
        "a write of one label, median",
    )
    if stage.size > _VALIDATED:
        yield from ((name, "not run") for name in names)
        return
    began = time.perf_counter()
    with cebu(stage.dataset, CEBU, stage.workers, stage.store, CEBU_TOKEN=_TOKEN) as target:

        def write(number: int) -> tuple[int, float]:
            return _asked(target, "POST", "/update", _RENAME % f"Name {number}")

        _repeated(lambda: write(0), stage.validation_limit)
        yield names[0], _seconds(time.perf_counter() - began)
        took = [write(number)[1] for number in range(1, _ASKED + 1)]
        yield names[1], _seconds(statistics.median(took))


def _repeated(ask: Callable[[], tuple[int, float]], limit: float) -> None:
    """Ask until the answer is none of a server that is not ready yet."""
    deadline = time.monotonic() + limit
    while (status := ask()[0]) == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    if status >= 300:
        raise RefusedError(f"the answer is {status}")


def _asked(target: Target, method: str, path: str, body: str = "") -> tuple[int, float]:
    """Ask once, and return the status and the seconds."""
    headers = {"Accept": "application/json"}
    if body:
        headers |= {
            "Content-Type": "application/sparql-update",
            "Authorization": f"Bearer {_TOKEN}",
        }
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=600)
    with contextlib.closing(connection):
        connection.request(method, path, body or None, headers)
        reply = connection.getresponse()
        reply.read()
    return reply.status, time.perf_counter() - began


# The writes come last: what was measured before them is the graph as it was generated.
_MEASUREMENTS: Final[Sequence[Callable[[Stage], Rows]]] = (
    _writing,
    _serving,
    _search,
    _validation,
    _changes,
)


def _first(target: Target, query: str) -> float:
    answer = target.ask(query)
    if answer.status != 200:
        raise RefusedError(f"{target.name} refused: {answer.status} {answer.body[:300]!r}")
    return answer.seconds


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.3g} ms"


@dataclass(frozen=True)
class Growth:
    """The rows by name, with a value for each size."""

    sizes: list[int]
    rows: dict[str, list[str]]

    def table(self) -> list[str]:
        """Return the Markdown table."""
        heads = [f"{size:,}" for size in self.sizes]
        return [
            f"| statements | {' | '.join(heads)} |",
            "|---" * (len(heads) + 1) + "|",
            *(f"| {name} | {' | '.join(values)} |" for name, values in self.rows.items()),
        ]


def growth(sizes: Sequence[int], workers: int, seconds: float, validation_limit: float) -> Growth:
    """Measure each size, from the least."""
    rows: dict[str, list[str]] = {}
    for size in sorted(sizes):
        with tempfile.TemporaryDirectory() as name:
            began = time.perf_counter()
            dataset = generated(Path(name), size)
            took = time.perf_counter() - began
            stage = Stage(size, dataset, took, workers, seconds, validation_limit)
            for measurement in _MEASUREMENTS:
                for key, value in measurement(stage):
                    said(f"{size:,}: {key}: {value}")
                    rows.setdefault(key, []).append(value)
    return Growth(sorted(sizes), rows)
