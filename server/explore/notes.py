"""What a document prints below one of its tables: notes, signs, and the source of the figures."""

import re
from pathlib import Path
from typing import Final

from ontology.namespaces import ID
from server.explore.view import query, select
from server.linked_data.addresses import source_link
from server.store.store import GraphStore

CAPTIONS: Final = query(
    "?dataset ?document ?passage ?words ?start ?line",
    [
        "?dataset a qb:DataSet ;\n  cebu:evidence ?passage .",
        "?passage cebu:exact ?words ;\n"
        "  cebu:start ?start ;\n"
        "  cebu:line ?line ;\n"
        "  oa:hasSource ?document .",
    ],
    "?dataset ?start",
)
_DOCUMENT: Final = ID + "document/"
_TABLE: Final = re.compile(r"Table \d+\.")
_NOTE: Final = re.compile(r"(?:[\w–/]+ = |\* |Notes? ?:|Sources? ?:)")
_SOURCE: Final = re.compile(r"Sources? ?:")
# The longest table has about a hundred lines, its notes a handful.
_MOST_LINES: Final = 140

Place = tuple[str, str | None]


def captions(data: GraphStore) -> dict[str, list[Place]]:
    """Return the words that name each data set, with where they stand."""
    found: dict[str, list[Place]] = {}
    for row in select(data, CAPTIONS, is_fixed=True):
        place = row["words"], source_link(row["passage"], row["line"])
        # The title of a table stands in its caption.
        if not any(row["words"] in words for words, _ in found.get(row["dataset"], [])):
            found.setdefault(row["dataset"], []).append(place)
    return found


def notes(data: GraphStore, folder: Path, dataset: str) -> list[Place]:
    """Return the lines below the table of a data set, as printed, with where they stand.

    `folder` has the stored texts. A data set that is no table of a document has none, and so has
    one whose document is not here or not the text that the graph was read from.
    """
    for row in select(data, CAPTIONS, is_fixed=True):
        if row["dataset"] != dataset or not _TABLE.match(row["words"]):
            continue
        slug = row["document"].removeprefix(_DOCUMENT)
        try:
            text = (folder / "sources" / f"{slug}.txt").read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return []
        start = int(row["start"])
        if text[start : start + len(row["words"])] != row["words"]:
            return []
        return _below(text, slug, start, int(row["line"]))
    return []


def _below(text: str, slug: str, start: int, line: int) -> list[Place]:
    found: list[Place] = []
    at = text.rfind("\n", 0, start) + 1
    for number in range(line, line + _MOST_LINES):
        end = text.find("\n", at)
        words = text[at : end if end >= 0 else len(text)]
        if (found or _NOTE.match(words)) and words.strip():
            # No statement rests on most of these lines, so they are no passages.
            found.append((words.strip(), f"/sources/{slug}?at={at}#L{number}"))
            if _SOURCE.match(words):
                return found
        if end < 0 or len(found) > 8:
            break
        at = end + 1
    return []
