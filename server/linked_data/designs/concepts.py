"""Concepts and their schemes."""

from rdflib import DCTERMS, SKOS

from ontology.terms import Cebu
from server.linked_data.designs.parts import LABELLED, MANY, N_, Column, Desk


def concept(desk: Desk) -> None:
    """Lay out a concept: what it means, what is broader and narrower, and what has it."""
    desk.lead(N_("Definition"), SKOS.definition)
    desk.fact(N_("Notation"), SKOS.notation)
    desk.fact(N_("Abbreviation"), Cebu.abbreviation)
    desk.fact(N_("Broader"), SKOS.broader)
    desk.fact(N_("Narrower"), SKOS.narrower)
    desk.fact(N_("Scheme"), SKOS.inScheme)
    desk.fact(N_("In words"), DCTERMS.description)
    ours = "".join(
        f" FILTER(?p != <{name}>)" for name in (SKOS.broader, SKOS.narrower, SKOS.hasTopConcept)
    )
    rows = desk.entity.data.select(
        f"SELECT DISTINCT ?x ?label ?p ?kind {{ ?x ?p <{desk.iri}> ; a ?kind {ours}"
        f" FILTER(?kind NOT IN (<{Cebu.Claim}>)) {LABELLED} }}"
    )
    by_property: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        kind = desk.names.link(row["kind"]).label
        by_property.setdefault(row["p"], []).append((row["kind"], kind, desk.named(row)))
    for property_ in sorted(by_property):
        name = desk.names.link(property_).label
        desk.groups(
            f"having-{name.replace(' ', '-')}",
            N_("Where it is used"),
            N_("From the statements that have it as a value, by class."),
            by_property[property_],
            property_,
            name,
        )


def scheme(desk: Desk) -> None:
    """Lay out a scheme: what it is a list of, and its concepts with what each is below."""
    desk.lead(N_("Definition"), SKOS.definition)
    found = desk.pointing(SKOS.inScheme)
    desk.derived(
        N_("Concepts"), [f"{len(found):,}"], N_("Counted: the concepts that are in the scheme.")
    )
    desk.table(
        "concepts",
        N_("Its concepts"),
        N_("Concept"),
        found,
        (
            Column(N_("Notation"), (SKOS.notation,)),
            Column(N_("Broader"), (SKOS.broader,)),
            Column(N_("Definition"), (SKOS.definition,)),
        ),
        N_("From the concepts that are stated to be in the scheme."),
        more=SKOS.inScheme,
        most=MANY,
    )
