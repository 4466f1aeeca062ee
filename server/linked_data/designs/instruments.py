"""Instruments, their provisions, and who is bound by them."""

from typing import Final

from rdflib import DCTERMS, RDFS, SKOS

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.designs.parts import MANY, N_, Column, Desk
from server.linked_data.designs.reports import reports_on

_PART_OF: Final = PREFIXES["eli"] + "is_part_of"
_STATUS: Final = (
    Column(N_("Status"), (Cebu.treatyStatus,)),
    Column(N_("Date as printed"), (Cebu.dateAsPrinted,)),
    Column(N_("Earliest"), (Cebu.earliest,), said=False),
    Column(N_("As of"), (Cebu.asOf,), said=False),
)


def instrument(desk: Desk) -> None:
    """Lay out an instrument: what it is, who is bound by it, its provisions, who names it."""
    desk.lead(N_("Title"), DCTERMS.title)
    desk.fact(N_("Identifier"), Cebu.identifier)
    desk.fact(N_("Abbreviation"), Cebu.abbreviation)
    desk.fact(N_("Adopted or signed by"), Cebu.adoptedBy)
    desk.fact(N_("Adopted at"), Cebu.adoptedAt)
    desk.fact(N_("Date as printed"), Cebu.dateAsPrinted)
    desk.fact(N_("How far it binds"), Cebu.bindingness)
    desk.fact(N_("In words"), DCTERMS.description)
    desk.fact(N_("Also written"), SKOS.altLabel)
    desk.fact(N_("Elsewhere"), RDFS.seeAlso)
    statuses = desk.pointing(Cebu.instrument, kind=Cebu.TreatyStatus)
    desk.table(
        "states",
        N_("States, by document"),
        N_("What the document says"),
        statuses,
        (Column(N_("State"), (Cebu.state,), said=False), *_STATUS),
        N_("From the treaty statuses that name it: one of each state and document."),
        more=Cebu.instrument,
        most=MANY,
    )
    desk.table(
        "provisions",
        N_("Its provisions"),
        N_("Provision"),
        desk.pointing(_PART_OF),
        (
            Column(N_("Heading"), (Cebu.heading,)),
            Column(N_("Text"), (Cebu.text,)),
        ),
        N_("From the provisions that are stated to be part of it."),
        more=_PART_OF,
        most=MANY,
    )
    desk.table(
        "named",
        N_("Where it is named"),
        N_("Text or project"),
        desk.pointing(Cebu.refersTo),
        (
            Column(N_("Text"), (Cebu.text,)),
            Column(N_("Its part"), (Cebu.refersTo,), is_role=True),
        ),
        N_("From what is stated to refer to it."),
        more=Cebu.refersTo,
    )
    reports_on(desk)
    desk.timeline(desk.spans([desk.iri, *statuses]))


def provision(desk: Desk) -> None:
    """Lay out a provision: its text, what it is part of, and whom it addresses."""
    desk.lead(N_("Text"), Cebu.text)
    desk.fact(N_("Part of"), _PART_OF)
    desk.fact(N_("Number"), Cebu.number)
    desk.fact(N_("Heading"), Cebu.heading)
    desk.fact(N_("Addressed to"), Cebu.addressee)
    desk.fact(N_("Theme"), Cebu.theme)
    desk.fact(N_("Refers to"), Cebu.refersTo)
    desk.fact(N_("Signed for"), Cebu.signedFor)
    desk.fact(N_("Signed by"), Cebu.signatory)
    desk.fact(N_("Office"), Cebu.office)
    desk.table(
        "number",
        N_("Under the same number"),
        N_("Provision"),
        desk.found(
            f"<{desk.iri}> <{_PART_OF}> ?whole ; <{Cebu.number}> ?number ."
            f" ?x <{_PART_OF}> ?whole ; <{Cebu.number}> ?number FILTER(?x != <{desk.iri}>)"
        ),
        (Column(N_("Text"), (Cebu.text,)),),
        N_("From the provisions of the same text that have the same number."),
    )


def treaty_status(desk: Desk) -> None:
    """Lay out what a document says of a state and an instrument, beside what others say."""
    desk.fact(N_("State"), Cebu.state)
    desk.fact(N_("Instrument"), Cebu.instrument)
    for column in _STATUS:
        desk.fact(column.name, *column.properties)
    desk.fact(N_("In words"), DCTERMS.description)
    others = desk.found(
        f"<{desk.iri}> <{Cebu.state}> ?state ; <{Cebu.instrument}> ?instrument ."
        f" ?x <{Cebu.state}> ?state ; <{Cebu.instrument}> ?instrument ; a <{Cebu.TreatyStatus}>"
        f" FILTER(?x != <{desk.iri}>)"
    )
    desk.table(
        "others",
        N_("What other places say of the same state and instrument"),
        N_("What the document says"),
        others,
        _STATUS,
        N_("From the treaty statuses with the same state and the same instrument."),
    )
    desk.timeline(desk.spans([desk.iri, *others]))
