"""The tables of the page, and what is asked beside what is measured."""

import datetime
import math
import os
import platform
import re
import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from server.settings import ROOT
from tests.bench.comparison import CONNECTIONS, Run
from tests.bench.mix import LIGHT
from tests.bench.targets import (
    CEBU,
    CEBU_KEPT,
    CONSTANT,
    OXIGRAPH,
    OXIGRAPH_MEMORY,
    RDFLIB,
    RDFLIB_OXIGRAPH,
)
from tests.bench.virtuoso import VIRTUOSO

PAGE: Final = ROOT / "docs" / "benchmarks.md"
_NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True)
class Goal:
    """What is asked, the bound, what was measured (`None`: it was not), and in which unit."""

    name: str
    bound: float
    measured: float | None
    unit: str = ""
    at_most: bool = False

    @property
    def held(self) -> bool:
        """Say whether it was measured and keeps within the bound."""
        if self.measured is None:
            return False
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    def row(self) -> str:
        """Return the goal as a row of a table."""
        sign = "at most" if self.at_most else "at least"
        if self.measured is None:
            return f"| {self.name} | {sign} {self.bound:g}{self.unit} | {_NOT_MEASURED} | |"
        value = f"{self.measured:.3g}" if self.measured < 1000 else f"{self.measured:.0f}"
        held = "yes" if self.held else "**no**"
        return f"| {self.name} | {sign} {self.bound:g}{self.unit} | {value}{self.unit} | {held} |"


def geometric(values: Collection[float]) -> float:
    """Return the geometric mean."""
    return math.exp(statistics.fmean(map(math.log, values)))


def machine(load_before: float) -> str:
    """Say on what, with what, and when it was measured."""
    cpu = "processor unknown"
    info = Path("/proc/cpuinfo")
    if info.exists() and (
        found := re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8"), re.M)
    ):
        cpu = found[1]
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{today}: {os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, "
        f"pyoxigraph {version('pyoxigraph')}, granian {version('granian')}. Load average of the "
        f"machine {load_before:.1f} before and {os.getloadavg()[0]:.1f} at the end."
    )


def ratio_table(runs: Sequence[Run]) -> list[str]:
    """Return the table of ratios, and below it what was not compared and why."""
    lines = [
        "| graph | server | connections | queries | ratio | least | most |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        for server in run.servers():
            for connections in CONNECTIONS:
                ratios = run.ratios(server, OXIGRAPH, connections).values()
                if ratios and server != OXIGRAPH:
                    lines.append(
                        f"| {run.dataset} | {server} | {connections} | {len(ratios)} "
                        f"| {geometric(ratios):.3g} | {min(ratios):.3g} | {max(ratios):.3g} |"
                    )
    for run in runs:
        counted = f"{run.triples:,} statements, {run.queries} queries"
        lines += ["", f"The {run.dataset}: {counted}."]
        for (server, query), said in run.comparison.differences.items():
            lines.append(f"- {server} answers `{query}` otherwise ({said}): not compared.")
        for server, query, connections in sorted(run.refused):
            lines.append(
                f"- {server} refuses `{query}` under {connections} connections: not compared."
            )
        lines += [f"- Not measured: {reason}." for reason in run.left_out]
    return lines


def ratio_goals(runs: Sequence[Run]) -> list[Goal]:
    """Return the goals that are ratios; each is the least over graphs and connections."""

    def mean(server: str, other: str) -> float | None:
        return _least(
            geometric(ratios.values())
            for run in runs
            for connections in CONNECTIONS
            if (ratios := run.ratios(server, other, connections))
        )

    def single(server: str, other: str) -> float | None:
        return _least(
            min(ratios.values())
            for run in runs
            for connections in CONNECTIONS
            if (ratios := run.ratios(server, other, connections))
        )

    rdflib = [mean(CEBU, name) for name in (RDFLIB, RDFLIB_OXIGRAPH)]
    tails = [tail for run in runs for tail in run.tails(CEBU, max(CONNECTIONS), LIGHT).values()]
    return [
        Goal(f"no cache / `{OXIGRAPH}`", 1.5, mean(CEBU, OXIGRAPH)),
        Goal(f"no cache / `{OXIGRAPH_MEMORY}`", 0.8, mean(CEBU, OXIGRAPH_MEMORY)),
        Goal(f"no cache / `{OXIGRAPH_MEMORY}`, worst query", 0.4, single(CEBU, OXIGRAPH_MEMORY)),
        Goal(f"no cache / {VIRTUOSO}", 3, mean(CEBU, VIRTUOSO)),
        Goal(
            "no cache / rdflib-endpoint, one connection",
            50,
            _least(value for value in rdflib if value is not None),
        ),
        Goal(f"repeated questions / `{OXIGRAPH}`", 60, mean(CEBU_KEPT, OXIGRAPH)),
        Goal(f"repeated questions / {CONSTANT}", 0.6, mean(CEBU_KEPT, CONSTANT)),
        Goal(
            "99th percentile / median of light queries, 8 connections",
            5,
            max(tails) if tails else None,
            at_most=True,
        ),
    ]


def _least(values: Iterable[float]) -> float | None:
    return min(values, default=None)


def goal_table(goals: Iterable[Goal]) -> list[str]:
    """Return the table of goals."""
    return ["| goal | asked | measured | held |", "|---|---|---|---|", *(g.row() for g in goals)]


def write_part(name: str, lines: Iterable[str], page: Path = PAGE) -> None:
    """Put the lines between the page's marks of that name; the prose around stays.

    Raises `ValueError` if the page has no such marks.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page}: the marks {begin.strip()} and {end} are missing. Restore them")
    body = "\n".join(lines)
    page.write_text(f"{head}{begin}\n{body}\n\n{end}{tail}", encoding="utf-8")
