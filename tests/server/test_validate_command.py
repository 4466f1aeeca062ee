"""`cebu validate --format`: reports for programs, and SARIF for code hosts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rdflib import RDF, SH, Graph

from server.settings import ROOT

FAULTY = """\
@prefix cebu: <https://w3id.org/cebu/ontology#> .

<https://w3id.org/cebu/id/body/a> a cebu:Body ;
    cebu:plan [ a cebu:Plan ] .
"""
SOUND = "<https://example.org/a> <https://example.org/b> 1 .\n"
LEVELS = {"none", "note", "warning", "error"}


def validate(
    folder: Path, *arguments: str, format_: str | None = "sarif"
) -> "subprocess.CompletedProcess[str]":
    chosen = ["--format", format_] if format_ else []
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "validate", *chosen, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "bödies.ttl").write_text(FAULTY, encoding="utf-8")
    (tmp_path / "sound.ttl").write_text(SOUND, encoding="utf-8")
    (tmp_path / "broken.ttl").write_text(SOUND + "\n<a:b> <a:c> .\n", encoding="utf-8")
    return tmp_path


def check_sarif(text: str) -> dict[str, Any]:
    """Check the members that SARIF 2.1.0 requires and code hosts read; return the run."""
    log = json.loads(text)
    assert set(log) == {"$schema", "version", "runs"}  # section 3.13
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]  # sections 3.14.6, 3.19.8
    assert driver["name"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:  # section 3.27
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        assert all(result["partialFingerprints"].values())
        for place in result.get("locations", []) + result.get("relatedLocations", []):
            where = place["physicalLocation"]
            uri = where["artifactLocation"]["uri"]  # section 3.4.3: a valid URI reference
            assert uri.isascii()
            assert " " not in uri
            assert where["region"]["startLine"] >= 1
            if not uri.startswith("file:///"):
                base = where["artifactLocation"]["uriBaseId"]
                assert base in run["originalUriBaseIds"]
    run_: dict[str, Any] = run
    return run_


def lines(run: dict[str, Any]) -> set[tuple[str, str, int]]:
    found = set()
    for result in run["results"]:
        where = result["locations"][0]["physicalLocation"]
        uri = unquote(where["artifactLocation"]["uri"])
        found.add((result["ruleId"], uri, where["region"]["startLine"]))
    return found


def test_sarif_shows_each_result_at_its_line(folder: Path) -> None:
    done = validate(folder, "my data/bödies.ttl", "sound.ttl")
    assert done.returncode == 1
    run = check_sarif(done.stdout)
    as_json = json.loads(validate(folder, "my data/bödies.ttl", "sound.ttl", format_="json").stdout)
    assert len(run["results"]) == len(as_json["results"]) > 3
    name = "my data/bödies.ttl"
    assert {("Resource-label", name, 3), ("ClassifiedBody", name, 3)} <= lines(run)
    # A blank node stands where what points at it does.
    assert ("Plan", name, 3) in lines(run)
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert (levels["Resource-label"], levels["ClassifiedBody"]) == ("error", "warning")
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["Resource-label"]["helpUri"] == "https://w3id.org/cebu/shapes#Resource-label"


def test_sarif_is_the_same_each_time_and_from_everywhere(folder: Path) -> None:
    one = validate(folder, "my data/bödies.ttl")
    assert validate(folder, "my data/bödies.ttl").stdout == one.stdout
    whole = validate(folder, str(folder / "my data" / "bödies.ttl"))
    assert whole.stdout == one.stdout
    outside = check_sarif(validate(folder / "my data", str(folder / "sound.ttl")).stdout)
    assert outside["results"] == []


def test_a_moved_fault_keeps_its_fingerprint(folder: Path) -> None:
    def fingerprints() -> list[str]:
        run = check_sarif(validate(folder, "my data/bödies.ttl").stdout)
        return sorted(r["partialFingerprints"]["cebuResult/v1"] for r in run["results"])

    before = fingerprints()
    path = folder / "my data" / "bödies.ttl"
    path.write_text("# moved\n\n" + FAULTY, encoding="utf-8")
    assert fingerprints() == before


def test_a_file_that_is_not_turtle_is_a_result_too(folder: Path) -> None:
    done = validate(folder, "sound.ttl", "broken.ttl")
    assert done.returncode == 1
    assert lines(check_sarif(done.stdout)) == {("turtle-syntax", "broken.ttl", 3)}
    assert "broken.ttl" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "status"), [("my data/bödies.ttl", 1), ("sound.ttl", 0), ("broken.ttl", 1)]
)
def test_the_exit_status_is_that_of_the_text(folder: Path, name: str, status: int) -> None:
    for format_ in (None, "text", "json", "sarif", "ttl"):
        assert validate(folder, name, format_=format_).returncode == status, format_


def test_the_text_is_as_it_was(folder: Path) -> None:
    done = validate(folder, "sound.ttl", format_=None)
    assert done.stdout == "1 files, 1 triples: valid\n"
    done = validate(folder, "my data/bödies.ttl", format_=None)
    assert done.stdout == ""
    assert "my data/bödies.ttl:3\n" in done.stderr


def test_turtle_is_the_shacl_report(folder: Path) -> None:
    done = validate(folder, "my data/bödies.ttl", format_="ttl")
    report = Graph().parse(data=done.stdout, format="turtle")
    (node,) = report.subjects(RDF.type, SH.ValidationReport)
    assert len(set(report.objects(node, SH.result))) > 3
