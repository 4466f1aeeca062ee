"""`cebu serve` as a process: what it prints, what it refuses, how it ends."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.server.door import Server, cebu, environment, free_port, serving, start


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:  # it ended
        return []
    return [int(child) for child in text.split()]


def is_running(pid: int) -> bool:
    """Say whether any thread of a process lives: the last one to end closes its files."""
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        return state != "Z" or len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    return False


def wait_until_gone(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(is_running, pids))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_stops_and_leaves_no_orphan(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as running:
        assert running.request("/health").status == 200
        workers = children(running.process.pid)
        assert workers
        running.process.send_signal(number)
        out, err = running.process.communicate(timeout=20)
        assert (out, err) == ("", "")
        if number != signal.SIGKILL:
            assert running.process.returncode == 0
        assert wait_until_gone(workers, 10)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", running.port)) != 0


def test_a_busy_port_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    done = cebu("serve", env=environment(tmp_path, server.port))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}: Address already in use" in done.stderr
    assert server.request("/health").status == 200


def test_a_store_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        done = cebu("serve", env=environment(tmp_path, free_port()))
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert "another process" in done.stderr
        assert running.request("/health").status == 200


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PORT", "http", "PORT is 'http'"),
        ("HOST", "no.such.host.invalid", "Cannot listen on no.such.host.invalid"),
        ("CEBU_SEED", "maybe", "CEBU_SEED is 'maybe'"),
        ("CEBU_DATA", "/nothing/here", "/nothing/here/graph: there is no built graph"),
    ],
)
def test_a_bad_setting_is_one_clear_line(
    tmp_path: Path, variable: str, value: str, message: str
) -> None:
    done = cebu("serve", env=environment(tmp_path, free_port(), **{variable: value}))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_options_override_the_environment(tmp_path: Path) -> None:
    done = cebu("serve", "--port", "x", env=environment(tmp_path, free_port()))
    assert "PORT is 'x'" in done.stderr


def test_a_worker_that_dies_ends_the_server(tmp_path: Path) -> None:
    process = start(environment(tmp_path, free_port()))
    assert process.stdout is not None
    process.stdout.readline()
    for child in children(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    process.communicate(timeout=20)
    assert process.returncode == 1
