"""Changes in RDF Patch (https://afs.github.io/rdf-patch/): rows H, TX, A, D and TC.

Beside `id` and `prev`, which the format knows, the header has `number`, `time`, `author`, `message`
and `kind`, `reverts` if the change takes another back, and `seed` if it brings another built graph:
the digest of that. `created` and `dropped` name graphs that came and went, which no row of the
format can say of an empty one. Blank nodes keep the labels that the store has for them.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ontology.namespaces import PREFIXES
from server.store.deltas import Delta

MEDIA_TYPE: Final = "application/rdf-patch"

_INTEGER: Final = f"^^<{PREFIXES['xsd']}integer>"
_DATE_TIME: Final = f"^^<{PREFIXES['xsd']}dateTime>"
_FIELD: Final = re.compile(r"H (?P<name>[a-z]+) (?P<value>.*) \.")
_STRING: Final = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")(?:\^\^<[^>]*>)?')


@dataclass(frozen=True, slots=True)
class Note:
    """What a writer says of a change: who they are, and why they make it."""

    author: str = ""
    message: str = ""
    # What made it: an update, a graph that was sent, taking another back, a rebuilt graph.
    kind: str = "update"
    reverts: int | None = None
    # The digest of the built graph that the store has from then on, if that is another.
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A change as its header has it: its number from 1, its name, its time (UTC), and its note."""

    number: int
    id: str
    previous: str | None
    time: datetime
    note: Note

    @classmethod
    def new(cls, number: int, previous: "Heading | None", note: Note) -> "Heading":
        """Return the heading of a change that is made now, and not before the previous one."""
        now = datetime.now(UTC).replace(microsecond=0)
        return cls(
            number,
            uuid.uuid4().urn,
            previous.id if previous else None,
            max(now, previous.time) if previous else now,
            note,
        )


def written(heading: Heading, delta: Delta) -> bytes:
    """Return the patch, in UTF-8, ending in a newline."""
    note = heading.note
    fields = [
        ("id", f"<{heading.id}>"),
        ("prev", heading.previous and f"<{heading.previous}>"),
        ("number", f'"{heading.number}"{_INTEGER}'),
        ("time", f'"{heading.time:%Y-%m-%dT%H:%M:%SZ}"{_DATE_TIME}'),
        ("author", note.author and _quoted(note.author)),
        ("message", note.message and _quoted(note.message)),
        ("kind", _quoted(note.kind)),
        ("reverts", note.reverts and f'"{note.reverts}"{_INTEGER}'),
        ("seed", note.seed and _quoted(note.seed)),
        *(("created", name) for name in delta.created),
        *(("dropped", name) for name in delta.dropped),
    ]
    header = [f"H {name} {value} ." for name, value in fields if value]
    return "\n".join((*header, *rows(delta), "")).encode()


def rows(delta: Delta) -> list[str]:
    """Return the rows of a transaction."""
    return [
        "TX .",
        *(f"D {line}" for line in delta.removed),
        *(f"A {line}" for line in delta.added),
        "TC .",
    ]


def heading_of(patch: bytes) -> Heading:
    """Return the heading of a patch that `written` has made, of which the header suffices.

    Raises `ValueError` if it is no such patch.
    """
    fields = dict(_fields(_header(patch)))
    try:
        return Heading(
            int(_text(fields["number"])),
            fields["id"][1:-1],
            fields["prev"][1:-1] if "prev" in fields else None,
            datetime.strptime(_text(fields["time"]), "%Y-%m-%dT%H:%M:%S%z"),
            Note(
                _text(fields.get("author", '""')),
                _text(fields.get("message", '""')),
                _text(fields["kind"]),
                int(_text(fields["reverts"])) if "reverts" in fields else None,
                _text(fields.get("seed", '""')),
            ),
        )
    except KeyError as error:
        raise ValueError(f"the patch has no {error} in its header") from error


def delta_of(patch: bytes) -> Delta:
    """Return what a patch that `written` has made adds and removes."""
    lines = patch.decode().split("\n")
    fields = list(_fields(_header(patch)))
    return Delta(
        tuple(line[2:] for line in lines if line.startswith("A ")),
        tuple(line[2:] for line in lines if line.startswith("D ")),
        tuple(value for name, value in fields if name == "created"),
        tuple(value for name, value in fields if name == "dropped"),
    )


def _header(patch: bytes) -> list[str]:
    """Return the rows before the transaction, without one that is cut off."""
    header, end, _ = patch.partition(b"\nTX .")
    return (header if end else header.rpartition(b"\n")[0]).decode().split("\n")


def _fields(header: list[str]) -> Iterator[tuple[str, str]]:
    for row in header:
        match = _FIELD.fullmatch(row)
        if match is None:
            raise ValueError(f"this is no row of a header: {row[:100]!r}")
        yield match["name"], match["value"]


def _quoted(text: str) -> str:
    """Return a literal of N-Triples; its escapes are also those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _text(literal: str) -> str:
    match = _STRING.fullmatch(literal)
    if match is None:
        raise ValueError(f"this is no literal: {literal[:100]!r}")
    return str(json.loads(match["text"]))
