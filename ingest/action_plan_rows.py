"""The rows of the Action Plan's table (Annex A1), told apart into projects and sub-projects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.printed_table import Row, Words, join_words, read_rows
from ingest.source_text import SourceText, Span

COLUMNS = ("title", "timeline", "budget", "coordinator", "collaborator", "status")
_HEADINGS = (
    "Project Title",
    "Timeline",
    "Indicative Budget",
    "Country Coordinator",
    "Potential Collaborator",
    "Status",
)
HEADING = "\t".join(_HEADINGS)
_STARTS_ROW = re.compile(r"\(\d\) |\d+\. |[a-z]\) ")
_CLUSTER = re.compile(r"\((?P<number>\d)\) .+")
_NUMBERED = re.compile(r"(?P<number>\d+)\. (?:\[(?P<origin>[^\]]+)\] )?")
_LETTERED = re.compile(r"(?P<letter>[a-z])\) (?:\[(?P<origin>[^\]]+)\] )?")


@dataclass(frozen=True)
class ProjectRow:
    """One project as printed: its number, the cluster above it, and the words of each cell."""

    line: int
    headings: tuple[Span, ...]
    cluster_number: str
    cluster: Words
    number: str
    number_spans: tuple[Span, ...]
    origin: Words | None
    cells: Mapping[str, Words]
    status_paragraphs: tuple[Words, ...]
    parent: str | None = None
    parent_spans: tuple[Span, ...] = ()
    kept: Mapping[str, Words] = field(default_factory=dict)
    """Cells to be kept as printed, of which `cells` has only the part that is the project's own."""


def read_projects(source: SourceText, splits: Mapping[str, Any]) -> Iterator[ProjectRow]:
    """Yield the projects of the table in printed order.

    `splits` maps the number of a row that holds more than its own project to its parts: for each
    its number and, by column, the words that are its own (in printed order; a column not named is
    shared whole), and the columns that are `kept` as printed all the same.

    Raises:
        ValueError: a row has no number or stands before the first cluster, or a part's words are
            not in the row; names the line.

    """
    cluster: tuple[str, Words] | None = None
    above: ProjectRow | None = None
    for row in read_rows(source, HEADING, _STARTS_ROW):
        cells = {
            column: cell.words(source.text) for column, cell in zip(COLUMNS, row.cells, strict=True)
        }
        title = cells["title"]
        if match := _CLUSTER.fullmatch(title.text):
            cluster = (match["number"], title)
            continue
        if cluster is None:
            raise ValueError(f"line {row.line} has a project before the first cluster")
        if match := _NUMBERED.match(title.text):
            above = project = _project(source, row, cells, cluster, match, "number")
            if project.number in splits:
                yield from _split(project, splits[project.number]["parts"])
                continue
        elif (match := _LETTERED.match(title.text)) and above is not None:
            project = _project(source, row, cells, cluster, match, "letter")
            letter = project.number_spans[0]
            project = replace(
                project,
                number=above.number + project.number,
                number_spans=(*above.number_spans, letter),
                parent=above.number,
                parent_spans=(Span(letter.start, letter.end + 1),),
            )
        else:
            raise ValueError(f"line {row.line} begins with no number")
        yield project


def _project(
    source: SourceText,
    row: Row,
    cells: dict[str, Words],
    cluster: tuple[str, Words],
    match: re.Match[str],
    group: str,
) -> ProjectRow:
    title = cells["title"]
    return ProjectRow(
        line=row.line,
        headings=tuple(row.headings),
        cluster_number=cluster[0],
        cluster=cluster[1],
        number=match[group],
        number_spans=tuple(title.spans(*match.span(group))),
        origin=title.part(*match.span("origin")) if match["origin"] else None,
        cells=cells | {"title": title.part(match.end(), len(title.text))},
        status_paragraphs=tuple(
            join_words(source.text, paragraph) for paragraph in row.cells[-1].paragraphs
        ),
    )


def _split(project: ProjectRow, parts: list[Mapping[str, Any]]) -> Iterator[ProjectRow]:
    position = dict.fromkeys(COLUMNS, 0)
    for part in parts:
        own: dict[str, Words] = {}
        letter: tuple[Span, ...] = ()
        if "letter" in part:
            start, end = project.cells["title"].find(part["letter"], position["title"])
            letter = tuple(project.cells["title"].spans(start, start + 1))
            position["title"] = end
        for column in COLUMNS:
            if column in part:
                words = project.cells[column]
                start, position[column] = words.find(str(part[column]), position[column])
                own[column] = words.part(start, position[column])
        yield replace(
            project,
            number=str(part["number"]),
            number_spans=(*project.number_spans, *letter),
            cells=dict(project.cells) | own,
            kept={column: project.cells[column] for column in part.get("kept", ())},
        )
