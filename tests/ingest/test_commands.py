"""`cebu build`, `validate` and `coverage` as a maintainer runs them, with good and bad input."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import DATA
from server.store.loader import graph_files, sums
from server.validation import findings
from server.validation.record import versions
from shapes.incremental import IncrementalValidator

GRAPH_FILE = "graph/action-plan-2018-2025.ttl"
PROJECT = "<https://w3id.org/cebu/id/project/action-plan-2018-2025/"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def cebu(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_build_writes_the_graph_and_validate_accepts_it(data: Path) -> None:
    before = snapshot(data / "graph")
    shutil.rmtree(data / "graph")
    built = cebu("build", "--data", data)
    assert built.returncode == 0, built.stderr
    assert snapshot(data / "graph") == before
    assert handed_over(data)
    (data / findings.FILE).unlink()
    validated = cebu("validate", "--data", data)
    assert validated.returncode == 0, validated.stderr
    assert validated.stdout.endswith("triples: valid\n")
    assert handed_over(data)


def handed_over(data: Path) -> bool:
    """Say whether a server of that graph need not validate it."""
    found = versions(sums(graph_files(data / "graph")))
    basis = IncrementalValidator().basis
    return all(findings.read(data / findings.FILE, each, basis) for each in found)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "sources/action-plan-2018-2025.txt",
            "Viet Nam",
            "Vietnam",
            "manifest.yaml:4: action-plan-2018-2025:",
        ),
        (
            "annotations/priorities-paper-2017.yaml",
            "document: priorities-paper-2017",
            "document: another",
            "priorities-paper-2017.yaml:",
        ),
        (
            "annotations/names.yaml",
            "label: International Labour Organization",
            "label: [",
            "This is not YAML",
        ),
        (
            "corrections/action-plan-2018-2025.yaml",
            "words: (uploading to website)",
            "words: (uploading)",
            "action-plan-2018-2025.txt:36: project 2: 'uploading to website)' begins with no",
        ),
        (
            "corrections/action-plan-2018-2025.yaml",
            "words: Phase II –",
            "words: Phase III –",
            "action-plan-2018-2025.txt:39: project 3: 'Phase II – ILO",
        ),
        (
            "corrections/action-plan-2018-2025.yaml",
            "label: CSBO",
            "label: CSBOX",
            "action-plan-2018-2025.txt:140: project 41: ",
        ),
        (
            "corrections/action-plan-2018-2025.yaml",
            "# Rows that hold",
            "- {words: (unseen), why: none}\n# Rows that hold",
            "action-plan-2018-2025.yaml:29: (unseen): These words are in no cell",
        ),
    ],
)
def test_bad_input_stops_the_build_and_leaves_the_graph(
    data: Path, file: str, old: str, new: str, message: str
) -> None:
    before = snapshot(data / "graph")
    replace(data / file, old, new)
    built = cebu("build", "--data", data)
    assert built.returncode == 1
    assert message in built.stderr
    assert "Traceback" not in built.stderr
    assert snapshot(data / "graph") == before


def test_an_unknown_document_stops_the_build(data: Path) -> None:
    (data / "sources" / "leaflet.txt").write_text("Words.", encoding="utf-8")
    built = cebu("build", "--data", data)
    assert built.returncode == 1
    assert "leaflet.txt: This document is unknown." in built.stderr


def test_a_broken_shape_stops_the_build_and_names_the_entity(data: Path) -> None:
    before = snapshot(data / "graph")
    replace(data / "annotations" / "links.yaml", "  iso3166: VN\n", "")
    built = cebu("build", "--data", data)
    assert built.returncode == 1
    assert "Viet Nam" in built.stderr
    assert "is as it was" in built.stderr
    assert snapshot(data / "graph") == before


def test_validate_names_file_and_line_of_a_file_that_is_not_turtle(data: Path) -> None:
    path = data / GRAPH_FILE
    path.write_text(path.read_text(encoding="utf-8") + "\n<oops", encoding="utf-8")
    validated = cebu("validate", "--data", data)
    assert validated.returncode == 1
    assert GRAPH_FILE in validated.stderr
    assert "not Turtle" in validated.stderr
    assert "Traceback" not in validated.stderr


def test_validate_names_the_projects_of_a_state_that_lost_its_description(data: Path) -> None:
    for path in (data / "graph").glob("*.ttl"):
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        kept = [
            block
            for block in blocks
            if not block.startswith("<https://w3id.org/cebu/id/state/brunei-darussalam>")
        ]
        path.write_text("\n\n".join(kept), encoding="utf-8")
    validated = cebu("validate", "--data", data)
    assert validated.returncode == 1
    assert "Action Plan 2018-2025, project 6: Employers' education programme" in validated.stderr
    assert GRAPH_FILE in validated.stderr


def test_coverage_lists_each_document_and_what_is_not_evidence(data: Path) -> None:
    shown = cebu("coverage", "--data", data)
    assert shown.returncode == 0, shown.stderr
    for slug in ("action-plan-2018-2025", "priorities-paper-2017"):
        assert f"{slug}: " in shown.stdout
    assert ": (3) Enforcement" in shown.stdout
    assert "no reason given" not in shown.stdout


def test_the_table_of_coverage_in_the_docs_is_true() -> None:
    page = (DATA.parent / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert cebu("coverage", "--markdown").stdout in page, (
        "renew the table: cebu coverage --markdown"
    )
