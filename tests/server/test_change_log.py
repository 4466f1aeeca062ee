"""What was acknowledged is there, whole, after whatever happens to the process or the files."""

import contextlib
import dataclasses
import errno
import http.client
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from server.app import create_app
from server.engine.embedded import EmbeddedEngine
from server.services import Services
from server.settings import Settings
from server.store import change_log
from server.store.change_log import ChangeLog
from server.store.changes import SparqlUpdate
from server.store.deltas import Delta
from server.store.loader import StoreError
from server.store.rdf_patch import Heading, Note, delta_of, heading_of, written
from server.store.store import GraphStore
from server.validation.gate import OpenGate
from server.writing import writes
from tests.server.door import Server, environment, free_port

TOKEN = "a-token-of-the-tests"
ROUNDS = int(os.environ.get("CEBU_CRASH_ROUNDS", "200"))


@pytest.fixture
def empty(settings: Settings) -> Settings:
    return dataclasses.replace(settings, seed=False, token=TOKEN)


def insert(data: GraphStore, number: int) -> int | None:
    here = cast(Services, SimpleNamespace(data=data, engine=EmbeddedEngine(data), gate=OpenGate()))
    text = f"INSERT DATA {{ GRAPH <u:g> {{ <u:s> <u:p> {number} }} }}"
    return writes.write(here, SparqlUpdate(text), Note("me", f"number {number}")).number


def values(data: GraphStore) -> list[int]:
    return sorted(int(row["o"]) for row in data.select("SELECT ?o { GRAPH <u:g> { ?s ?p ?o } }"))


def filled(settings: Settings, last: int) -> None:
    """Make changes 1 to `last`."""
    data = GraphStore.open(settings)
    for number in range(data.number + 1, last + 1):
        assert insert(data, number) == number
    data.close()


def test_a_patch_says_who_when_why_and_what() -> None:
    delta = Delta(('<u:a> <u:b> "x\\n" <u:g> .',), ("<u:a> <u:b> _:c <u:g> .",), ("<u:g>",))
    first = Heading.new(1, None, Note("Anna", 'She said "why?"\nand é'))
    second = Heading.new(2, first, Note(kind="revert", reverts=1))
    for heading in (first, second):
        patch = written(heading, delta)
        assert heading_of(patch) == heading
        assert delta_of(patch) == delta
        rows = patch.decode().splitlines()
        assert rows[0] == f"H id <{heading.id}> ."
        assert rows[rows.index("TX .") :] == [
            "TX .", f"D {delta.removed[0]}", f"A {delta.added[0]}", "TC .",
        ]  # fmt: skip
    assert f"H prev <{first.id}> ." in written(second, delta).decode()


def test_changes_are_numbered_and_kept(empty: Settings) -> None:
    filled(empty, 3)
    log = ChangeLog.open(empty.store)
    assert log is not None
    assert (log.first, log.last) == (1, 3)
    assert [log.heading(number).note.message for number in (1, 2, 3)] == [
        "number 1", "number 2", "number 3",
    ]  # fmt: skip
    assert log.heading(2).previous == log.heading(1).id
    assert len(log.delta(3).added) == 1
    with pytest.raises(KeyError):
        log.patch(4)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell names")
