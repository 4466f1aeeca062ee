"""Programs that are measured: found, started, waited for, weighed and stopped."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from server.settings import ROOT


class NotInstalledError(Exception):
    """A program that is compared is not on this machine; the message says how to get it."""


def program(variable: str, names: Sequence[str], how: str) -> str:
    """Return the path of a program: the one that the environment names, or the first in PATH.

    Raises `NotInstalledError` if there is none.
    """
    wanted = [os.environ[variable]] if os.environ.get(variable) else names
    for name in wanted:
        if found := shutil.which(name):
            return found
    raise NotInstalledError(
        f"{names[0]} is not installed: {how}, or name the program in {variable}"
    )


@contextlib.contextmanager
def running(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program, its output in `log`, and stop it at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=cwd
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(
    answers: Callable[[], object],
    process: "subprocess.Popen[bytes]",
    log: Path,
    seconds: float = 1800,
    pause: float = 0.05,
) -> None:
    """Wait until the call raises no `OSError`.

    Raises `RuntimeError` with the end of the log if the program ends before or takes too long.
    """
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            answers()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{process.args!r} does not answer; it printed: {tail}")
        time.sleep(pause)


def memory(pid: int) -> int:
    """Return the bytes of memory of a process and all below it, each shared page counted once.

    That is the sum of the proportional set sizes (proc(5), `smaps_rollup`).
    """
    total = 0
    for member in (pid, *_below(pid)):
        # One may end while we count.
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii")
            total += sum(
                int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")
            )
    return total * 1024


def _below(pid: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything, so we count from behind it.
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    ready = [pid]
    while ready:
        found = children.get(ready.pop(), [])
        yield from found
        ready += found
