"""Our server against the servers that one would take instead, over HTTP, on one machine.

    python -m tests.bench_http [--triples 50000] [--seconds 1] [--rounds 3]

Needs `wrk` (Debian: `apt-get install wrk`) and, in PATH or `OXIGRAPH`, the program of the PyPI
package `oxigraph` (`uv tool install oxigraph`). Virtuoso and rdflib-endpoint are not measured yet.
Each query
is asked of every server first, and their answers compared as sets of rows; then in rounds, so that
whatever else the machine does meets all alike. A figure is the median over rounds and queries of
the requests per second, relative to `oxigraph serve --location` in the same round.
"""

import contextlib
import csv
import dataclasses
import http.client
import io
import math
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import click
import pyoxigraph as ox

from server.library import Library
from server.settings import ROOT, Settings
from server.store import GraphStore
from tests.server.door import free_port, serving

QUERIES: Final = (
    "bodies-by-kind",
    "initiatives-by-cluster",
    "instruments-most-reported",
    "meetings-by-date",
    "partners-of-state",
    "project-timelines",
    "projects-of-state",
    "ratifications-of-state",
)
CONNECTIONS: Final = (1, 8)
BASELINE: Final = "oxigraph serve --location"
PAGE: Final = ROOT / "docs" / "benchmarks.md"
_ACCEPT: Final = "text/csv"


@dataclass(frozen=True)
class Target:
    """A server that answers queries at `path`."""

    name: str
    port: int
    path: str

    def address(self, query: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}?{urlencode({'query': query})}"

    def rows(self, query: str) -> Counter[tuple[str, ...]]:
        """Return the rows of the answer, each as often as it is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            address = f"{self.path}?{urlencode({'query': query})}"
            connection.request("GET", address, headers={"Accept": _ACCEPT})
            reply = connection.getresponse()
            body = reply.read().decode()
            if reply.status != 200:
                raise click.ClickException(f"{self.name}: {reply.status} {body[:200]}")
        return Counter(tuple(row) for row in csv.reader(io.StringIO(body)))


def generated(triples: int) -> str:
    """Return about that many more statements as N-Triples: projects of states in sets by status."""
    lines = []
    base, cebu = "https://example.org/p", "https://w3id.org/cebu/ontology#"
    for number in range(triples // 4):
        thing = f"<{base}{number}>"
        lines += [
            f"{thing} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{cebu}Generated> .",
            f'{thing} <http://www.w3.org/2000/01/rdf-schema#label> "Project {number}"@en .',
            f"{thing} <{cebu}generatedStatus> <{base}/status/{number % 7}> .",
            f"{thing} <{cebu}follows> <{base}{number // 2}> .",
        ]
    return "\n".join(lines) + "\n"


SYNTHETIC: Final = {
    "synthetic: one thing": "SELECT ?p ?o { <https://example.org/p77> ?p ?o }",
    "synthetic: count by status": "PREFIX c: <https://w3id.org/cebu/ontology#> "
    "SELECT ?s (COUNT(*) AS ?n) { ?t c:generatedStatus ?s } GROUP BY ?s",
    "synthetic: join and filter": "PREFIX c: <https://w3id.org/cebu/ontology#> "
    "SELECT ?a ?b { ?a c:follows <https://example.org/p77> ; c:generatedStatus ?b }",
}


@contextlib.contextmanager
def oxigraph(program: str, name: str, dump: Path, folder: Path | None) -> Iterator[Target]:
    """Run `oxigraph serve` over the dump: on disk in `folder`, or in memory without one."""
    port = free_port()
    place = ["--location", str(folder)] if folder else []
    if folder:
        load = [program, "load", *place, "--file", str(dump)]
        subprocess.run(load, check=True, capture_output=True)
    process = subprocess.Popen(
        [program, "serve", *place, "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        target = Target(name, port, "/query")
        for _ in range(300):
            with contextlib.suppress(OSError):
                target.rows("SELECT * {} LIMIT 1")
                break
            time.sleep(0.1)
        if not folder:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
            with contextlib.closing(connection), dump.open("rb") as file:
                kind = {"Content-Type": "application/n-triples"}
                connection.request("POST", "/store?default", file, kind)
                connection.getresponse().read()
        yield target
    finally:
        process.terminate()
        process.wait(30)


def load(wrk: str, target: Target, query: str, connections: int, seconds: int) -> float:
    """Return the requests per second that the server answers on that many connections."""
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Accept: {_ACCEPT}"]
    run = subprocess.run(
        [*command, target.address(query)], check=True, capture_output=True, text=True
    )
    if "Non-2xx" in run.stdout:
        raise click.ClickException(f"{target.name} refused a query under load")
    found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    assert found
    return float(found[1])


def geometric(values: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


def report(
    measured: dict[tuple[str, int], list[list[float]]], triples: int, left_out: list[str]
) -> str:
    """Return the table: for each server the geometric mean of the queries' median ratios."""
    busy = os.getloadavg()[0]
    lines = [
        f"{triples:,} statements, {os.cpu_count()} cores, load of the machine {busy:.1f} at the "
        "end. Requests per second relative to `" + BASELINE + "` in the same round: geometric "
        "mean over the queries of the median over the rounds, and the least and most of these.",
        "",
        "| server | connections | ratio | least query | most |",
        "|---|---|---|---|---|",
    ]
    for (name, connections), queries in measured.items():
        medians = [statistics.median(ratios) for ratios in queries]
        lines.append(
            f"| {name} | {connections} | {geometric(medians):.2f} "
            f"| {min(medians):.2f} | {max(medians):.2f} |"
        )
    if left_out:
        lines += ["", f"Not measured yet: {', '.join(left_out)}."]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--triples", default=0, help="Statements to generate beside the real graph.")
