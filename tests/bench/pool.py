"""How much runaway queries slow light ones, over HTTP on the built graph.

Prints, for each number of runaway queries in flight, the median and the 95th percentile of light
queries in milliseconds and the ratio of the medians to the idle server's; then how long it takes
until processes and memory are as before. Nothing is asserted: the figures depend on the machine.
"""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server.settings import ROOT
from tests.server.door import Server, serving
from tests.server.test_pool import RUNAWAY, query_processes
from tests.server.test_serve import wait_until_gone

LIGHT = (
    "SELECT * { ?s ?p ?o } LIMIT 10",
    "PREFIX cebu: <https://w3id.org/cebu/ontology#> "
    "SELECT ?p (COUNT(*) AS ?n) { ?p a cebu:Project ; cebu:status ?s } GROUP BY ?p LIMIT 10",
    "DESCRIBE <https://w3id.org/cebu/id/state/viet-nam>",
)
ROUNDS = 100


def light(server: Server) -> list[float]:
    """Return the seconds of each light query, asked one after the other."""
    seconds = []
    for number in range(ROUNDS * len(LIGHT)):
        began = time.perf_counter()
        reply = server.query(LIGHT[number % len(LIGHT)])
        seconds.append(time.perf_counter() - began)
        assert reply.status == 200, reply.text
    return seconds


def resident(server: Server) -> int:
    """Return the bytes of memory of all query processes, shared pages counted each time."""
    pages = 0
    for pid in query_processes(server):
        pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def main(numbers: list[int]) -> None:
    """Print how light queries fare beside each number of runaways."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), CEBU_DATA=str(ROOT / "data"), CEBU_CACHE_BYTES="0") as server,
        ThreadPoolExecutor(max(numbers)) as pool,
    ):
        light(server)
        idle = light(server)
        memory = resident(server)
        print(f"idle: median {statistics.median(idle) * 1e3:.2f} ms, {memory >> 20} MiB")
        for number in numbers:
            runaways = [pool.submit(server.query, RUNAWAY, timeout="25") for _ in range(number)]
            time.sleep(3)
            found = light(server)
            still = sum(not runaway.done() for runaway in runaways)
            median = statistics.median(found)
            print(
                f"{number} runaways ({still} still in flight at the end): "
                f"median {median * 1e3:.2f} ms, p95 {sorted(found)[-len(found) // 20] * 1e3:.2f}, "
                f"ratio {median / statistics.median(idle):.2f}"
            )
            busy = query_processes(server)
            statuses = [runaway.result().status for runaway in runaways]
            began = time.monotonic()
            while len(query_processes(server)) < len(busy):
                time.sleep(0.005)
            print(
                f"  ended with {statuses}; all processes back after "
                f"{(time.monotonic() - began) * 1e3:.0f} ms, {resident(server) >> 20} MiB"
            )
        processes = query_processes(server)
    print("stopped cleanly:", wait_until_gone(processes, 10))
