"""Projects of tables too torn to parse: a person quotes the cells, which are read as others are."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import DCTERMS, RDF, XSD, Literal

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.names import NameRegistry
from ingest.printed_table import Words, join_words
from ingest.project_cells import ProjectCells
from ingest.quotes import quoted_spans
from ingest.source_text import SourceText
from ingest.timeline import Timeline
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource
from ontology.terms import Cebu


def read_quoted_projects(path: Path, graph: DocumentGraph, names: NameRegistry) -> None:
    """State the projects whose cells the file quotes.

    A cell is a quote, a quote with the text `after` which it stands, or a list of either where the
    print tears it. `timeline_cell` and `coordinator_cell` are the cell as printed where only a part
    of it is read. `earliest`, `latest` and `years` give the bounds of a timeline that is a date
    and place or otherwise does not parse.

    Raises:
        IngestError: a quote is not found (or not once), a name is unknown, a timeline has no
            bounds; names file, line and project.

    """
    content = read_yaml(path)
    plans = {str(plan["id"]): plan for plan in content["plans"]}
    roles = {str(item["label"]): item for item in content.get("labels", [])}
    asides = {str(item["words"]): item for item in content.get("asides", [])}
    cells = ProjectCells(graph, names, roles, asides)
    for item in content["projects"]:
        try:
            _state(graph, cells, item, plans[str(item["plan"])])
        except (KeyError, ValueError) as error:
            raise IngestError(
                Place(str(path), line_of(item), f"project {item.get('id')}"),
                f"{error}.",
                "Quote the cells in the document's own words; add names to names.yaml.",
            ) from error


def _state(
    graph: DocumentGraph, cells: ProjectCells, item: Mapping[str, Any], plan: Mapping[str, Any]
) -> None:
    subject = resource(str(item["id"]))
    source = graph.document.source
    title = _words(source, item.get("title"))
    name = item.get("name") or title.text
    graph.declare(subject, Cebu.Project, f"{plan['label']}, project {item['number']}: {name}")
    claim = graph.claim
    claim(subject, RDF.type, Cebu.Project, quoted_spans(source, item["heading"]))
    claim(subject, Cebu.partOfPlan, resource(str(plan["id"])), quoted_spans(source, plan["quote"]))
    claim(subject, DCTERMS.title, Literal(title.text, lang="en"), title.all_spans())
    if "number_quote" in item:
        number = Literal(str(item["number"]), datatype=XSD.string)
        claim(subject, Cebu.number, number, quoted_spans(source, item["number_quote"]))
    if "area" in item:
        area = resource(f"concept/alm-thematic-area/{item['area']}")
        claim(subject, Cebu.theme, area, quoted_spans(source, item["area_quote"]))
    if "part_of" in item:
        parent = resource(str(item["part_of"]))
        claim(subject, Cebu.partOfProject, parent, quoted_spans(source, item["part_of_quote"]))
    cells.state_timeline(
        subject,
        _words(source, item.get("timeline")),
        _timeline(item),
        _whole(source, item, "timeline"),
    )
    cells.state_budget(subject, _words(source, item.get("budget")))
    cells.state_coordinators(
        subject, _words(source, item.get("coordinator")), _whole(source, item, "coordinator")
    )
    cells.state_collaborators(subject, _words(source, item.get("collaborator")))


def _words(source: SourceText, quote: object) -> Words:
    return join_words(source.text, quoted_spans(source, quote) if quote else [])


def _whole(source: SourceText, item: Mapping[str, Any], column: str) -> Words | None:
    cell = item.get(f"{column}_cell")
    return None if cell is None else _words(source, cell)


def _timeline(item: Mapping[str, Any]) -> Timeline | None:
    """Return the bounds that the entry gives, or None when its printed words are to be parsed."""
    if not {"earliest", "latest", "years"} & item.keys():
        return None
    return Timeline(
        _date(item.get("earliest")),
        _date(item.get("latest")),
        tuple(int(year) for year in item.get("years", ())),
    )


def _date(value: object) -> datetime.date | None:
    if value is not None and not isinstance(value, datetime.date):
        raise ValueError(f"{value!r} is not a date (write it as 2018-07-03)")
    return value
