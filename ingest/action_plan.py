"""The reader of the Action Plan's table: states every cell of every project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdflib import DCTERMS, RDF, SKOS, XSD, Literal, URIRef

from ingest.abbreviations import read_abbreviations
from ingest.action_plan_rows import ProjectRow, read_projects
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.footnotes import MARK, read_footnotes
from ingest.names import NameRegistry
from ingest.printed_table import Words
from ingest.project_cells import ProjectCells
from ingest.yaml_files import line_of, read_yaml
from ontology.files import schemes
from ontology.iris import number_slug, resource
from ontology.namespaces import ID
from ontology.terms import Cebu

_STATUS = re.compile(r"(?P<status>[A-Z][A-Z-]+)(?: \([A-Z]+\))?(?= |$)")


def read_action_plan(graph: DocumentGraph, names: NameRegistry, corrections: Path) -> None:
    """State all projects and abbreviations of the Action Plan in its graph.

    Raises:
        IngestError: a row, name, timeline, status or correction cannot be read; names the line.

    """
    _ActionPlanReader(graph, names, corrections).read()
    read_abbreviations(graph, names, "List of Abbreviation")


class _ActionPlanReader:
    def __init__(self, graph: DocumentGraph, names: NameRegistry, corrections: Path) -> None:
        self._graph = graph
        self._source = graph.document.source
        self._names = names
        self._corrections = corrections
        content = read_yaml(corrections)
        self._roles: Mapping[str, Any] = {item["label"]: item for item in content["labels"]}
        self._asides: Mapping[str, Any] = {item["words"]: item for item in content["asides"]}
        self._cells = ProjectCells(graph, names, self._roles, self._asides)
        self._splits: Mapping[str, Any] = {str(item["row"]): item for item in content["rows"]}
        self._plan = resource(str(content["plan"]["id"]))
        self._plan_label = str(content["plan"]["label"])
        self._plan_heading = self._source.find(
            content["plan"]["quote"], after=content["plan"].get("after")
        )
        self._clusters = _concepts("action-plan-cluster", SKOS.notation)
        self._statuses = _concepts("project-status", SKOS.prefLabel)
        self._footnotes = read_footnotes(self._source)

    def read(self) -> None:
        rows: set[str] = set()
        cells: list[str] = []
        try:
            for project in read_projects(self._source, self._splits):
                self._state_or_explain(project)
                rows.add(project.number)
                cells += [project.cells["coordinator"].text, project.cells["collaborator"].text]
        except ValueError as error:
            raise IngestError(
                Place(self._source.name), f"{error}.", f"Add a correction to {self._corrections}."
            ) from error

        self._check_used(rows, cells)

    def _check_used(self, rows: set[str], cells: list[str]) -> None:
        """Refuse a correction that corrects nothing: its words are not in the document."""
        unused = [
            (item, "parts", f"row {row}")
            for row, item in self._splits.items()
            if not rows.issuperset(str(part["number"]) for part in item["parts"])
        ]
        unused += [
            (item, key, str(item[key]))
            for key, items in (("words", self._asides), ("label", self._roles))
            for item in items.values()
            if not any(str(item[key]) in cell for cell in cells)
        ]
        for item, key, words in unused:
            raise IngestError(
                Place(str(self._corrections), line_of(item, key), words),
                "These words are in no cell of the table.",
                "Quote the document's own words, or remove the correction.",
            )

    def _state_or_explain(self, project: ProjectRow) -> None:
        try:
            self._state(project)
        except ValueError as error:
            raise IngestError(
                Place(self._source.name, project.line, f"project {project.number}"),
                f"{error}.",
                f"Add the name to data/annotations/names.yaml or a correction to "
                f"{self._corrections}.",
            ) from error

    def _state(self, project: ProjectRow) -> None:
        subject = self._project(project.number)
        title, mark = _without_mark(project.cells["title"])
        self._graph.declare(
            subject, Cebu.Project, f"{self._plan_label}, project {project.number}: {title.text}"
        )
        claim = self._graph.claim
        claim(subject, RDF.type, Cebu.Project, project.headings)
        claim(subject, Cebu.partOfPlan, self._plan, [self._plan_heading])
        cluster = self._clusters[project.cluster_number]
        claim(subject, Cebu.theme, cluster, project.cluster.all_spans())
        number = Literal(project.number, datatype=XSD.string)
        claim(subject, Cebu.number, number, project.number_spans)
        claim(subject, DCTERMS.title, Literal(title.text, lang="en"), title.all_spans())
        if project.parent is not None:
            parent = self._project(project.parent)
            claim(subject, Cebu.partOfProject, parent, project.parent_spans)
        if project.origin is not None:
            self._state_origin(subject, project.origin)
        if mark is not None:
            span = self._footnotes[mark]
            words = Literal(" ".join(self._source.exact(span).split()), lang="en")
            claim(subject, Cebu.footnote, words, [span])
        self._cells.state_timeline(
            subject, project.cells["timeline"], whole=project.kept.get("timeline")
        )
        self._cells.state_budget(subject, project.cells["budget"])
        self._cells.state_coordinators(
            subject, project.cells["coordinator"], project.kept.get("coordinator")
        )
        self._cells.state_collaborators(subject, project.cells["collaborator"])
        self._state_status(subject, project.status_paragraphs)

    def _project(self, number: str) -> URIRef:
        plan = self._plan.removeprefix(f"{ID}plan/")
        return resource(f"project/{plan}/{number_slug(number)}")

    def _state_origin(self, subject: URIRef, origin: Words) -> None:
        thing = self._names.whole(origin.text)
        if thing is None:
            like = "; ".join(self._names.candidates(origin.text))
            raise ValueError(f"the origin {origin.text!r} is no known name (most like it: {like})")
        is_plan = thing.kind_of_thing == Cebu.Plan
        predicate = Cebu.originPlan if is_plan else Cebu.originatingBody
        self._graph.claim(subject, predicate, thing.iri, origin.all_spans())

    def _state_status(self, subject: URIRef, paragraphs: tuple[Words, ...]) -> None:
        if not paragraphs:
            return
        first, *others = paragraphs
        match = _STATUS.match(first.text)
        concept = self._statuses.get(match["status"].casefold()) if match else None
        if match is None or concept is None:
            raise ValueError(f"the status {first.text[:40]!r} is not one of {list(self._statuses)}")
        self._graph.claim(subject, Cebu.status, concept, first.spans(*match.span()))
        rest = first.part(match.end(), len(first.text))
        note = [paragraph for paragraph in (rest, *others) if paragraph.text]
        if note:
            text = Literal("\n".join(paragraph.text for paragraph in note), lang="en")
            spans = [span for paragraph in note for span in paragraph.all_spans()]
            self._graph.claim(subject, Cebu.statusNote, text, spans)


def _without_mark(title: Words) -> tuple[Words, str | None]:
    mark = title.text[-1:]
    if not MARK.fullmatch(mark):
        return title, None
    return title.part(0, len(title.text) - 1), mark


def _concepts(scheme: str, key: URIRef) -> dict[str, URIRef]:
    graph = schemes()
    scheme_iri = resource(f"concept/{scheme}")
    return {
        str(value).casefold(): URIRef(str(concept))
        for concept in graph.subjects(SKOS.inScheme, scheme_iri)
        for value in graph.objects(concept, key)
    }
