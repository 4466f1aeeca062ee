"""Validations in processes that can be killed, one for each body and few at a time."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from server import metrics
from server.engine.limits import Limits
from server.engine.turns import WAIT_SECONDS, Turns
from server.http.problems import Problem
from server.settings import ROOT
from server.store.store import GraphStore
from server.validation.worker import Job, Outcome

# Each takes a processor while it runs; queries have their own processes.
PROCESSES: Final = 2
# How many more may wait, and how long. Each holds a thread of the server.
WAITING: Final = 6
RETRY_SECONDS: Final = 10

# The name tells the query processes too that it is theirs to remove at the next start.
_PREFIX: Final = ".snapshot-validate-"


class Validators:
    """The processes that validate what strangers send, within the limits of a query."""

    def __init__(self, data: GraphStore, folder: Path, limits: Limits) -> None:
        self._data = data
        self._folder = folder
        self._limits = limits
        self._turns = Turns(PROCESSES, WAITING, RETRY_SECONDS)
        for path in folder.glob(f"{_PREFIX}*"):  # left by a server that was killed
            shutil.rmtree(path, ignore_errors=True)

    def validate(
        self, body: bytes, media_type: str, answer: str, *, with_graph: bool
    ) -> tuple[bool, bytes]:
        """Return whether the data conforms, and the report in the format `answer`.

        Raises `Problem` if the data cannot be read, if it takes more time or memory than it may, or
        if all are busy.
        """
        try:
            full = f"{WAITING} validations are waiting already."
            late = f"No validation ended within {WAIT_SECONDS:g} seconds."
            with self._turns.turn(full, late), self._room() as folder:
                # One limit for all of it: the graph may have to be fetched from another engine.
                deadline = time.monotonic() + self._limits.seconds
                if with_graph:
                    self._fetch(folder / "db", deadline)
                job = self._job(folder, media_type, answer, with_graph=with_graph)
                outcome, report = self._run(job, body, deadline)
        except Problem as problem:
            metrics.VALIDATIONS.labels(problem.slug).inc()
            raise
        metrics.VALIDATIONS.labels("conforms" if outcome.conforms else "violations").inc()
        return bool(outcome.conforms), report

    @contextlib.contextmanager
    def _room(self) -> Iterator[Path]:
        # Beside the store, so that a snapshot is made of hard links.
        with tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=self._folder, ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)

    def _fetch(self, folder: Path, deadline: float) -> None:
        try:
            self._data.backup(folder, deadline)
        except Problem as problem:
            if problem.slug != "query-timeout":
                raise
            raise Problem(
                "validation-timeout",
                f"The graph did not come from the engine within {self._limits.seconds:g} seconds.",
                next_step="Validate against the ontology alone, or have CEBU_TIMEOUT raised.",
                more={"limit": self._limits.seconds},
            ) from problem

    def _job(self, folder: Path, media_type: str, answer: str, *, with_graph: bool) -> Job:
        return Job(
            media_type=media_type,
            answer=answer,
            memory=self._limits.memory,
            folder=str(folder),
            parent=os.getpid(),
            store=str(folder / "db") if with_graph else "",
            union=self._data.union,
        )

    def _run(self, job: Job, body: bytes, deadline: float) -> tuple[Outcome, bytes]:
        order = json.dumps(asdict(job)).encode() + b"\n"
        with subprocess.Popen(
            [sys.executable, "-m", "server.validation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The parser's last words when memory runs out; we see how the process ends.
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        ) as process:
            try:
                written, _ = process.communicate(
                    order + body, timeout=max(0.0, deadline - time.monotonic())
                )
            except subprocess.TimeoutExpired:
                raise Problem(
                    "validation-timeout",
                    f"The validation was stopped after {self._limits.seconds:g} seconds.",
                    more={"limit": self._limits.seconds},
                ) from None
            finally:
                process.kill()
        return self._outcome(written, process.returncode)

    def _outcome(self, written: bytes, status: int) -> tuple[Outcome, bytes]:
        head, end, report = written.partition(b"\n")
        if end:
            outcome = Outcome(**json.loads(head))
            if outcome.slug:
                raise Problem(
                    outcome.slug, outcome.detail, next_step=outcome.next_step, more=outcome.more
                )
            return outcome, report
        # Who cannot get memory from the system gives up with this signal.
        if status == -signal.SIGABRT:
            raise Problem(
                "validation-memory",
                f"The validation took more than {self._limits.memory:,} bytes of memory.",
                more={"limit": self._limits.memory},
            )
        raise Problem("validation-failed", f"The process that validated ended (status {status}).")
