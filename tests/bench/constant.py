"""An application that answers with so many bytes, on the same server program as Cebu.

    python -m tests.bench.constant PORT THREADS

What it reaches is what the server program leaves to any application.
"""

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

Start = Callable[[str, list[tuple[str, str]]], object]


@functools.cache
def _answer(size: int) -> tuple[bytes, list[tuple[str, str]]]:
    return b"x" * size, [("Content-Type", "text/csv"), ("Content-Length", str(size))]


def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer `?bytes=N` with N bytes (PEP 3333)."""
    body, headers = _answer(int(environ["QUERY_STRING"].partition("=")[2] or 0))
    start("200 OK", headers)
    return [body]


def main(port: int, threads: int) -> None:
    """Serve until interrupted, with the settings that `cebu serve` gives its server program."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "tests.bench.constant:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
