"""A rebuilt graph takes the old one's place at once."""

import sys
import threading
from pathlib import Path

import pytest
from rdflib import Graph

from ingest.build import write_graphs
from ingest.exchange import exchange


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the step")
def test_whoever_reads_finds_the_old_graph_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    write_graphs({"one": Graph()}, folder)
    missing: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            if not (folder / "one.ttl").is_file():
                missing.append("gone")

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(200):
        write_graphs({"one": Graph()}, folder)
    done.set()
    looking.join()
    assert not missing
    assert [path.name for path in tmp_path.iterdir()] == ["graph"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the step")
def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one").is_dir()


def test_without_the_step_the_folder_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.build.exchange", lambda one, other: False)
    for name in ("one", "two"):
        write_graphs({name: Graph()}, tmp_path / "graph")
    assert [path.name for path in (tmp_path / "graph").iterdir()] == ["two.ttl"]
    assert [path.name for path in tmp_path.iterdir()] == ["graph"]
