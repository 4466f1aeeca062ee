"""Writing: one change at a time, made to a copy of the store, which then takes its place.

Readers never wait and never see a part of a change. Whatever goes wrong before the last step, the
store is as it was.
"""

from typing import Final

from server.changes import Change, Changed
from server.problems import Problem
from server.services import Services
from server.store import DraftPlace

# How long a change waits for those before it.
WAIT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 5


def write(here: Services, change: Change) -> Changed:
    """Make the change; when this returns, every new request sees it.

    Raises `Problem` if it is refused or fails, or if too many others are being made.
    """
    if not here.data.writing.acquire(timeout=WAIT_SECONDS):
        raise Problem(
            "busy",
            "Other changes are being made.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    try:
        with here.data.draft() as draft:
            changed = here.engine.change(draft, change)
            _check(draft)
            here.data.adopt(draft)
        here.engine.reload()
    finally:
        here.data.writing.release()
    return changed


def _check(draft: DraftPlace) -> None:
    """Raise `Problem` if the changed graph may not be served: the place for validation."""
