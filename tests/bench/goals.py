"""What is asked of the server beside its ratios, measured one by one."""

import http.client
import statistics
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from tests.bench.dataset import Dataset, memory_store
from tests.bench.load import wrk
from tests.bench.mix import LIGHTEST
from tests.bench.processes import memory
from tests.bench.target import Target
from tests.bench.targets import CEBU, CEBU_ALONE, CEBU_KEPT, cebu
from tests.server.test_pool import RUNAWAY

_TIMES: Final = 5
_LIMIT: Final = 0.5
_SETTLE: Final = 1.0


def start_seconds(dataset: Dataset) -> float:
    """Return the seconds from process start to the first answer, with the store built before."""
    with tempfile.TemporaryDirectory(dir=dataset.place) as name:
        store = Path(name)
        with cebu(dataset, CEBU, 2, store):
            pass
        times = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            with cebu(dataset, CEBU, 2, store):
                times.append(time.perf_counter() - began)
    return statistics.median(times)


def memory_bytes(dataset: Dataset, workers: int = 2) -> int:
    """Return what the server's processes take after each has answered the dataset's queries."""
    with cebu(dataset, CEBU_KEPT, workers) as target:
        for text in list(dataset.queries.values()) * 2:
            target.ask(text)
        time.sleep(_SETTLE)
        return memory(target.pid)


def engine_seconds(store: ox.Store, query: str, times: int = 300) -> float:
    """Return the median seconds in which the engine answers with bytes, without any server."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        results = store.query(query)
        assert isinstance(results, ox.QuerySolutions)
        results.serialize(format=ox.QueryResultsFormat.CSV)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def over_http(dataset: Dataset, name: str, workers: int, seconds: float) -> float:
    """Return the median seconds of the lightest query of the mix over one kept connection."""
    with cebu(dataset, name, workers) as target:
        path = target.query_path(dataset.queries[LIGHTEST])
        address = f"http://127.0.0.1:{target.port}{path}"
        wrk(address, 1, seconds)
        return wrk(address, 1, seconds).p50


def hand_over_seconds(dataset: Dataset, seconds: float = 1.0) -> tuple[float, float]:
    """Return what stands around the engine, and how much of it the query processes are.

    The first is a query over HTTP less the engine's own time; the second, the same query with a
    query process less the same without.
    """
    pooled = over_http(dataset, CEBU, 2, seconds)
    alone = over_http(dataset, CEBU_ALONE, 0, seconds)
    engine = engine_seconds(memory_store(dataset), dataset.queries[LIGHTEST])
    return pooled - engine, pooled - alone


def kill_seconds(dataset: Dataset) -> float:
    """Return the seconds from a runaway's time limit to the answer of what waited behind it.

    There is one query process, so the answer tells that the next one is ready.
    """
    with cebu(dataset, CEBU, 1) as target:
        light = dataset.queries[LIGHTEST]
        usual = statistics.median(target.ask(light).seconds for _ in range(20))
        return statistics.median(_behind(target, light) - usual for _ in range(_TIMES))


def _behind(target: Target, light: str) -> float:
    """Return how long after the runaway's limit the light query was answered."""
    with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)) as connection:
        began = time.perf_counter()
        connection.request("GET", target.query_path(RUNAWAY) + f"&timeout={_LIMIT}")
        # The runaway must have its process by then.
        ended: list[float] = []

        def wait_behind() -> None:
            time.sleep(_LIMIT / 2)
            assert target.ask(light).status == 200
            ended.append(time.perf_counter())

        waiting = threading.Thread(target=wait_behind)
        waiting.start()
        reply = connection.getresponse()
        reply.read()
        waiting.join()
    assert reply.status == 503, reply.status
    return ended[0] - began - _LIMIT
