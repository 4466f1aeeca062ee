"""A graph that was built anew goes through the door: what is different is one change of the store.

The difference is that of the former built graph and the new one, not of the store and the new one:
what was written stays. It is made by plain set semantics: what it adds is there afterwards and what
it removes is not, whoever wrote about it between. The log tells with the change which built graph
the store has from then on; so each difference is made once.
"""

import threading
from typing import Final

from flask import Blueprint, Response, request

from server.http.problems import Problem
from server.services import Services, services
from server.store import disk
from server.store.changes import Restoration
from server.store.deltas import Delta, difference
from server.store.loader import StoreError
from server.store.rdf_patch import Note
from server.validation.verdicts import Invalid, Verdict
from server.writing import auth, wishes
from server.writing.writes import Written, write

blueprint = Blueprint("rebuilds", __name__)

AUTHOR: Final = "build"
MESSAGE: Final = "The graph was built anew"

_rebuilding = threading.Lock()


@blueprint.post("/rebuild")
def rebuild() -> Response:
    """Take the graph that is in the data folder now, or try it."""
    auth.check(request, services().settings)
    given = [*request.args.items(multi=True), *request.form.items(multi=True)]
    wish = wishes.read(given, "build")
    return wishes.told(take(services(), wish.note, dry_run=wish.dry_run), wish)


def take(here: Services, note: Note | None = None, *, dry_run: bool = False) -> Written:
    """Make the change that the graph's files ask for, if they have changed.

    Raises `Problem` as `write` does, and if the files cannot be loaded or compared.
    """
    given = note or Note()
    with _rebuilding:
        try:
            with disk.telling():
                found = here.data.built(here.settings)
        except StoreError as error:
            raise Problem("update-failed", f"{error}.") from error
        if found is None:
            return Written(None, Delta(), Verdict())
        seed, new = found
        try:
            with disk.telling(), here.data.former_seed() as old:
                delta = difference(old, new)
        except KeyError as error:
            raise Problem(
                "conflict",
                "The built graph has changed, and the former one is not here to compare it with.",
                next_step="Put the former graph back, or write what is different with an update.",
            ) from error
        told = Note(given.author or AUTHOR, given.message or MESSAGE, "build", seed=seed)
        change = Restoration(delta, partly=True)
        return write(here, change, told, dry_run=dry_run)


def take_at_start(here: Services) -> None:
    """Make that change before anything is served. Raises `StoreError` if it cannot be made."""
    try:
        take(here)
    except Invalid as error:
        raise StoreError(
            f"{here.settings.graph_folder}: the graph was built anew, and is not valid together "
            f"with what was written to the store:\n\n{error.verdict.text}\nMend the graph, or put "
            "the former one back and change what was written; then start again"
        ) from error
    except Problem as error:
        raise StoreError(
            f"{here.settings.graph_folder}: the graph was built anew, and the store could not take "
            f"it: {error.detail} {error.next_step}"
        ) from error
