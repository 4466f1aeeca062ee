"""A process that is killed while it writes, again and again: `python -m tests.server.crashing`.

The parent has one thread and only forks, reads a pipe and kills. Each child opens the store, tells
what is in it, and then makes changes from several threads at once, telling of each before it begins
and after it has returned. What a child has told is compared with what the next one finds.
"""

import dataclasses
import json
import os
import random
import select
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyoxigraph as ox

from server.engine.embedded import EmbeddedEngine
from server.services import Services
from server.settings import Settings
from server.store.changes import SparqlUpdate
from server.store.deltas import net
from server.store.provenance import recorded
from server.store.rdf_patch import Note
from server.store.store import GraphStore
from server.validation.gate import OpenGate
from server.writing.writes import write

THREADS = 3
LONGEST_SECONDS = 0.3


@dataclasses.dataclass
class Told:
    """What is known from outside: the changes begun, and those that were acknowledged."""

    begun: set[str] = dataclasses.field(default_factory=set)
    acknowledged: dict[str, int] = dataclasses.field(default_factory=dict)


def child(settings: Settings, turn: int, pipe: int) -> None:
    """Open the store, tell what is in it, and write until the end."""

    def tell(**words: Any) -> None:  # noqa: ANN401 (whatever JSON can be)
        os.write(pipe, json.dumps(words).encode() + b"\n")

    data = GraphStore.open(settings)
    log = data.log
    numbers = range(log.first, log.last + 1) if log else range(0)
    state = sorted(
        f"{quad} ." for quad in data.store if not isinstance(quad.graph_name, ox.DefaultGraph)
    )
    headings = [log.heading(number) for number in numbers] if log else []
    folded = [*(net(log.delta(number) for number in numbers).added if log else ())]
    # What is recorded of the changes came with them, and is what the log alone says.
    folded += [f"{quad} ." for quad in recorded(headings).added]
    tell(
        messages=[heading.note.message for heading in headings],
        fits=state == sorted(folded),
        number=data.number,
        last=log.last if log else 0,
        states=len(state),
    )
    here = cast(
        Services,
        SimpleNamespace(data=data, engine=EmbeddedEngine(data), gate=OpenGate()),
    )

    def work(name: str) -> None:
        for index in range(10_000):
            label = f"{turn}-{name}-{index}"
            tell(begun=label)
            text = f"INSERT DATA {{ GRAPH <u:g> {{ <u:{label}> <u:p> 1, 2 }} }}"
            if index:
                text += (
                    f"; DELETE DATA {{ GRAPH <u:g> {{ <u:{turn}-{name}-{index - 1}> <u:p> 1 }} }}"
                )
            done = write(here, SparqlUpdate(text), Note(message=label))
            tell(done=label, number=done.number)

    for index in range(THREADS):
        threading.Thread(target=work, args=(str(index),)).start()
    signal.pause()


def run(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    """Return how many changes were acknowledged, and how many were there without that."""
    chance = random.Random(seed)
    settings = dataclasses.replace(Settings.from_environment({}), store=folder, seed=False)
    told = Told()
    extra = torn = 0
    for turn in range(rounds + 1):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                os.close(reading)
                child(settings, turn, writing)
            finally:
                os._exit(1)
        os.close(writing)
        is_last = turn == rounds
        # Some are killed while they open the store, most while they write.
        begins = is_last or chance.random() < 0.7
        output = _read(reading, 30.0, until_first=True) if begins else b""
        if not is_last:
            output += _read(reading, chance.uniform(0, LONGEST_SECONDS))
        _kill_group(pid)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"round {turn}: the child ended by itself ({status})"
        output += _read(reading, 5.0)
        os.close(reading)
        for line in output.split(b"\n")[:-1]:
            words = json.loads(line)
            if "messages" in words:
                extra += _compare(words, told, turn)
            elif "begun" in words:
                told.begun.add(words["begun"])
            else:
                told.acknowledged[words["done"]] = words["number"]
        torn += b'"messages"' not in output
    return {
        "acknowledged": len(told.acknowledged),
        "begun": len(told.begun),
        "unacknowledged": extra,
        "killed while opening": torn,
    }


def _compare(found: dict[str, Any], told: Told, turn: int) -> int:
    """Return how many changes are there that nobody was told of: those in flight at a kill."""
    messages = found["messages"]
    assert len(set(messages)) == len(messages), f"round {turn}: a change is there twice"
    assert found["fits"], f"round {turn}: the store is not what its log says"
    assert found["number"] == found["last"] == len(messages)
    for label, number in told.acknowledged.items():
        assert messages[number - 1] == label, f"round {turn}: change {number} ({label}) is lost"
    more = set(messages) - told.acknowledged.keys()
    assert more <= told.begun, f"round {turn}: {more - told.begun} were never asked for"
    return len(more)


def _read(pipe: int, seconds: float, *, until_first: bool = False) -> bytes:
    deadline = time.monotonic() + seconds
    output = b""
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([pipe], [], [], left)[0]:
            break
        piece = os.read(pipe, 1 << 20)
        output += piece
        if not piece or (until_first and b"\n" in output):
            break
    return output


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet a group of its own
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
