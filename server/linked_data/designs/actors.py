"""States and bodies: what they are bound by, carry, did as reported, and are asked to do."""

from typing import Final

from rdflib import DCTERMS, ORG, OWL, SKOS

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.designs.figures import figures_of
from server.linked_data.designs.instruments import by_document
from server.linked_data.designs.parts import LABELLED, N_, Column, Desk

ROLES: Final = (
    Cebu.coordinator,
    Cebu.lead,
    Cebu.coLead,
    Cebu.contributingBody,
    Cebu.collaborator,
    Cebu.originatingBody,
)


def state(desk: Desk) -> None:
    """Lay out a member state: treaties, projects, what is reported, figures."""
    desk.fact(N_("ISO 3166 code"), SKOS.notation)
    desk.fact(N_("Also written"), SKOS.altLabel)
    _totals(desk)
    desk.fact(N_("The same elsewhere"), OWL.sameAs)
    by_document(
        desk,
        "treaties",
        N_("Conventions and protocols, by document"),
        N_("Instrument"),
        Cebu.state,
        Cebu.instrument,
    )
    _carried(desk)
    _reported(desk, (Cebu.country, Cebu.actor))
    _addressed(desk)
    figures_of(desk)
    _meetings(desk)


def body(desk: Desk) -> None:
    """Lay out a body: what it belongs to, owns, carries, and is asked to do."""
    desk.fact(N_("Abbreviation"), Cebu.abbreviation)
    desk.fact(N_("Kind"), ORG.classification)
    desk.fact(N_("Part of"), ORG.subOrganizationOf)
    desk.fact(N_("In words"), DCTERMS.description)
    desk.fact(N_("Also written"), SKOS.altLabel)
    _totals(desk)
    desk.table(
        "parts",
        N_("Its parts"),
        N_("Body"),
        desk.pointing(ORG.subOrganizationOf),
        (
            Column(N_("Abbreviation"), (Cebu.abbreviation,)),
            Column(N_("Kind"), (ORG.classification,)),
        ),
        N_("From the bodies that are stated to be part of it."),
    )
    desk.table(
        "plans",
        N_("Plans that it owns"),
        N_("Plan"),
        desk.pointing(Cebu.ownedBy),
        (
            Column(N_("From"), (Cebu.earliest,)),
            Column(N_("Until"), (Cebu.latest,)),
            Column(N_("Its part"), (Cebu.ownedBy,), is_role=True),
        ),
        N_("From the plans whose owner it is stated to be."),
    )
    _carried(desk)
    _addressed(desk)
    _reported(desk, (Cebu.actor,))
    desk.table(
        "adopted",
        N_("What it adopted or signed"),
        N_("Text"),
        desk.pointing(Cebu.adoptedBy),
        (
            Column(N_("Date as printed"), (Cebu.dateAsPrinted,)),
            Column(N_("Its part"), (Cebu.adoptedBy,), is_role=True),
        ),
        N_("From the texts that are stated to be adopted or signed by it."),
        more=Cebu.adoptedBy,
    )
    _meetings(desk)
    figures_of(desk)


def _totals(desk: Desk) -> None:
    """Count what points at it, by kind, from the whole graph."""
    names = {
        str(Cebu.coordinator): N_("Projects and meetings that it coordinates"),
        str(Cebu.lead): N_("Projects that it leads"),
        str(Cebu.coLead): N_("Projects that it co-leads"),
        str(Cebu.collaborator): N_("Projects in which it may collaborate"),
        str(Cebu.ownedBy): N_("Plans that it owns"),
        str(Cebu.addressee): N_("Texts addressed to it"),
        str(Cebu.country): N_("Initiatives and findings reported of it"),
        str(Cebu.actor): N_("Initiatives in which it had a part, as reported"),
    }
    for group in desk.entity.links:
        if group.property.iri in names:
            desk.derived(
                names[group.property.iri],
                [f"{group.total:,}"],
                N_("Counted: the things that are stated to name it so; all are listed below."),
            )


def _carried(desk: Desk) -> None:
    desk.table(
        "projects",
        N_("Projects, and its part in them"),
        N_("Project"),
        desk.pointing(*ROLES, kind=Cebu.Project),
        (
            Column(N_("Its part"), ROLES, is_role=True),
            Column(N_("Plan"), (Cebu.partOfPlan,), said=False),
            Column(N_("Status"), (Cebu.status,)),
            Column(N_("Time as printed"), (Cebu.timelineAsPrinted,)),
        ),
        N_("From the projects that name it as coordinator, lead, contributor or collaborator."),
        more=Cebu.coordinator,
    )


def _reported(desk: Desk, properties: tuple[str, ...]) -> None:
    """Group initiatives and findings by theme, for each property by which they name it."""
    headings = {
        str(Cebu.country): N_("What is reported of it, by theme"),
        str(Cebu.actor): N_("What it did as reported, by theme"),
    }
    for property_ in properties:
        rows = desk.entity.data.select(
            f"SELECT DISTINCT ?x ?label ?kind ?theme {{ ?x <{property_}> <{desk.iri}> ; a ?kind"
            f" FILTER(?kind IN (<{Cebu.Initiative}>, <{Cebu.Finding}>)) {LABELLED}"
            f" OPTIONAL {{ ?x <{Cebu.theme}> ?theme }} }}"
        )
        desk.groups(
            f"reported-{'of' if property_ == Cebu.country else 'by'}",
            headings[str(property_)],
            N_("From the initiatives and findings that documents report, and their themes."),
            [(row.get("theme", ""), _kind(desk, row["kind"]), desk.named(row)) for row in rows],
            property_,
            said=False,
        )


def _kind(desk: Desk, iri: str) -> str:
    return desk.names.link(iri).label


def _addressed(desk: Desk) -> None:
    for kind, key, heading, name in (
        (
            Cebu.Recommendation,
            "recommendations",
            N_("Recommendations addressed to it"),
            N_("Recommendation"),
        ),
        (Cebu.Provision, "provisions", N_("Provisions addressed to it"), N_("Provision")),
    ):
        desk.table(
            key,
            heading,
            name,
            desk.pointing(Cebu.addressee, kind=kind),
            (
                Column(N_("Text"), (Cebu.text,)),
                Column(N_("Its part"), (Cebu.addressee,), is_role=True),
            ),
            N_("From the texts that name it as the one that shall act."),
            more=Cebu.addressee,
        )


def _meetings(desk: Desk) -> None:
    desk.table(
        "meetings",
        N_("Meetings"),
        N_("Meeting"),
        desk.pointing(Cebu.host, Cebu.participant, Cebu.coordinator, kind=Cebu.Meeting),
        (
            Column(N_("Its part"), (Cebu.host, Cebu.participant, Cebu.coordinator), is_role=True),
            Column(N_("Date as printed"), (Cebu.dateAsPrinted, Cebu.timelineAsPrinted)),
            Column(N_("City"), (Cebu.city,)),
        ),
        N_("From the meetings that name it as host, participant or coordinator."),
        more=Cebu.host,
    )
    desk.table(
        "published",
        N_("Documents that it published"),
        N_("Document"),
        desk.pointing(PREFIXES["dcterms"] + "publisher"),
        (),
        N_("From the documents that name it as their publisher."),
    )
