"""The record of the last validation: of which graph, when, and what it found.

Validation takes half a minute, so no page runs it. `cebu build` and `cebu validate` note their
finding in `validation.json` in the data folder; a reader can tell whether it is of the graph that
is served.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from server.store.loader import digest_of
from server.store.store import LAYOUT

if TYPE_CHECKING:
    from server.commands.checks import Examination

FILE: Final = "validation.json"

_SHOWN: Final = 100
"""Messages that the record keeps; how many there were in all is counted."""


@dataclass(frozen=True, slots=True)
class Message:
    """One finding: of what, how bad, and what to do."""

    entity: str
    label: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class ValidationRecord:
    """What a validation found. `versions` are the dataset versions that it is about.

    `severities` counts the results of the shapes, `sources` the disagreements with the documents;
    `messages` are the first of both.
    """

    checked: str
    versions: tuple[str, ...]
    conforms: bool
    severities: dict[str, int]
    sources: int
    messages: tuple[Message, ...]

    @classmethod
    def of(cls, examination: "Examination", sums: Mapping[str, bytes]) -> Self:
        """Return the record of what was found now in the graph of files with these sums."""
        results = examination.report.results
        found = [
            Message(str(item.entity), item.label, item.severity, item.message) for item in results
        ]
        found += [Message("", "", "Source", text) for text in examination.sources]
        return cls(
            datetime.now(UTC).isoformat(timespec="seconds"),
            versions(sums),
            examination.report.conforms and not examination.sources,
            dict(Counter(item.severity for item in results)),
            len(examination.sources),
            tuple(found[:_SHOWN]),
        )

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the record in the file, or None if there is none that can be read."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                str(found["checked"]),
                tuple(map(str, found["versions"])),
                found["conforms"] is True,
                {str(name): int(number) for name, number in found["severities"].items()},
                int(found["sources"]),
                tuple(_message(item) for item in found["messages"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, path: Path) -> None:
        """Write the record; raise `OSError` if the folder takes no file."""
        content = {
            "checked": self.checked,
            "versions": self.versions,
            "conforms": self.conforms,
            "severities": self.severities,
            "sources": self.sources,
            "messages": [
                {
                    "entity": item.entity,
                    "label": item.label,
                    "severity": item.severity,
                    "text": item.text,
                }
                for item in self.messages
            ],
        }
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        building = path.with_name(f".{path.name}.new")
        building.write_text(text, encoding="utf-8")
        building.replace(path)


def versions(sums: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the versions of the dataset that files with these sums make."""
    return tuple(digest_of(sums, LAYOUT, kind) for kind in ("union", "strict"))


def _message(item: dict[str, Any]) -> Message:
    return Message(*(str(item[name]) for name in ("entity", "label", "severity", "text")))
