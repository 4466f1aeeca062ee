"""Full validation of a data folder, in a process of its own that can be given up.

    python -m tests.bench.validation DATA

Prints the seconds, without reading, and the bytes of memory that the process came to.
"""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ontology.namespaces import new_graph
from server.settings import ROOT
from shapes.validator import validate


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of memory."""

    seconds: float
    memory: int


def cost(data: Path, limit: float) -> Cost | None:
    """Return what validation takes, or `None` if it takes more than `limit` seconds.

    Raises `RuntimeError` if the graph does not conform.
    """
    command = [sys.executable, "-m", "tests.bench.validation", str(data)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise RuntimeError(f"{data}: validation failed: {done.stdout} {done.stderr}")
    seconds, size = done.stdout.split()
    return Cost(float(seconds), int(size))


def main(data: Path) -> None:
    graph = new_graph()
    for path in sorted((data / "graph").glob("*.ttl")):
        graph.parse(path, format="turtle")
    began = time.perf_counter()
    report = validate(graph)
    seconds = time.perf_counter() - began
    if not report.conforms:
        sys.exit(f"{data} does not conform: {len(report.results)} results")
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
