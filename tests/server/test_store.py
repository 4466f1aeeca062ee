"""The store on disk: built once, held by one, never half."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.app import create_app
from server.settings import Settings
from server.store.loader import StoreError
from server.store.store import GraphStore
from tests.server.door import DATA, environment

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def folders(settings: Settings) -> set[str]:
    return {path.name for path in settings.store.iterdir() if path.is_dir()}


def test_an_unchanged_graph_is_not_loaded_again(settings: Settings) -> None:
    first = GraphStore.open(settings)
    built = (settings.store / first.version / "meta.json").stat().st_mtime_ns
    first.close()
    second = GraphStore.open(settings)
    assert (second.version, second.triples) == (first.version, first.triples)
    assert (settings.store / second.version / "meta.json").stat().st_mtime_ns == built
    second.close()


def test_a_changed_graph_is_another_store_and_the_old_one_goes(
    settings: Settings, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    changing = dataclasses.replace(settings, data=data)
    old = GraphStore.open(changing)
    old.close()
    extra = "<https://w3id.org/cebu/id/state/x> <http://e/p> 1 .\n"
    with (data / "graph" / "schemes.ttl").open("a", encoding="utf-8") as file:
        file.write(extra)
    new = GraphStore.open(changing)
    assert new.triples == old.triples + 1
    assert folders(changing) == {new.version}
    new.close()


def test_union_strict_and_empty(settings: Settings) -> None:
    def count(changed: Settings) -> tuple[int, int, int]:
        data = GraphStore.open(changed)
        try:
            solutions = data.store.query(COUNT)
            assert isinstance(solutions, ox.QuerySolutions)
            (number,) = [row["n"] for row in solutions]
            assert isinstance(number, ox.Literal)
            return int(number.value), data.triples, len(data.graphs)
        finally:
            data.close()

    union = count(settings)
    strict = count(dataclasses.replace(settings, default_graph="strict"))
    assert union[0] == union[1] == strict[1]
    assert strict[0] == 0
    assert union[2] == strict[2] == 4
    assert count(dataclasses.replace(settings, seed=False)) == (0, 0, 0)


def test_strict_and_empty_servers_answer(settings: Settings) -> None:
    for changed in (
        dataclasses.replace(settings, default_graph="strict"),
        dataclasses.replace(settings, seed=False, data=Path("/nothing/here")),
    ):
        app = create_app(changed)
        try:
            client = app.test_client()
            known = 200 if changed.seed else 404
            assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
            assert client.get("/doc/state/viet-nam.html").status_code == known
            assert client.get("/doc/state/viet-nam.ttl").status_code == known
            assert client.get("/dataset.html").status_code == 200
            answer = client.get("/sparql", query_string={"query": COUNT, "format": "csv"})
            assert answer.text.split() == ["n", "0"]
            named = COUNT.replace("{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }")
            answer = client.get("/sparql", query_string={"query": named, "format": "csv"})
            assert (answer.text.split()[1] != "0") is changed.seed
            described = client.get("/sparql", headers={"Accept": "text/turtle"}).text
            assert ("UnionDefaultGraph" in described) is (changed.default_graph == "union")
        finally:
            app.extensions["cebu"].close()


def test_a_store_in_use_is_refused(settings: Settings) -> None:
    data = GraphStore.open(settings)
    with pytest.raises(StoreError, match=f"process \\(id {os.getpid()}\\)"):
        GraphStore.open(settings)
    data.close()
    GraphStore.open(settings).close()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bad", "<http://a/> <http://b/> <http://c/> .\n\n<http://a/> oops 1 .\n", "bad.ttl:3: "),
        ("bad", "<http://a/> <http://b/>", "bad.ttl:1: "),
        ("Bad Name", "", "slug"),
    ],
)
def test_a_bad_file_is_named_and_leaves_nothing(
    settings: Settings, tmp_path: Path, name: str, content: str, message: str
) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    (data / "graph" / f"{name}.ttl").write_text(content, encoding="utf-8")
    GraphStore.open(settings).close()
    before = folders(settings)
    with pytest.raises(StoreError, match=message):
        GraphStore.open(dataclasses.replace(settings, data=data))
    assert folders(settings) == before
    GraphStore.open(settings).close()


def test_a_missing_graph_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cebu build"):
        GraphStore.open(dataclasses.replace(settings, data=tmp_path))


def test_a_folder_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="CEBU_STORE"):
        GraphStore.open(dataclasses.replace(settings, store=tmp_path / "file" / "store"))


def test_a_damaged_store_says_what_to_do(settings: Settings) -> None:
    data = GraphStore.open(settings)
    data.close()
    current = settings.store / data.version / "db" / "CURRENT"
    current.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(StoreError, match="remove it"):
        GraphStore.open(settings)


def test_a_killed_load_leaves_the_old_store_or_none(settings: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "graph").mkdir(parents=True)
    lines = (f"<http://e/{n}> <http://e/p> {n} , 'x{n}' ." for n in range(60_000))
    (data / "graph" / "many.ttl").write_text("\n".join(lines), encoding="utf-8")
    GraphStore.open(settings).close()
    before = folders(settings)
    loading = subprocess.Popen(
        [sys.executable, "-c", "from server.settings import Settings as S\n"
         "from server.store.store import GraphStore as G\nG.open(S.from_environment())"],
        env=environment(settings.store, 1, CEBU_DATA=str(data)),
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not any(settings.store.glob(".building-*/db/*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    loading.send_signal(signal.SIGKILL)
    loading.wait()
    left = folders(settings)
    assert before <= left
    assert any(name.startswith(".building-") for name in left - before)
    old = GraphStore.open(settings)
    assert folders(settings) == {old.version} == before
    old.close()
    new = GraphStore.open(dataclasses.replace(settings, data=data))
    assert new.triples == 120_000
    assert folders(settings) == {new.version}
    new.close()
