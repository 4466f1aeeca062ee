"""Plans and projects: who carries them, how far they are, and what became of earlier ones."""

from collections.abc import Sequence
from typing import Final

from rdflib import DCTERMS, SKOS

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.explore.projects import Slip
from server.linked_data.designs.parts import MANY, N_, Column, Desk, Line, Property, Table, plain
from server.linked_data.designs.reports import reports_on
from server.linked_data.statements import Link, Value, statements

_PART_OF: Final = PREFIXES["eli"] + "is_part_of"
# How a project stands to another: the property, its name this way and the other way round, and
# whether the other is the same work of an earlier plan, so that it can have slipped (None: no).
_RELATED: Final[tuple[tuple[Property, str, str, bool | None], ...]] = (
    (Cebu.continues, N_("continues"), N_("continued by"), True),
    (Cebu.followsUp, N_("follows up"), N_("followed up by"), None),
    (Cebu.mergedInto, N_("merged into"), N_("has taken in"), None),
    (Cebu.partOfProject, N_("part of"), N_("has the part"), None),
)
# Only the words of how much later are wanted.
_NOBODY: Final = Link("", "", None)


def plan(desk: Desk) -> None:
    """Lay out a plan: its owner, its time, its projects."""
    desk.fact(N_("Title"), DCTERMS.title)
    desk.fact(N_("Owner"), Cebu.ownedBy)
    desk.fact(N_("Adopted by"), Cebu.adoptedBy)
    desk.fact(N_("Adopted at"), Cebu.adoptedAt)
    desk.fact(N_("From"), Cebu.earliest)
    desk.fact(N_("Until"), Cebu.latest)
    desk.fact(N_("Abbreviation"), Cebu.abbreviation)
    desk.fact(N_("In words"), DCTERMS.description)
    projects = desk.pointing(Cebu.partOfPlan)
    if projects:
        desk.derived(
            N_("Projects"), [f"{len(projects):,}"], N_("Counted: the projects that it lists.")
        )
    desk.table(
        "projects",
        N_("Its projects"),
        N_("Project"),
        projects,
        (
            Column(N_("Carried by"), (Cebu.coordinator, Cebu.lead, Cebu.coLead)),
            Column(N_("Status"), (Cebu.status,)),
            Column(N_("Time as printed"), (Cebu.timelineAsPrinted,)),
        ),
        N_("From the projects that are stated to be part of the plan."),
        more=Cebu.partOfPlan,
        most=MANY,
    )
    desk.table(
        "origin",
        N_("Projects elsewhere that come from it"),
        N_("Project"),
        desk.pointing(Cebu.originPlan, Cebu.includedInPlan),
        (
            Column(N_("Plan"), (Cebu.partOfPlan,)),
            Column(N_("Its part"), (Cebu.originPlan, Cebu.includedInPlan), is_role=True),
        ),
        N_("From the projects that name it as their origin, or as including them."),
        more=Cebu.originPlan,
    )
    desk.table(
        "provisions",
        N_("Its provisions"),
        N_("Provision"),
        desk.pointing(_PART_OF),
        (Column(N_("Heading"), (Cebu.heading,)),),
        N_("From the provisions that are stated to be part of it."),
        more=_PART_OF,
        most=MANY,
    )
    reports_on(desk)
    desk.timeline(desk.spans([desk.iri]))


def project(desk: Desk) -> None:
    """Lay out a project: its plan, who carries it, its status and time, and what was before."""
    desk.fact(N_("Plan"), Cebu.partOfPlan)
    desk.fact(N_("Number"), Cebu.number)
    desk.fact(N_("Coordinator"), Cebu.coordinator)
    desk.fact(N_("Lead"), Cebu.lead)
    desk.fact(N_("Co-lead"), Cebu.coLead)
    desk.fact(N_("Contributes"), Cebu.contributingBody)
    desk.fact(N_("Potential collaborator"), Cebu.collaborator)
    desk.fact(N_("Status"), Cebu.status)
    desk.fact(N_("Note on the status"), Cebu.statusNote)
    desk.fact(N_("Time as printed"), Cebu.timelineAsPrinted)
    desk.fact(N_("Budget"), Cebu.budget)
    desk.fact(N_("Cluster or thematic area"), Cebu.theme)
    desk.fact(N_("Comes from"), Cebu.originPlan, Cebu.originatingBody)
    desk.fact(N_("Also written"), SKOS.altLabel)
    related = _related(desk)
    _before_and_after(desk, related)
    desk.table(
        "meetings",
        N_("Meetings held under it"),
        N_("Meeting"),
        desk.pointing(Cebu.heldUnder),
        (
            Column(N_("Date as printed"), (Cebu.dateAsPrinted, Cebu.timelineAsPrinted)),
            Column(N_("Host"), (Cebu.host,)),
            Column(N_("City"), (Cebu.city,)),
            Column(N_("Its part"), (Cebu.heldUnder,), is_role=True),
        ),
        N_("From the meetings that are stated to be held under it."),
        more=Cebu.heldUnder,
    )
    reports_on(desk)
    desk.timeline(desk.spans([desk.iri, *dict.fromkeys(other for _, other, _ in related)]))


def _related(desk: Desk) -> list[tuple[Value, str, bool | None]]:
    """Return how it stands to others: the relation with its words, the other, which is earlier.

    The last is true if the other is the earlier one, false if this is, else None.
    """
    found: list[tuple[Value, str, bool | None]] = []
    for property_, forward, back, other_first in _RELATED:
        for value in desk.values(property_):
            if value.link:
                named = Value(forward, None, None, value.quotes)
                found.append((named, value.iri, other_first))
        pointing = desk.pointing(property_)
        read = statements(desk.names, pointing, [property_])
        for other in pointing:
            for value in read[other].get(str(property_), []):
                if value.iri == desk.iri:
                    first = None if other_first is None else not other_first
                    found.append((Value(back, None, None, value.quotes), other, first))
    return found


def _before_and_after(desk: Desk, related: Sequence[tuple[Value, str, bool | None]]) -> None:
    if not related:
        return
    wanted = (Cebu.partOfPlan, Cebu.timelineAsPrinted, Cebu.latest)
    read = statements(desk.names, sorted({other for _, other, _ in related}), wanted)
    own_ends = desk.values(Cebu.latest)
    lines = []
    for relation, other, other_first in related:
        plan_, printed, ends = (read[other].get(str(name), []) for name in wanted)
        slip = []
        if other_first is not None:
            pair = (ends, own_ends) if other_first else (own_ends, ends)
            slip = [_slip(pair[0], pair[1])]
        lines.append(Line([[relation], [plain(desk.names.link(other))], plan_, printed, slip]))
    desk.design.sections.append(
        Table(
            "related",
            N_("Before and after"),
            N_(
                "From what documents state of the projects; whether the later one slipped is worked"
                " out from the years in which the two end."
            ),
            [
                N_("This project"),
                N_("Project"),
                N_("Plan"),
                N_("Time as printed"),
                N_("The later one"),
            ],
            lines,
            len(lines),
        )
    )


def _slip(before: Sequence[Value], after: Sequence[Value]) -> Value:
    """Say how much later the later one ends, with the words for both ends."""
    years = None
    if before and after and before[0].text[:4].isdigit() and after[0].text[:4].isdigit():
        years = int(after[0].text[:4]) - int(before[0].text[:4])
    words = Slip(_NOBODY, "", None, years).words
    said = [quote for value in (*before, *after) for quote in value.quotes]
    return Value(words, None, None, said)
