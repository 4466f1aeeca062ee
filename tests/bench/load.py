"""Load by wrk over connections that are kept: requests a second, and how long they take."""

import contextlib
import re
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import Final

from tests.bench.processes import program
from tests.bench.target import ACCEPT, Target

_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class RefusedError(RuntimeError):
    """A server refused requests under load; the message says what wrk saw."""


@dataclass(frozen=True)
class Load:
    """What a server bore: requests a second, median and 99th percentile in seconds."""

    rate: float
    p50: float
    p99: float


def measure(target: Target, query: str, connections: int, seconds: float) -> Load:
    """Ask the query again and again for about that long.

    Raises `NotInstalledError` without wrk, and `RefusedError` if an answer is a refusal.
    """
    if target.slow:
        return _one_by_one(target, query, seconds)
    address = f"http://127.0.0.1:{target.port}{target.query_path(query)}"
    while not (load := wrk(address, connections, seconds)).rate:
        # No answer came so soon.
        seconds *= 4
    return load


def wrk(address: str, connections: int, seconds: float) -> Load:
    """Run wrk on an address."""
    name = program("WRK", ["wrk"], "`apt-get install wrk`")
    # It counts whole seconds only, so we interrupt it: it tells then what it has.
    command = [name, "-t1", f"-c{connections}", "-d3600s", "--timeout", "60s", "--latency"]
    process = subprocess.Popen(
        [*command, "-H", f"Accept: {ACCEPT}", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGINT)
    return read_wrk(process.communicate(timeout=30)[0])


def read_wrk(text: str) -> Load:
    """Read what wrk prints with `--latency`.

    Raises `RefusedError` if it is something else, or an answer was a refusal.
    """
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    latencies = {
        level: float(value) * _UNITS[unit]
        for level, value, unit in re.findall(r"(\d\d)%\s+([\d.]+)(us|ms|s|m)\b", text)
    }
    if rate is None or not {"50", "99"} <= latencies.keys() or re.search(r"Non-2xx|errors", text):
        raise RefusedError(f"a server did not bear the load; wrk printed: {text}")
    return Load(float(rate[1]), latencies["50"], latencies["99"])


def _one_by_one(target: Target, query: str, seconds: float) -> Load:
    """Ask at least once, one after the other, each over a new connection."""
    times: list[float] = []
    began = time.perf_counter()
    while not times or time.perf_counter() - began < seconds:
        answer = target.ask(query)
        if answer.status != 200:
            raise RefusedError(f"{target.name} refused a query under load: {answer.status}")
        times.append(answer.seconds)
    return Load(len(times) / sum(times), statistics.median(times), max(times))
