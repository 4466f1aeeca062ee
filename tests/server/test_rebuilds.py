"""A graph that was built anew is one change: what was written stays, nothing invalid is served."""

import shutil
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.server.door import DATA, Reply, Server, cebu, environment, free_port, serving, start

TOKEN = "a-token-of-the-tests"
PAPER = "https://w3id.org/cebu/graph/priorities-paper-2017"
LINE = "<http://built/{}> <http://built/says> {} .\n"
INVALID = (
    "<https://w3id.org/cebu/id/state/nowhere> a <https://w3id.org/cebu/ontology#MemberState> .\n"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose graph can be built anew."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    return folder


def build(data: Path, *more: str) -> None:
    """Write a graph as if it was built anew: the one of the tests and some statements more."""
    file = "graph/priorities-paper-2017.ttl"
    text = (DATA / file).read_text(encoding="utf-8")
    (data / file).write_text(text + "".join(more), encoding="utf-8")


def settings(data: Path) -> dict[str, str]:
    return {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "0", "CEBU_DATA": str(data)}


def post(server: Server, path: str, body: str = "") -> Reply:
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    return server.request(path, "application/json", method="POST", body=body, headers=headers)


def update(server: Server, text: str) -> None:
    reply = post(server, "/update", text)
    assert reply.status == 204, reply.text


def insert(server: Server, *lines: str) -> None:
    update(server, f"INSERT DATA {{ GRAPH <{PAPER}> {{ {' '.join(lines)} }} }}")


def delete(server: Server, *lines: str) -> None:
    update(server, f"DELETE DATA {{ GRAPH <{PAPER}> {{ {' '.join(lines)} }} }}")


def built(server: Server) -> set[str]:
    """Return the statements of the tests that are there: the local name and the value."""
    body = server.request("/graphs", "application/n-quads").body
    return {
        f"{quad.subject.value.rpartition('/')[2]} {quad.object.value}"
        for quad in ox.parse(body, format=ox.RdfFormat.N_QUADS)
        if "http://built/" in str(quad.subject)
    }


def line(name: str, value: int = 1) -> str:
    return LINE.format(name, value)


def test_a_graph_built_anew_is_one_change_at_the_next_start(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    build(data, line("old"))
    with serving(store, **settings(data)) as server:
        insert(server, line("written"))
    build(data, line("new"))
    with serving(store, **settings(data)) as server:
        assert built(server) == {"new 1", "written 1"}
        last = server.request("/changes/2.json").json()
        assert (last["author"], last["kind"], last["added"], last["removed"]) == (
            "build", "build", 1, 1,
        )  # fmt: skip
        assert "built anew" in last["message"]
        past = "SELECT ?s { ?s <http://built/says> 1 } ORDER BY ?s"
        assert "old" in server.query(past, "text/csv", version="1").text
    # Once: the store knows which built graph it has.
    with serving(store, **settings(data)) as server:
        assert server.request("/changes.json").json()["version"] == 2
        revert = post(server, "/changes/2/revert")
        assert revert.status == 204
        assert built(server) == {"old 1", "written 1"}
    with serving(store, **settings(data)) as server:
        assert built(server) == {"old 1", "written 1"}


def test_conflicts_are_resolved_by_sets(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    build(data, line("both-remove"), line("stays-removed"), line("build-removes"))
    with serving(store, **settings(data)) as server:
        delete(server, line("both-remove"), line("stays-removed"))
        insert(server, line("both-add"), line("rewritten"))
        build(data, line("stays-removed"), line("both-add"))
        assert post(server, "/rebuild").status == 204
        assert built(server) == {"both-add 1", "rewritten 1"}
        assert server.request("/changes/3.json").json()["added"] == 0
        # What it adds that a writer had added too is the built graph's: without it, it goes.
        build(data, line("stays-removed"), line("last"))
        assert post(server, "/rebuild").status == 204
        assert built(server) == {"rewritten 1", "last 1"}
        delete(server, line("last"))
    # A built graph that is the same brings nothing back.
    with serving(store, **settings(data)) as server:
        assert built(server) == {"rewritten 1"}
        assert server.request("/changes.json").json()["version"] == 5


def test_a_store_behind_the_log_knows_the_built_graph(tmp_path: Path, data: Path) -> None:
    store, behind = tmp_path / "store", tmp_path / "behind"
    build(data, line("old"))
    with serving(store, **settings(data)) as server:
        insert(server, line("written"))
    shutil.copytree(store, behind)
    build(data, line("new"), line("next"))
    with serving(store, **settings(data)) as server:
        delete(server, line("new"))
    # As if the machine had stopped before the store was on the disk: only the log was.
    shutil.copy(store / "changes.log", behind)
    with serving(behind, **settings(data)) as server:
        assert built(server) == {"written 1", "next 1"}
        assert server.request("/changes.json").json()["version"] == 3
    build(data, line("new"), line("last"))
    with serving(behind, **settings(data)) as server:
        assert built(server) == {"written 1", "last 1"}


def test_a_former_graph_that_is_lost_is_said_to_be(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    with serving(store, **settings(data)) as server:
        insert(server, line("written"))
    # Numbering goes on without the history, but what was loaded at first is known from it only.
    (store / "changes.log").unlink()
    build(data, line("new"))
    process = start(environment(store, free_port(), **settings(data)))
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "former one is not here" in errors
    build(data)
    with serving(store, **settings(data)) as server:
        assert built(server) == {"written 1"}


def test_an_invalid_graph_is_refused_with_its_report(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    with serving(store, **settings(data)) as server:
        insert(server, line("written"))
    build(data, INVALID)
    process = start(environment(store, free_port(), **settings(data)))
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "nowhere" in errors
    assert "too few values" in errors
    build(data)
    with serving(store, **settings(data)) as server:
        assert built(server) == {"written 1"}
        assert server.request("/changes.json").json()["version"] == 1
        build(data, INVALID)
        reply = post(server, "/rebuild")
        assert (reply.status, reply.json()["conforms"]) == (422, False)
        (data / "graph" / "schemes.ttl").write_text("no Turtle", encoding="utf-8")
        reply = post(server, "/rebuild")
        assert reply.status == 400
        assert "schemes.ttl:1" in reply.json()["detail"]
        assert server.request("/changes.json").json()["version"] == 1


def test_a_running_server_takes_it_while_others_write(tmp_path: Path, data: Path) -> None:
    build(data, line("old"), *(line(f"shared-{index}") for index in range(6)))
    with serving(tmp_path / "store", **settings(data)) as server:
        assert server.request("/rebuild", method="POST").status == 401
        assert post(server, "/rebuild").status == 204
        assert server.request("/changes.json").json()["version"] == 0
        insert(server, line("written"))
        build(data, line("new"), *(line(f"shared-{index}", 2) for index in range(6)))
        tried = post(server, "/rebuild?dry-run=1").json()
        assert (tried["change"], tried["added"], tried["removed"]) == (None, 7, 7)
        assert "old 1" in built(server)

        def write() -> None:
            for index in range(6):
                delete(server, line(f"shared-{index}"))
                insert(server, line(f"during-{index}"))

        writer = threading.Thread(target=write)
        writer.start()
        reply = post(server, "/rebuild?author=Anna")
        assert reply.status == 204, reply.text
        writer.join()
        expected = {"new 1", "written 1"}
        expected |= {f"shared-{index} 2" for index in range(6)}
        expected |= {f"during-{index} 1" for index in range(6)}
        assert built(server) == expected
        changes = server.request("/changes.json").json()["changes"]
        (rebuilt,) = (change for change in changes if change["kind"] == "build")
        assert rebuilt["author"] == "Anna"
        again = post(server, "/rebuild")
        assert (again.status, again.headers["Cebu-Change"]) == (204, None)


def test_the_command_takes_it_with_and_without_a_server(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    with serving(store, **settings(data)) as server:
        insert(server, line("written"))
        env = environment(store, server.port, **settings(data))
        build(data, line("one"))
        assert cebu("update", "--rebuild", env=env).stdout == "done\n"
        assert built(server) == {"written 1", "one 1"}
    build(data, line("two"))
    tried = cebu("update", "--rebuild", "--dry-run", env=env)
    assert tried.stdout == "would add 1 and remove 1 statements\n", tried.stderr
    assert cebu("update", "--rebuild", "-m", "Two", env=env).stdout == "done\n"
    assert cebu("update", env=env).returncode == 2
    with serving(store, **settings(data)) as server:
        assert built(server) == {"written 1", "two 1"}
        assert server.request("/changes/3.json").json()["message"] == "Two"