def test_a_change_is_on_the_disk_before_it_is_served(
    empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = GraphStore.open(empty)
    insert(data, 1)
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(descriptor: int) -> None:
        sync(descriptor)
        steps.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)

    def renamed(path: Path, target: Path) -> Path:
        steps.append(f"-> {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    insert(data, 2)
    version = data.version
    assert steps[-3:] == ["changes.log", "-> current", empty.store.name]
    assert steps.index(f"-> {version}") < steps.index("changes.log")
    assert "meta.json" in steps[: steps.index(f"-> {version}")]
    data.close()


def test_what_changes_nothing_has_no_number(empty: Settings) -> None:
    data = GraphStore.open(empty)
    assert insert(data, 1) == 1
    version = data.version
    assert insert(data, 1) is None
    assert (data.version, data.number) == (version, 1)
    data.close()


def test_a_torn_last_record_is_dropped_wherever_it_is_cut(
    empty: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    filled(empty, 2)
    path = empty.store / "changes.log"
    whole = path.read_bytes()
    log = ChangeLog.open(empty.store)
    assert log is not None
    log.append(
        Heading.new(3, log.heading(2), Note(message="torn")), Delta(("<u:a> <u:b> 1 <u:g> .",))
    )
    record = path.read_bytes()[len(whole) :]
    tails = [record[:length] for length in range(1, len(record))]
    # After a power failure the length can be there before the bytes are.
    tails += [bytes(len(record)), record[:-9] + bytes(9), b"\xff" * 5000]
    for tail in tails:
        path.write_bytes(whole + tail)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            found = ChangeLog.open(empty.store)
        assert found is not None
        assert found.last == 2
        assert "is dropped" in caplog.text
        assert path.read_bytes() == whole
    data = GraphStore.open(empty)
    assert insert(data, 3) == 3
    assert values(data) == [1, 2, 3]
    data.close()


def test_a_damaged_earlier_record_is_an_error_that_says_what_to_do(empty: Settings) -> None:
    filled(empty, 3)
    path = empty.store / "changes.log"
    whole = path.read_bytes()
    second = whole.index(b"change 2 ")
    for at in (5, whole.index(b"change 1 ") + 7, second - 20, second + 3, second + 80):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreError, match=r"damaged.*Put the file back"):
            GraphStore.open(empty)
    path.write_bytes(whole)
    GraphStore.open(empty).close()


def test_a_damaged_last_record_that_was_acknowledged_is_an_error_and_left_as_it_is(
    empty: Settings,
) -> None:
    filled(empty, 3)
    path = empty.store / "changes.log"
    whole = path.read_bytes()
    third = whole.index(b"change 3 ")
    for at in (third + 3, third + 80, len(whole) - 20):
        damaged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"change 3, .*damaged.*Put the file back"):
            GraphStore.open(empty)
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    data = GraphStore.open(empty)
    assert values(data) == [1, 2, 3]
    data.close()


def test_a_log_that_lost_acknowledged_changes_is_refused(empty: Settings) -> None:
    filled(empty, 3)
    path = empty.store / "changes.log"
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"change 3 ")])
    with pytest.raises(StoreError, match=r"ends at 2, and the store has change 3"):
        GraphStore.open(empty)


def test_a_log_that_is_moved_away_is_begun_anew_and_the_state_stays(empty: Settings) -> None:
    filled(empty, 2)
    (empty.store / "changes.log").unlink()
    data = GraphStore.open(empty)
    assert values(data) == [1, 2]
    assert insert(data, 3) == 3
    data.close()
    data = GraphStore.open(empty)
    assert values(data) == [1, 2, 3]
    assert data.log is not None
    assert data.log.first == 3
    data.close()


def test_a_store_that_is_behind_is_brought_to_the_end_of_the_log(
    empty: Settings, tmp_path: Path
) -> None:
    filled(empty, 1)
    old = tmp_path / "old"
    shutil.copytree(empty.store, old)
    filled(empty, 4)
    shutil.copy(empty.store / "changes.log", old)
    data = GraphStore.open(dataclasses.replace(empty, store=old))
    assert values(data) == [1, 2, 3, 4]
    assert data.number == 4
    data.close()
    again = GraphStore.open(dataclasses.replace(empty, store=old))
    assert again.version == data.version
    again.close()


@pytest.mark.parametrize("lost", ["current", "everything but the log"])
def test_a_lost_store_is_made_again_from_the_log(settings: Settings, lost: str) -> None:
    filled(settings, 3)
    for path in settings.store.iterdir():
        if path.name == "current" or (lost != "current" and path.is_dir()):
            path.unlink() if path.is_file() else shutil.rmtree(path)
    data = GraphStore.open(settings)
    found = data.select("SELECT ?o { GRAPH <u:g> { ?s ?p ?o } } ORDER BY ?o")
    assert [row["o"] for row in found] == ["1", "2", "3"]
    assert data.number == 3
    data.close()


@pytest.mark.parametrize("name", ["layout", "changes.log"])
def test_a_store_of_a_newer_program_is_refused(empty: Settings, name: str) -> None:
    filled(empty, 1)
    path = empty.store / name
    if name == "layout":
        path.write_text("4\n", encoding="ascii")
    else:
        line, _, rest = path.read_bytes().partition(b"\n")
        words = line.decode().split()
        newer = change_log._checked(" ".join([words[0], "2", *words[2:4]]))
        path.write_bytes(newer + rest)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer Cebu"):
        GraphStore.open(empty)
    assert path.read_bytes() == before


