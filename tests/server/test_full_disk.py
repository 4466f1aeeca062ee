"""A disk that is full, for real: a small file system, filled to its last byte."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.door import DATA, Reply, Server, cebu, environment, free_port, serving

TOKEN = "a-token-of-the-tests"
GRAPH = "http://g/1"
PAPER = "graph/priorities-paper-2017.ttl"
BUILT = "<http://built/new> <http://built/says> 1 .\n"
MEGABYTE = 1024 * 1024
ENOUGH = 64 * MEGABYTE


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(_mounting(Path(folder), 4096), capture_output=True, check=False)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
    )


def _mounting(folder: Path, size: int, options: str = "") -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", f"{options}size={size}", "tmpfs", str(folder)]


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tmpfs is Linux's")
MAY_MOUNT = sys.platform.startswith("linux") and _may_mount()
mounting = pytest.mark.skipif(
    not MAY_MOUNT, reason="only root may mount a file system; `unshare -rm` makes one in its own"
)


class Disk:
    """A file system in memory, and a file that takes its room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self._filler = folder / "filler"

    def fill(self, left: int = 0) -> None:
        """Take all room but `left` bytes."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        if left:
            os.truncate(self._filler, max(0, self._filler.stat().st_size - left))

    def empty(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)

    def resize(self, size: int) -> None:
        subprocess.run(_mounting(self.folder, size, "remount,"), check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(_mounting(folder, ENOUGH), check=True)
    try:
        yield Disk(folder)
    finally:
        # Lazily: a server that was killed may still be ending.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def request(server: Server, method: str, path: str, body: str, media_type: str) -> Reply:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {TOKEN}"}
    return server.request(path, "application/json", method=method, body=body, headers=headers)


def update(server: Server, number: int) -> Reply:
    text = f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <http://a> <http://b> {number} }} }}"
    return request(server, "POST", "/update", text, "application/sparql-update")


def put(server: Server, number: int) -> Reply:
    text = f"<http://a> <http://put> {number} ."
    return request(server, "POST", f"/graphs?graph={GRAPH}", text, "text/turtle")


def rebuild(server: Server) -> Reply:
    return request(server, "POST", "/rebuild", "", "application/sparql-update")


def values(server: Server) -> list[int]:
    query = f"SELECT ?o {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }} ORDER BY ?o"
    return [int(word) for word in server.query(query, "text/csv").text.split()[1:]]


def number_of_changes(server: Server) -> int:
    return int(server.request("/changes.json").json()["version"])


@mounting
def test_a_full_disk_loses_nothing_and_takes_the_same_writes_once_there_is_room(
    disk: Disk, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "2", "CEBU_DATA": str(data)}
    with serving(disk.store, **more) as server:
        assert update(server, 1).status == 204
        with (data / PAPER).open("a", encoding="utf-8") as file:
            file.write(BUILT)
        before = server.request("/health").json()
        disk.fill()
        for reply in (update(server, 2), put(server, 3), rebuild(server)):
            assert reply.status == 507, reply.text
            problem = reply.json()
            assert problem["type"].endswith("#storage-full")
            assert "Nothing was changed or lost" in problem["next"]
        assert values(server) == [1]
        assert number_of_changes(server) == 1
        assert server.request("/health").json() == before
        assert server.request("/id/state/viet-nam").status == 303
        assert server.request("/doc/state/viet-nam", "text/turtle").status == 200
        disk.empty()
        assert update(server, 2).status == 204
        assert put(server, 3).status == 204
        assert rebuild(server).status == 204
        assert values(server) == [1, 2, 3]
    with serving(disk.store, **more) as server:
        assert values(server) == [1, 2, 3]
        assert number_of_changes(server) == 4
        assert "1" in server.query("SELECT ?o { <http://built/new> ?p ?o }", "text/csv").text


@mounting
def test_wherever_a_write_runs_out_of_room_it_is_made_or_refused(disk: Disk) -> None:
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "1", "CEBU_SEED": "0"}
    acknowledged: list[int] = []
    refused = 0
    with serving(disk.store, **more) as server:
        # From no room at all to more than a write takes, in steps smaller than what it takes.
        for number in range(1, 25):
            disk.fill(left=number * MEGABYTE // 2)
            reply = update(server, number)
            assert reply.status in {204, 507}, (number, reply.text)
            if reply.status == 204:
                acknowledged.append(number)
            refused += reply.status == 507
            assert values(server) == acknowledged
            disk.empty()
        assert refused
        assert acknowledged
    with serving(disk.store, **more) as server:
        assert values(server) == acknowledged
        assert number_of_changes(server) == len(acknowledged)


@mounting
@pytest.mark.parametrize("left", [0, 64 * 1024])
def test_a_start_without_room_says_so_and_the_next_one_with_room_succeeds(
    disk: Disk, left: int
) -> None:
    disk.fill(left)
    env = environment(disk.store, free_port())
    done = cebu("serve", env=env)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith(f"Error: {disk.store}: ")
    assert "o space left on device" in done.stderr
    assert "Make room" in done.stderr
    disk.empty()
    with serving(disk.store) as server:
        assert server.request("/health").status == 200


@mounting
def test_a_store_that_is_there_is_served_from_a_full_disk(disk: Disk) -> None:
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "1", "CEBU_SEED": "0"}
    with serving(disk.store, **more) as server:
        assert update(server, 1).status == 204
    # What opening a database takes, and less than a write does.
    disk.fill(left=3 * MEGABYTE)
    with serving(disk.store, **more) as server:
        assert values(server) == [1]
        assert update(server, 2).status == 507
        disk.empty()
        assert update(server, 2).status == 204
        assert values(server) == [1, 2]


@pytest.mark.skipif(MAY_MOUNT, reason="the tests above were run as they are")
def test_the_tests_above_in_a_name_space_of_their_own() -> None:
    if not _may_unshare():
        pytest.skip("neither `mount` nor `unshare -rm` is allowed here")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        ["unshare", "-rm", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
