"""What documents report: initiatives and findings."""

from ontology.terms import Cebu
from server.linked_data.designs.parts import LABELLED, N_, Desk


def reported(desk: Desk) -> None:
    """Lay out an initiative or a finding: its text, theme, place, actor and date."""
    desk.lead(N_("Text"), Cebu.text)
    desk.fact(N_("Theme"), Cebu.theme)
    desk.fact(N_("Country"), Cebu.country)
    desk.fact(N_("Who did it"), Cebu.actor)
    desk.fact(N_("Date as printed"), Cebu.dateAsPrinted)
    desk.fact(N_("Years"), Cebu.year)
    desk.fact(N_("Reports on"), Cebu.reportsOn)
    desk.timeline(desk.spans([desk.iri]))


def reports_on(desk: Desk) -> None:
    """Show the initiatives and findings that report on the entity."""
    rows = desk.entity.data.select(
        f"SELECT DISTINCT ?x ?label ?kind {{ ?x <{Cebu.reportsOn}> <{desk.iri}> ; a ?kind"
        f" FILTER(?kind IN (<{Cebu.Initiative}>, <{Cebu.Finding}>)) {LABELLED} }}"
    )
    desk.groups(
        "reports",
        N_("What documents report on it"),
        N_("From the initiatives and findings that are stated to report on it."),
        [("", desk.names.link(row["kind"]).label, desk.named(row)) for row in rows],
        Cebu.reportsOn,
    )
