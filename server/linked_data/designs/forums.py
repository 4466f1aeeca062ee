"""Meetings and the recommendations that they adopted."""

from typing import Final

from rdflib import DCTERMS

from ontology.terms import Cebu
from server.linked_data.designs.parts import MANY, N_, Column, Desk
from server.linked_data.designs.reports import reports_on
from server.linked_data.labels import counted

_REPORTS: Final = f"FILTER(?kind IN (<{Cebu.Initiative}>, <{Cebu.Finding}>))"


def meeting(desk: Desk) -> None:
    """Lay out a meeting: its theme, host and dates, and what it recommended."""
    desk.lead(N_("Theme"), DCTERMS.title)
    desk.fact(N_("Sub-themes"), Cebu.subTheme)
    desk.fact(N_("Number"), Cebu.number)
    desk.fact(N_("Host"), Cebu.host)
    desk.fact(N_("City"), Cebu.city)
    desk.fact(N_("Date as printed"), Cebu.dateAsPrinted, Cebu.timelineAsPrinted)
    desk.fact(N_("First day"), Cebu.earliest)
    desk.fact(N_("Last day"), Cebu.latest)
    desk.fact(N_("Coordinator"), Cebu.coordinator)
    desk.fact(N_("Held under"), Cebu.heldUnder)
    desk.fact(N_("Took part"), Cebu.participant)
    desk.fact(N_("In words"), DCTERMS.description)
    recommendations = desk.pointing(Cebu.adoptedAt, kind=Cebu.Recommendation)
    if recommendations:
        desk.derived(
            N_("Recommendations"),
            [f"{len(recommendations):,}"],
            N_("Counted: the recommendations that are stated to be adopted at it."),
        )
    desk.table(
        "recommendations",
        N_("What it recommended"),
        N_("Recommendation"),
        recommendations,
        (Column(N_("Text"), (Cebu.text,)),),
        N_("From the recommendations that are stated to be adopted at it."),
        more=Cebu.adoptedAt,
        most=MANY,
    )
    adopted = set(desk.pointing(Cebu.adoptedAt)) - set(recommendations)
    desk.table(
        "adopted",
        N_("What else it adopted"),
        N_("Text"),
        desk.sorted(adopted),
        (Column(N_("Its part"), (Cebu.adoptedAt,), is_role=True),),
        N_("From the texts that are stated to be adopted at it."),
    )
    reports_on(desk)
    desk.timeline(desk.spans([desk.iri]))


def recommendation(desk: Desk) -> None:
    """Lay out a recommendation: its text, and what is reported where it stands."""
    desk.lead(N_("Text"), Cebu.text)
    desk.fact(N_("Forum"), Cebu.adoptedAt)
    desk.fact(N_("Number"), Cebu.number)
    desk.fact(N_("Clusters"), Cebu.theme)
    desk.fact(N_("Addressed to"), Cebu.addressee)
    desk.fact(N_("Instruments that it names"), Cebu.refersTo)
    reports_on(desk)
    desk.table(
        "instruments",
        N_("Reported on its clusters, about an instrument that it names"),
        N_("What is reported"),
        desk.found(
            f"<{desk.iri}> <{Cebu.theme}> ?theme ; <{Cebu.refersTo}> ?named ."
            f" ?x <{Cebu.theme}> ?theme ; <{Cebu.reportsOn}> ?named ; a ?kind {_REPORTS}"
        ),
        (
            Column(N_("Country"), (Cebu.country,)),
            Column(N_("Reports on"), (Cebu.reportsOn,)),
            Column(N_("Cluster"), (Cebu.theme,)),
        ),
        N_("From the clusters and instruments that both are stated to have."),
    )
    rows = desk.entity.data.select(
        f"SELECT ?theme ?kind (COUNT(DISTINCT ?x) AS ?n) {{ <{desk.iri}> <{Cebu.theme}> ?theme ."
        f" ?x <{Cebu.theme}> ?theme ; a ?kind {_REPORTS} }} GROUP BY ?theme ?kind"
    )
    by_theme: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row["kind"]):
        kind = desk.names.link(row["kind"]).label
        by_theme.setdefault(row["theme"], []).append(counted(int(row["n"]), kind))
    for theme in desk.sorted(by_theme):
        desk.derived(
            N_("Reported on its cluster"),
            [desk.names.link(theme), *by_theme[theme]],
            N_(
                "Counted: the initiatives and findings with that cluster. Nothing states that they"
                " answer this recommendation."
            ),
        )
