"""Projects on a line of years, by plan, cluster, body and status, and what became later."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ontology.iris import path_of
from ontology.namespaces import ID
from ontology.terms import Cebu
from server.explore.drawing import Pen
from server.explore.timeline import WIDTH, Bar, Scale, scale
from server.explore.view import (
    Filter,
    Row,
    View,
    check_fields,
    choices,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.linked_data.entity import Link
from server.store.store import GraphStore

_VARIABLES: Final = (
    "?project ?number ?title ?plan ?planName ?theme ?themeName ?status ?statusName"
    " ?timelineAsPrinted ?earliest ?latest ?source"
)
_PATTERNS: Final = (
    "?project a cebu:Project ;\n  cebu:partOfPlan ?plan ;\n  dcterms:title ?title .",
    "?plan rdfs:label ?planName .",
    "?claim rdf:subject ?project ;\n  rdf:predicate cebu:partOfPlan ;\n  cebu:statedIn ?source .",
    "OPTIONAL { ?project cebu:number ?number }",
    "OPTIONAL { ?project cebu:theme ?theme . ?theme rdfs:label ?themeName }",
    "OPTIONAL { ?project cebu:status ?status . ?status rdfs:label ?statusName }",
    "OPTIONAL { ?project cebu:timelineAsPrinted ?timelineAsPrinted }",
    "OPTIONAL { ?project cebu:earliest ?earliest }",
    "OPTIONAL { ?project cebu:latest ?latest }",
)
_ROLE_NAMES: Final = (
    "cebu:coordinator cebu:lead cebu:coLead cebu:contributingBody cebu:collaborator"
)
_ROLES: Final = query(
    "?project ?role ?body ?bodyName",
    [
        f"VALUES ?role {{ {_ROLE_NAMES} }}",
        "?project ?role ?body ;\n  cebu:partOfPlan ?plan .",
        "?body rdfs:label ?bodyName .",
    ],
    "?project ?role ?bodyName",
)
_CONTINUED: Final = query(
    "?project ?before ?numberBefore ?planBefore ?timelineBefore ?earliestBefore"
    " ?latestBefore ?sourceBefore",
    [
        "?project cebu:continues ?before .",
        "?before cebu:partOfPlan/rdfs:label ?planBefore .",
        "?claim rdf:subject ?before ;\n"
        "  rdf:predicate cebu:partOfPlan ;\n"
        "  cebu:statedIn ?sourceBefore .",
        "OPTIONAL { ?before cebu:number ?numberBefore }",
        "OPTIONAL { ?before cebu:timelineAsPrinted ?timelineBefore }",
        "OPTIONAL { ?before cebu:earliest ?earliestBefore }",
        "OPTIONAL { ?before cebu:latest ?latestBefore }",
    ],
    "?project ?before",
)
_YEARS: Final = query(
    "?project ?year", ["?project a cebu:Project ;\n  cebu:year ?year ."], "?project ?year"
)
_DAYS: Final = query(
    "?day", ["?project a cebu:Project ;\n  cebu:earliest|cebu:latest ?day ."], "?day"
)
# Of the picture for other programs: room for the names, and pixels for each unit of the line.
_NAMES: Final = 420
_UNIT: Final = 3
_STEP: Final = 22
_COLLABORATOR: Final = str(Cebu.collaborator)
_CARRIERS: Final = {
    str(Cebu.coordinator): "",
    str(Cebu.lead): "lead",
    str(Cebu.coLead): "co-lead",
    str(Cebu.contributingBody): "contributes",
}
_NO_STATUS: Final = "none"
_GROUPS: Final = {
    "cluster": "Cluster or thematic area",
    "body": "Body or state that carries it",
    "status": "Status",
}
_COLUMNS: Final = (
    *_VARIABLES.replace("?", "").split(),
    *("carriedBy", "collaborators", "continues", "yearsLater"),
)


@dataclass(frozen=True, slots=True)
class Slip:
    """The project of an earlier plan that one continues, and how much later that one ends."""

    before: Link
    timeline: str
    bar: Bar | None
    years: int | None

    @property
    def words(self) -> str:
        """Return what became of the end."""
        if self.years is None:
            return "one end is not printed"
        if self.years == 0:
            return "ends in the same year"
        number = abs(self.years)
        times = f"{number} year{'' if number == 1 else 's'}"
        return f"ends {times} {'later' if self.years > 0 else 'earlier'}"


@dataclass(slots=True)
class Project:
    """A project as a line of the view."""

    row: Row
    href: str | None
    bar: Bar | None
    carriers: list[tuple[str, Link]] = field(default_factory=list)
    collaborators: list[Link] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    years: list[tuple[str, Bar]] = field(default_factory=list)

    @property
    def span(self) -> str:
        """Return the years of its bar, or of a printed list, in words."""
        if self.years:
            return ", ".join(year for year, _ in self.years)
        return span(self.row.get("earliest"), self.row.get("latest"))


def projects(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    filters = _filters(data)
    check_fields(filters)
    text = query(_VARIABLES, [*_wanted(filters), *_PATTERNS], "?plan ?number ?project ?theme")
    found = sorted(select(data, text), key=_order)
    # The same line whatever is filtered: no time of an earlier plan falls off it.
    line = scale([row["day"] for row in select(data, _DAYS, is_fixed=True)])
    listed = _projects(data, found, line)
    rows = [{**row, **_added(listed[row["project"]])} for row in found]
    groups = _grouped(listed, found, filters[-1].value)
    slips = [slip for project in listed.values() for slip in project.slips]
    return View(
        "projects",
        "Projects in time",
        "The projects of all plans, when each was to begin and end, who carries it and how far it"
        " is, as printed. Where a plan takes over an earlier plan’s project, both times are shown.",
        filters,
        [
            ("The projects", text),
            ("Who carries them", _ROLES),
            ("Which projects continue earlier ones", _CONTINUED),
            ("For which a list of years is printed", _YEARS),
        ],
        _COLUMNS,
        rows,
        sources(data, [*(row["source"] for row in found), *_of_earlier(data, listed)]),
        "explore/projects.html",
        {
            "groups": groups,
            "by": filters[-1].value or "plan",
            "scale": line,
            "width": WIDTH,
            "total": len(listed),
            "undated": sum(not (project.bar or project.years) for project in listed.values()),
            "slips": len(slips),
            "later": sum((slip.years or 0) > 0 for slip in slips),
        },
        draw=lambda pen: _draw(pen, groups, line),
        width=_NAMES + WIDTH * _UNIT,
    )


def _grouped(
    listed: Mapping[str, Project], found: list[Row], by: str | None
) -> list[tuple[str, str | None, list[Project]]]:
    """Return the projects by plan, or by what else is asked for, each group with its page.

    A project of two clusters, or carried by two bodies, is in two groups.
    """
    groups: dict[tuple[str, str | None], list[Project]] = {}

    def add(name: str, iri: str | None, project: Project) -> None:
        items = groups.setdefault((name, local(iri) if iri else None), [])
        if project not in items:
            items.append(project)

    if by == "cluster":
        for row in found:
            name = row.get("themeName", "No cluster or thematic area")
            add(name, row.get("theme"), listed[row["project"]])
    for project in listed.values():
        if by is None:
            add(project.row["planName"], project.row["plan"], project)
        elif by == "status":
            name = project.row.get("statusName", "No status printed")
            add(name, project.row.get("status"), project)
        elif by == "body":
            for _, link in project.carriers:
                add(link.label, link.iri, project)
            if not project.carriers:
                add("Nobody is printed", None, project)
    ordered = groups.items() if by is None else sorted(groups.items(), key=lambda item: item[0][0])
    return [(name, href, items) for (name, href), items in ordered]


def _draw(pen: Pen, groups: list[tuple[str, str | None, list[Project]]], line: Scale) -> None:
    height = 24 + sum(34 + _STEP * len(items) for _, _, items in groups)
    for year, x in line.years:
        place = _NAMES + x * _UNIT
        pen.path(f"M{place:g} 22V{height}", "grid")
        pen.text(place + 3, 16, str(year), "soft")
    y = 24.0
    for name, _, items in groups:
        pen.text(0, y + 22, name, "strong", room=pen.width)
        y += 34
        for project in items:
            _draw_project(pen, project, y)
            y += _STEP


def _draw_project(pen: Pen, project: Project, y: float) -> None:
    number = project.row.get("number", "")
    title = f"{number}. {project.row['title']}" if number else project.row["title"]
    pen.open_link(project.href)
    pen.text(0, y + 14, title, room=_NAMES - 10)
    for slip in project.slips:
        if slip.bar:
            x, width = _NAMES + slip.bar.x * _UNIT, slip.bar.width * _UNIT
            words = f"{slip.before.label}: {slip.timeline}"
            pen.rect(x, y + 1, width, 5, "bar-before", words)
    for year, bar in project.years:
        x, width = _NAMES + bar.x * _UNIT, bar.width * _UNIT
        pen.rect(x, y + 8, width, 9, "bar", year)
    if project.bar:
        x, width = _NAMES + project.bar.x * _UNIT, project.bar.width * _UNIT
        look = "bar-open" if project.bar.is_open else "bar"
        pen.rect(x, y + 8, width, 9, look, project.span)
    elif not project.years:
        words = project.row.get("timelineAsPrinted", "no time printed")
        pen.text(_NAMES + 3, y + 15, words, "soft")
    pen.close_link(project.href)


def span(earliest: str | None, latest: str | None) -> str:
    """Return two dates as a span of years."""
    if not earliest:
        return "no span of years"
    begin, end = earliest[:4], latest[:4] if latest else ""
    if not end:
        return f"from {begin}, no end printed"
    return begin if begin == end else f"{begin} to {end}"


def _filters(data: GraphStore) -> list[Filter]:
    statuses = choices(data, "status", ["?project cebu:status ?status ."])
    return [
        chosen(
            "plan",
            "Plan",
            choices(data, "plan", ["?project a cebu:Project ;\n  cebu:partOfPlan ?plan ."]),
        ),
        chosen(
            "cluster",
            "Cluster or thematic area",
            choices(data, "cluster", ["?project a cebu:Project ;\n  cebu:theme ?cluster ."]),
        ),
        chosen("body", "Body or state", _bodies(data)),
        chosen("status", "Status", [*statuses, (_NO_STATUS, "No status printed")]),
        chosen(
            "continues",
            "Taken over",
            [("yes", "From an earlier plan"), ("later", "From an earlier plan, with a later end")],
        ),
        chosen("by", "Grouped by", list(_GROUPS.items()), empty="Plan"),
    ]


def _bodies(data: GraphStore) -> list[tuple[str, str]]:
    named = {row["body"]: row["bodyName"] for row in select(data, _ROLES, is_fixed=True)}
    return sorted(
        ((path_of(iri), name) for iri, name in named.items() if iri.startswith(ID)),
        key=lambda item: item[1].casefold(),
    )


def _wanted(filters: list[Filter]) -> list[str]:
    """Return the patterns that say what was chosen."""
    plan, cluster, body, status, continues, _ = filters
    wanted = []
    if plan.value:
        wanted.append(f"VALUES ?plan {{ <{plan.iri}> }}")
    if cluster.value:
        wanted.append(f"?project cebu:theme <{cluster.iri}> .")
    if body.value:
        wanted.append(f"VALUES ?carries {{ {_ROLE_NAMES} }}\n?project ?carries <{body.iri}> .")
    if status.value == _NO_STATUS:
        wanted.append("?project a cebu:Project .\nMINUS { ?project cebu:status ?printed }")
    elif status.value:
        wanted.append(f"?project cebu:status <{status.iri}> .")
    if continues.value:
        wanted.append("?project cebu:continues ?earlier .")
    if continues.value == "later":
        wanted.append(
            "?project cebu:latest ?end .\n?earlier cebu:latest ?endBefore .\n"
            "FILTER (SUBSTR(STR(?end), 1, 4) > SUBSTR(STR(?endBefore), 1, 4))"
        )
    return wanted


def _projects(data: GraphStore, found: list[Row], line: Scale) -> dict[str, Project]:
    listed: dict[str, Project] = {}
    for row in found:
        iri = row["project"]
        if iri not in listed:
            bar = line.bar(row.get("earliest"), row.get("latest"))
            listed[iri] = Project(row, local(iri), bar)
    for row in select(data, _ROLES, is_fixed=True):
        project = listed.get(row["project"])
        if project is None:
            continue
        link = Link(row["body"], row["bodyName"], local(row["body"]))
        if row["role"] == _COLLABORATOR:
            project.collaborators.append(link)
        else:
            project.carriers.append((_CARRIERS[row["role"]], link))
    for row in select(data, _YEARS, is_fixed=True):
        bar = line.bar(f"{row['year']}-01-01", f"{row['year']}-12-31")
        if row["project"] in listed and bar is not None:
            listed[row["project"]].years.append((row["year"], bar))
    for row in select(data, _CONTINUED, is_fixed=True):
        if row["project"] in listed:
            project = listed[row["project"]]
            # Two documents may list the earlier project.
            if all(slip.before.iri != row["before"] for slip in project.slips):
                project.slips.append(_slip(row, project.row, line))
    return listed


def _of_earlier(data: GraphStore, listed: Mapping[str, Project]) -> list[str]:
    """Return the documents that list the projects which those listed continue."""
    return [
        row["sourceBefore"]
        for row in select(data, _CONTINUED, is_fixed=True)
        if row["project"] in listed
    ]


def _slip(row: Row, project: Row, line: Scale) -> Slip:
    number = f", project {row['numberBefore']}" if "numberBefore" in row else ", a project"
    link = Link(row["before"], row["planBefore"] + number, local(row["before"]))
    ends = project.get("latest"), row.get("latestBefore")
    return Slip(
        link,
        row.get("timelineBefore", "no time printed"),
        line.bar(row.get("earliestBefore"), row.get("latestBefore")),
        int(ends[0][:4]) - int(ends[1][:4]) if ends[0] and ends[1] else None,
    )


def _added(project: Project) -> Mapping[str, str]:
    """Return what the view adds to a project's row."""
    return {
        "carriedBy": "; ".join(
            f"{link.label} ({role})" if role else link.label for role, link in project.carriers
        ),
        "collaborators": "; ".join(link.label for link in project.collaborators),
        "continues": " ".join(slip.before.iri for slip in project.slips),
        "yearsLater": " ".join(str(slip.years) for slip in project.slips if slip.years is not None),
    }


def _order(row: Row) -> tuple[str, int, str, str, str, str]:
    digits = re.match(r"\d{1,9}", row.get("number", ""), re.A)
    number = int(digits[0]) if digits else 10**9
    names = row.get("number", ""), row["project"], row.get("theme", ""), row["source"]
    return row["plan"], number, *names
