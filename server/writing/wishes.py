"""What a request that writes says beside the change itself, and how it is answered.

`author=` and `message=` go into the log of changes, `dry-run=1` makes a try of it. They stand in
the address, or among the fields of a form.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, g, request

from server.http.formats import GRAPHS, HTML, TEXT, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.http.responses import answer, page
from server.store.rdf_patch import MEDIA_TYPE, Note, rows
from server.validation.verdicts import JSON
from server.writing.writes import Written

MAX_AUTHOR: Final = 200
MAX_MESSAGE: Final = 2000

_PATCH: Final = Format("rdfp", MEDIA_TYPE, "RDF Patch")
_OFFERS: Final = (JSON, *GRAPHS, HTML, TEXT, _PATCH)


@dataclass(frozen=True, slots=True)
class Wish:
    """The note for the log of changes, and whether the change is only tried."""

    note: Note
    dry_run: bool


def read(fields: Iterable[tuple[str, str]], kind: str) -> Wish:
    """Return what the fields of a request say. Raises `Problem` if one cannot be used."""
    given: dict[str, str] = {}
    for name, value in fields:
        if name not in {"author", "message", "dry-run"}:
            continue
        if name in given:
            raise Problem("parameter", f"{name} is given twice.", next_step="Give it once.")
        given[name] = value
    if given.get("dry-run", "0") not in {"0", "1"}:
        raise Problem(
            "parameter", f"dry-run is {given['dry-run'][:50]!r}.", next_step="Set it to 1, or 0."
        )
    note = Note(_line(given, "author", MAX_AUTHOR), _line(given, "message", MAX_MESSAGE), kind=kind)
    return Wish(note, given.get("dry-run") == "1")


def told(written: Written, wish: Wish, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer: without a body, unless it was a try or the validator has advice."""
    status = 201 if written.created and not wish.dry_run else 204
    if wish.dry_run or written.verdict.results:
        response = _told_all(written, dry_run=wish.dry_run)
        response.status_code = 200 if status == 204 else status
    else:
        response = Response(status=status)
    if not wish.dry_run:
        response.headers.update(headers or {})
    if written.number is not None:
        response.headers["Cebu-Change"] = str(written.number)
    response.cache_control.no_store = True
    return response


def _told_all(written: Written, *, dry_run: bool) -> Response:
    choice = choose(request.headers.get("Accept"), _OFFERS) or Choice(JSON, JSON.media_type)
    g.negotiated = True
    delta, verdict = written.delta, written.verdict
    counts = f"{len(delta.added):,} statements added, {len(delta.removed):,} removed"
    if choice.format in GRAPHS:
        return answer(verdict.written(choice.format), choice.content_type)
    if choice.format is HTML:
        return page("written.html", counts=counts, dry_run=dry_run, written=written)
    if choice.format is _PATCH:
        return answer("\n".join((*rows(delta), "")), MEDIA_TYPE)
    if choice.format is TEXT:
        title = "This would be changed" if dry_run else f"Change {written.number}"
        return answer(f"{title}: {counts}.\n\n{verdict.text}", choice.content_type)
    members = {
        "change": written.number,
        "dryRun": dry_run,
        "added": len(delta.added),
        "removed": len(delta.removed),
        **verdict.members(),
    }
    body = json.dumps(members, ensure_ascii=False, indent=2) + "\n"
    return answer(body, JSON.media_type)


def _line(given: Mapping[str, str], name: str, most: int) -> str:
    text = given.get(name, "").strip()
    controls = [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs"}]
    if len(text) > most or set(controls) - {"\n", "\t"}:
        raise Problem(
            "parameter",
            f"{name} has {len(text)} characters, or control characters.",
            next_step=f"Write at most {most} characters of text.",
        )
    return " ".join(text.split()) if name == "author" else text
