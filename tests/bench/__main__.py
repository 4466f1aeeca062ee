"""The command of the benchmarks: `python -m tests.bench --help`."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from tests.bench import build, changes, goals, incremental, pages, pool
from tests.bench.comparison import Run, run, said
from tests.bench.dataset import generated, real
from tests.bench.growth import SIZES, growth
from tests.bench.processes import NotInstalledError
from tests.bench.report import Goal, goal_table, machine, ratio_goals, ratio_table, write_part

_workers = click.option("--workers", default=2, show_default=True, help="Query processes of Cebu.")
_write = click.option("--write", is_flag=True, help="Write the tables into docs/benchmarks.md too.")


@click.group()
def main() -> None:
    """Measure Cebu, alone and beside other servers. Progress goes to standard error."""


@main.command()
@click.option("--triples", default=50_000, show_default=True, help="Size of the generated graph.")
@click.option("--rounds", default=2, show_default=True, help="Rounds over the real graph.")
@click.option("--mix-rounds", default=5, show_default=True, help="Rounds over the generated graph.")
@click.option("--seconds", default=0.3, show_default=True, help="Least time of a measurement.")
@click.option("--every", default=1, help="Ask only every so manieth question of the library.")
@click.option("--all", "all_of_it", is_flag=True, help="Ask every server all of the library.")
@click.option("--no-real", is_flag=True, help="Leave out the real graph.")
@click.option("--no-goals", is_flag=True, help="Leave out start, memory, hand-over and kill.")
@_workers
@_write
def http(
    triples: int,
    rounds: int,
    mix_rounds: int,
    seconds: float,
    every: int,
    all_of_it: bool,
    no_real: bool,
    no_goals: bool,
    workers: int,
    write: bool,
) -> None:
    """Compare servers over HTTP: the real graph with the library, a generated one with a mix."""
    before = os.getloadavg()[0]
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        mixed = generated(place / "generated", triples)
        whole = real(place / "real", every)
        try:
            if not no_real:
                runs.append(run(whole, workers, rounds, seconds, all_of_it))
            runs.append(run(mixed, workers, mix_rounds, seconds, all_of_it))
        except (NotInstalledError, RuntimeError) as error:
            raise click.ClickException(str(error)) from error
        asked = ratio_goals(runs)
        if not no_goals:
            said("start, memory, hand-over, kill")
            asked += [
                _start(goals.start_seconds(whole)),
                _memory(goals.memory_bytes(mixed), triples),
                *_hand_over(*goals.hand_over_seconds(mixed)),
                _kill(goals.kill_seconds(mixed)),
            ]
    _show("goals", [machine(before), "", *goal_table(asked)], write)
    _show("ratios", ratio_table(runs), write)


def _start(seconds: float) -> Goal:
    return Goal("process start to first answer, real graph, store built", 1, seconds, " s", True)


def _memory(size: int, triples: int) -> Goal:
    name = f"memory of all processes with 2 query processes, {triples:,} statements"
    return Goal(name, 200, size / 1e6, " MB", True)


def _hand_over(around: float, handed: float) -> list[Goal]:
    return [
        Goal("a light query over HTTP less the engine's time", 0.3, around * 1e3, " ms", True),
        Goal("of this, the query process", 0.3, handed * 1e3, " ms", True),
    ]


def _kill(seconds: float) -> Goal:
    return Goal("end of a runaway to the next answer, one process", 50, seconds * 1e3, " ms", True)


@main.command("growth")
@click.option(
    "--size", "sizes", multiple=True, type=int, default=SIZES, show_default=True, help="Statements."
)
@click.option("--seconds", default=1.0, show_default=True, help="Least time of a measurement.")
@click.option(
    "--validation-limit", default=1200.0, show_default=True, help="Seconds given to validation."
)
@_workers
@_write
def growth_command(
    sizes: tuple[int, ...], seconds: float, validation_limit: float, workers: int, write: bool
) -> None:
    """Measure build, load, queries, memory and validation of graphs of several sizes."""
    before = os.getloadavg()[0]
    found = growth(sizes, workers, seconds, validation_limit)
    _show("growth", [machine(before), "", *found.table()], write)


@main.command("build")
@_write
def build_command(write: bool) -> None:
    """Measure building, validation, and the library on rdflib and on Oxigraph."""
    before = os.getloadavg()[0]
    lines = []
    for line in build.table():
        said(line)
        lines.append(line)
    _show("build", [machine(before), "", *lines], write)


@main.command("changes")
@click.option(
    "--size",
    "sizes",
    multiple=True,
    type=int,
    default=(1, 10, 100),
    show_default=True,
    help="How many times the graph of the validated changes is held.",
)
@click.option(
    "--full",
    multiple=True,
    type=int,
    default=(1, 10),
    show_default=True,
    help="Of these sizes the whole is validated too; 10 takes minutes, 100 hours.",
)
@click.option("--commits", default=changes.COMMITS, show_default=True, help="Commits to make.")
@click.option("--changes", "number", default=changes.CHANGES, show_default=True, help="In the log.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="On the disk to measure (default: where temporary files go).",
)
@_write
def changes_command(
    sizes: tuple[int, ...],
    full: tuple[int, ...],
    commits: int,
    number: int,
    folder: Path | None,
    write: bool,
) -> None:
    """Measure validation of changes, commits on the disk, and the start after many changes."""
    before = os.getloadavg()[0]
    validated = incremental.table(incremental.figures(sizes, full))
    said("\n".join(validated))
    with tempfile.TemporaryDirectory(dir=folder) as name:
        made = changes.table(changes.rows(real(Path(name)), commits, number))
    _show("changes", [machine(before), "", *validated, "", *made], write)


@main.command("pages")
@click.option("--each", default=pages.ADDRESSES, show_default=True, help="Addresses of a kind.")
@_write
def pages_command(each: int, write: bool) -> None:
    """Measure how long the server takes for each kind of page of the real graph."""
    before = os.getloadavg()[0]
    made = pages.table(pages.kinds(each))
    _show("pages", [machine(before), "", *made], write)


@main.command("pool")
@click.argument("runaways", nargs=-1, type=int)
def pool_command(runaways: tuple[int, ...]) -> None:
    """Show how much that many runaway queries (1 and 4 if not said) slow light ones."""
    pool.main(list(runaways) or [1, 4])


def _show(part: str, lines: Iterable[str], write: bool) -> None:
    lines = list(lines)
    click.echo("\n".join(lines) + "\n")
    if write:
        write_part(part, lines)


if __name__ == "__main__":
    main()
