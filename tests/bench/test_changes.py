"""What changes cost is measured on stores that hold what was written."""

import re
from pathlib import Path

from server.settings import ROOT
from tests.bench import changes, incremental
from tests.bench.dataset import Dataset

HERE = Path(__file__).parents[1] / "server" / "data"


def test_commits_and_starts_are_measured(tmp_path: Path) -> None:
    dataset = Dataset("the tests' graph", HERE, tmp_path, {})
    found = dict(changes.rows(dataset, commits=3, changes=20))
    assert len(found) == 9
    for name, value in found.items():
        assert re.fullmatch(r"[\d.]+ (s|ms|per second)", value), name
        assert float(value.split()[0]) > 0, name
    assert changes.table(iter(found.items()))[2:] == [
        f"| {name} | {value} |" for name, value in found.items()
    ]


def test_the_table_of_validation_compares_the_sizes() -> None:
    found = [
        incremental.Figure(incremental.FULL, 1, 9_000, 3.0, 0),
        incremental.Figure(incremental.CHANGE, 1, 9_000, 0.1, 7),
        incremental.Figure(incremental.CHANGE, 100, 720_000, 0.15, 7),
    ]
    lines = incremental.table(found)
    assert "| 1x | 9,000 | all | 3,000 ms |" in lines[2]
    assert "1.50 times" in lines[-1]
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").count(
        "measured: changes"
    ) == 1
