"""`cebu serve`: the server, in the foreground, until it is told to stop."""

import contextlib
import gc
import importlib
import logging
import multiprocessing
import multiprocessing.util
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from server.commands import fail
from server.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flask import Flask

    from server.engine.embedded import Engine
    from server.engine.template import Template
    from server.services import Services
    from server.store.store import GraphStore

# For pages and refusals, beside those of the queries that run or wait.
THREADS: Final = 16
STOP_SECONDS: Final = 10
# Slow senders get no longer to send the head of a request.
HEAD_SECONDS: Final = 10
_POLL_SECONDS: Final = 0.05
# Standard output has the one line that the server prints itself.
_TO_STDERR: Final = {
    "formatters": {"lines": {"()": "server.logs.JsonLines"}},
    "handlers": {
        name: {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    },
}


@click.command()
@click.option("--host", help="Address to listen on (default: HOST, or 127.0.0.1).")
@click.option("--port", help="Port to listen on (default: PORT, or 8000).")
def command(host: str | None, port: str | None) -> None:
    """Serve the graph of data/graph/ until interrupted.

    The store is built in CEBU_STORE first if the graph has changed. docs/server.md lists the
    settings. Prints one line with the address once requests are answered.
    """
    given = {"HOST": host, "PORT": port}
    environ = {**os.environ, **{name: value for name, value in given.items() if value}}
    try:
        settings = Settings.from_environment(environ)
        _check_port(settings)
    except SettingsError as error:
        fail(f"{error}.")
    _serve(settings)


def _check_port(settings: Settings) -> None:
    """Raise `SettingsError` if we could not listen on the address.

    The server shares its port between processes, so it would not notice another that does.
    """
    place = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SettingsError(
            f"Cannot listen on {place}: {reason}. Stop what uses that port, or set PORT to another"
        ) from error


def _serve(settings: Settings) -> None:
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    # The worker is a fork of this process, with all modules loaded: half of the time of a start.
    # There is no thread here whose locks it could copy but those that wait for an earlier worker.
    multiprocessing.set_start_method("fork", force=True)
    importlib.import_module("server.app")
    # What is loaded stays: looking at it for garbage would only unshare its memory.
    gc.collect()
    gc.freeze()
    server = Server(
        "cebu",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.workers + settings.queue + THREADS,
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        log_level=LogLevels.error,
        log_dictconfig=_TO_STDERR,
    )
    # That the worker is gone need not be told after the worker's own words.
    logging.getLogger("_granian").setLevel(logging.CRITICAL)
    # Not by name: the worker gets the very settings that were checked.
    load = partial(_load, settings, os.getpid(), turn := _Turn())
    server.on_reload(turn.wait)
    server.serve(target_loader=load, wrap_loader=False)


@dataclass
class _Turn:
    """Whether a worker follows another, and so waits until that one lets the store go."""

    waits: bool = False

    def wait(self) -> None:
        self.waits = True


def _load(settings: Settings, parent: int, turn: _Turn) -> "Flask":
    """Return the application, in the worker process."""
    from server.engine.template import Template

    # It starts while we load the rest.
    template = Template() if settings.workers and not settings.backend.query else None
    from server import logs
    from server.app import create_app
    from server.library.library import LibraryError
    from server.preparation import Preparation
    from server.store.loader import StoreError, StoreInUseError

    logs.configure(settings.log)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    answering = threading.Event()
    announce = threading.Thread(
        target=_announce,
        args=(_url(settings), answering),
        kwargs={"aloud": not turn.waits},
        daemon=True,
    )
    announce.start()
    deadline = time.monotonic() + (2 * STOP_SECONDS if turn.waits else 0)
    while True:
        try:
            app = create_app(settings, partial(_start_engine, template=template), rebuild=True)
            # The query processes would end with this one; their snapshots would stay.
            here = app.extensions["cebu"]
            # A forked process does not come to what is registered with `atexit`.
            multiprocessing.util.Finalize(None, here.close, exitpriority=100)
            if settings.token and not settings.backend.query:
                threading.Thread(target=_prepare, args=(here, answering), daemon=True).start()
            if not settings.backend.query:
                preparation = Preparation(app, here.data)
                # Before the store is let go.
                multiprocessing.util.Finalize(None, preparation.close, exitpriority=101)
                preparation.start(answering.wait)
            return app
        except (StoreError, LibraryError) as error:
            if isinstance(error, StoreInUseError) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
            click.echo(f"Error: {error}.", err=True)
            sys.exit(1)


def _start_engine(data: "GraphStore", settings: Settings, template: "Template | None") -> "Engine":
    """Return the engine for strangers: query processes that can be killed.

    Raises `StoreError` if they cannot be started.
    """
    from server.engine.embedded import EmbeddedEngine
    from server.engine.pool import QueryPool
    from server.store import disk
    from server.store.loader import StoreError

    if template is None:
        return EmbeddedEngine(data, settings.limits)
    try:
        return QueryPool(
            data,
            settings.store,
            workers=settings.workers,
            waiting=settings.queue,
            limits=settings.limits,
            in_memory=settings.in_memory,
            template=template,
        )
    except (OSError, EOFError, RuntimeError) as error:
        advice = "Check the memory, or set CEBU_WORKERS to a lower number"
        if disk.full(error):
            advice = "Make room on that disk and start again; nothing is lost"
        raise StoreError(
            f"{settings.store}: the query processes cannot be started: {error!r}. {advice}"
        ) from error


def _follow(parent: int) -> None:
    """End this worker when its parent is gone, even if that was killed without notice."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


def _url(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


def _prepare(here: "Services", answering: threading.Event) -> None:
    """Validate the graph once the server answers: the first write need not wait for it then."""
    answering.wait()
    here.gate.prepare(here.data)


def _announce(url: str, answering: threading.Event, *, aloud: bool) -> None:
    """Wait until the server answers, and print its address then if `aloud`."""
    import urllib.error
    import urllib.request

    # Our own address, and no proxy between.
    opener: Any = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        with contextlib.suppress(urllib.error.URLError, OSError):
            opener.open(f"{url}/health", timeout=5).close()
            break
        time.sleep(_POLL_SECONDS)
    answering.set()
    if aloud:
        click.echo(f"serving on {url}")
        sys.stdout.flush()