@click.option("--seconds", default=1, help="Length of one measurement.")
@click.option("--rounds", default=3, help="Rounds over all servers.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks.md too.")
def main(triples: int, seconds: int, rounds: int, write: bool) -> None:
    """Print the table of ratios."""
    wrk = shutil.which(os.environ.get("WRK", "wrk"))
    program = shutil.which(os.environ.get("OXIGRAPH", "oxigraph"))
    if wrk is None or program is None:
        raise click.ClickException(
            "Install wrk (apt-get install wrk) and oxigraph (uv tool install oxigraph), or name "
            "their programs in WRK and OXIGRAPH"
        )
    library = Library.load(ROOT / "queries")
    questions = [library.get(name) for name in QUERIES]
    queries = {item.name: item.query(item.values({})) for item in questions}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        dump, data = folder / "all.nt", ROOT / "data"
        if triples:
            data = folder / "data"
            shutil.copytree(ROOT / "data", data)
            (data / "graph" / "generated.ttl").write_text(generated(triples), encoding="utf-8")
            queries |= SYNTHETIC
        count = dump_graph(data, dump)
        targets = [
            stack.enter_context(oxigraph(program, BASELINE, dump, folder / "rocks")),
            stack.enter_context(oxigraph(program, "oxigraph serve in memory", dump, None)),
        ]
        for label, room in (("Cebu, no cache", "0"), ("Cebu, every answer kept", "67108864")):
            more = {"CEBU_DATA": str(data), "CEBU_CACHE_BYTES": room, "CEBU_WORKERS": "2"}
            server = stack.enter_context(serving(folder / room, **more))
            targets.append(Target(label, server.port, "/sparql"))
        time.sleep(3)
        for text in queries.values():
            expected = targets[0].rows(text)
            for target in targets[1:]:
                if target.rows(text) != expected:
                    raise click.ClickException(f"{target.name} answers differently: {text}")
        measured: dict[tuple[str, int], list[list[float]]] = {}
        for connections in CONNECTIONS:
            for text in queries.values():
                ratios: dict[str, list[float]] = {target.name: [] for target in targets[1:]}
                for _ in range(rounds):
                    found = {
                        target.name: load(wrk, target, text, connections, seconds)
                        for target in targets
                    }
                    for key, values in ratios.items():
                        values.append(found[key] / found[BASELINE])
                for key, values in ratios.items():
                    measured.setdefault((key, connections), []).append(values)
        text = report(measured, count, ["Virtuoso", "rdflib-endpoint"])
    click.echo(text)
    if write:
        PAGE.write_text(f"# Benchmarks\n\n`make bench-http` measures this.\n\n{text}", "utf-8")


def dump_graph(data: Path, dump: Path) -> int:
    """Write all statements, each once, as N-Triples; return how many."""
    graph = GraphStore.in_memory(dataclasses.replace(Settings.from_environment({}), data=data))
    with dump.open("wb") as file:
        graph.store.dump(file, ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return graph.triples


if __name__ == "__main__":
    main()
