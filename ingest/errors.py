"""The errors that stop a build."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where in the project's files something stands: a file, a 1-based line, an entity."""

    file: str
    line: int | None = None
    entity: str | None = None

    def __str__(self) -> str:
        position = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{position}: {self.entity}" if self.entity else position


class IngestError(Exception):
    """A document, annotation or correction that cannot be read as it stands."""

    def __init__(self, place: Place, problem: str, remedy: str) -> None:
        self.place = place
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{place}: {problem} {remedy}")