@pytest.fixture
def client(empty: Settings) -> Iterator[SimpleNamespace]:
    app = create_app(empty)

    def post(number: int) -> int:
        response = app.test_client().post(
            "/update",
            data=f"INSERT DATA {{ GRAPH <u:g> {{ <u:s> <u:p> {number} }} }}",
            content_type="application/sparql-update",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        response.close()
        return response.status_code

    here: Services = app.extensions["cebu"]
    closing = contextlib.ExitStack()
    closing.callback(here.close)
    yield SimpleNamespace(post=post, data=here.data, settings=empty, close=closing.close)
    closing.close()


@pytest.mark.parametrize("place", ["copy", "meta", "pointer", "log", "half", "fsync", "swap"])
def test_a_full_disk_is_told_and_loses_nothing(
    client: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def half(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[: len(data) // 2])
        refuse()

    assert client.post(1) == 204
    log = client.settings.store / "changes.log"
    before, version = log.read_bytes(), client.data.version
    with monkeypatch.context() as patched:
        match place:
            case "copy":
                patched.setattr("pathlib.Path.mkdir", refuse)
            case "meta":
                patched.setattr("server.store.store._describe", refuse)
            case "pointer":
                patched.setattr("server.store.store._pointer", refuse)
            case "log":
                patched.setattr("server.store.change_log._write_all", refuse)
            case "half":
                patched.setattr("server.store.change_log._write_all", half)
            case "fsync":
                if not Path("/proc/self/fd").is_dir():
                    pytest.skip("the system does not tell names")
                # Systems that give room late say so only here; when the log is cut, there is some.
                calls = iter([refuse])

                def sync(descriptor: int) -> None:
                    if Path(f"/proc/self/fd/{descriptor}").resolve().name == log.name:
                        next(calls, lambda: None)()

                patched.setattr("os.fsync", sync)
            case "swap":
                rename = Path.rename

                def only_folders(path: Path, target: Path) -> Path:
                    if target.name == "current":
                        refuse()
                    return rename(path, target)

                patched.setattr("pathlib.Path.rename", only_folders)
        assert client.post(2) == 507
    assert log.read_bytes() == before
    assert client.data.version == version
    assert values(client.data) == [1]
    assert client.post(3) == 204
    assert values(client.data) == [1, 3]
    client.close()
    data = GraphStore.open(client.settings)
    assert (values(data), data.number) == ([1, 3], 2)
    data.close()


def test_after_a_log_that_cannot_be_cut_no_change_is_taken(
    client: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    assert client.post(1) == 204
    with monkeypatch.context() as patched:
        patched.setattr("server.store.change_log._write_all", fail)
        patched.setattr("server.store.change_log._truncate", fail)
        assert client.post(2) == 500
    assert client.post(3) == 500
    assert values(client.data) == [1]


def test_a_killed_process_has_exactly_the_acknowledged_changes() -> None:
    """Kill it at random points of concurrent writes, and look what the next one finds.

    In memory: what is asked here is the order of the steps, not the disk's own promises.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        seed = str(int(time.time()))
        done = subprocess.run(
            [sys.executable, "-m", "tests.server.crashing", folder, str(ROUNDS), seed],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).resolve().parents[2],
        )
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-3000:]}"
    found = json.loads(done.stdout)
    assert found["acknowledged"] > ROUNDS / 10, found


def test_a_killed_server_has_the_acknowledged_changes(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    port = free_port()
    env = environment(tmp_path, port, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1", CEBU_SEED="0")
    for turn in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
            start_new_session=True, cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving")

        def send(first: int, server: Server) -> None:
            for number in range(first, first + 1000):
                text = f"INSERT DATA {{ GRAPH <u:g> {{ <u:s> <u:p> {number} }} }}"
                try:
                    reply = server.request(
                        "/update", method="POST", body=text, headers={
                            "Content-Type": "application/sparql-update",
                            "Authorization": f"Bearer {TOKEN}",
                        },
                    )  # fmt: skip
                except (OSError, http.client.HTTPException):  # it was killed
                    return
                if reply.status == 204:
                    acknowledged.add(number)

        threads = [
            threading.Thread(
                target=send, args=(turn * 10_000 + index * 1000, Server(port, process))
            )
            for index in (0, 1)
        ]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 30
        while len(acknowledged) <= before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.17 * turn)
        os.killpg(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
        process.communicate()
    settings = Settings.from_environment(env)
    data = GraphStore.open(settings)
    found = set(values(data))
    assert data.log is not None
    assert data.log.last == len(found)
    data.close()
    assert acknowledged <= found
    assert len(found - acknowledged) <= 6
    assert acknowledged
