"""Writing: one change at a time, made to a copy of the store, which then takes its place.

Staged, validated, logged, served, in this order. Readers never wait and never see a part of a
change. Whatever goes wrong before the change is in the log, all is as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from server.http.problems import Problem
from server.services import Services
from server.store import disk
from server.store.changes import Recorded, Wanted
from server.store.deltas import Delta
from server.store.rdf_patch import Note
from server.validation.verdicts import Verdict

# How long a change waits for those before it.
WAIT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a change: its number, None if nothing was changed or it was only tried.

    `created` says that it made the graph that it was to be made to.
    """

    number: int | None
    delta: Delta
    verdict: Verdict
    created: bool = False


def write(
    here: Services, change: Wanted, note: Note | None = None, *, dry_run: bool = False
) -> Written:
    """Make the change; when this returns, it is on the disk and every new request sees it.

    With `dry_run` all is done but that. Raises `Problem` if it is refused or fails, or if too many
    others are being made.
    """
    with _turn(here):
        with disk.telling(), here.data.draft() as draft:
            heading = here.data.heading(note or Note())
            made = Recorded(change, heading) if heading else change
            changed = here.engine.change(draft, made)
            verdict = Verdict()
            if changed.delta:
                # The record too: it is held against the shapes like all else.
                verdict = here.gate.check(here.data, draft, changed.whole)
            number = None
            # Which built graph the store has is told by the log, also if that changes nothing.
            if (changed.delta or (note and note.seed)) and not dry_run:
                number = here.data.adopt(draft, changed.delta, heading)
        if number is not None:
            here.engine.reload()
    return Written(number, changed.delta, verdict, changed.created)


@contextmanager
def _turn(here: Services) -> Iterator[None]:
    if not here.data.writing.acquire(timeout=WAIT_SECONDS):
        raise Problem(
            "busy",
            "Other changes are being made.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    try:
        yield
    finally:
        here.data.writing.release()
