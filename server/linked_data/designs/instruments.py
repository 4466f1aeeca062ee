"""Instruments, their provisions, and who is bound by them."""

from typing import Final

from rdflib import DCTERMS, RDF, RDFS, SKOS

from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local
from server.linked_data.designs.parts import (
    MANY,
    N_,
    Column,
    Desk,
    Line,
    Property,
    Span,
    Table,
    plain,
)
from server.linked_data.designs.reports import reports_on
from server.linked_data.statements import Link, Value, iris, statements

_PART_OF: Final = PREFIXES["eli"] + "is_part_of"
_BOUND: Final = tuple(f"{ID}concept/treaty-status/{name}" for name in ("ratified", "acceded"))
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
    by_document(desk, "states", N_("States, by document"), N_("State"), Cebu.instrument, Cebu.state)
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


def by_document(
    desk: Desk, key: str, heading: str, name: str, own: Property, other: Property
) -> None:
    """Show treaty statuses as a table: instruments or states by document.

    `own` is the property by which the statuses name the entity, `other` that of the rows. When
    they came about is drawn below.
    """
    statuses = desk.pointing(own, kind=Cebu.TreatyStatus)
    if not statuses:
        return
    wanted = (
        other,
        Cebu.treatyStatus,
        Cebu.dateAsPrinted,
        Cebu.earliest,
        Cebu.latest,
        Cebu.asOf,
    )
    read = statements(desk.names, statuses, wanted, said=wanted[1:3])
    rows = desk.entity.data.select(
        f"SELECT DISTINCT ?x ?document {{ VALUES ?x {{ {iris(statuses)} }}"
        f" ?claim <{RDF.subject}> ?x ; <{Cebu.statedIn}> ?document }}"
    )
    stated = {row["x"]: row["document"] for row in rows}
    documents = sorted(set(stated.values()))
    cells: dict[str, dict[str, list[Value]]] = {}
    spans: dict[str, Span] = {}
    for status in statuses:
        found = read[status]
        for row_of in found.get(str(other), []):
            value = _status_in_words(desk, status, found)
            cells.setdefault(row_of.iri, {}).setdefault(stated.get(status, ""), []).append(value)
            begun = _first(found, Cebu.earliest)
            if begun and row_of.link and f"{row_of.iri} {begun}" not in spans:
                link = Link(status, row_of.link.label, local(status))
                printed = _first(found, Cebu.dateAsPrinted)
                span = Span(link, printed, begun, _first(found, Cebu.latest), (), [])
                spans[f"{row_of.iri} {begun}"] = span
    if own == Cebu.state:
        binding = {
            row_of.iri
            for status in statuses
            for row_of in read[status].get(str(other), [])
            if any(value.iri in _BOUND for value in read[status].get(str(Cebu.treatyStatus), []))
        }
        desk.derived(
            N_("Instruments that it ratified or acceded to"),
            [f"{len(binding):,}"],
            N_("Counted: the instruments of which any document says so; the table has them."),
        )
    lines = [
        Line(
            [
                [plain(desk.names.link(row_of))],
                *(cells[row_of].get(document, []) for document in documents),
            ]
        )
        for row_of in desk.sorted(cells)
    ]
    desk.design.sections.append(
        Table(
            key,
            heading,
            N_("From the treaty statuses that name it; an empty cell: the document is silent."),
            [name, *(desk.names.link(document).label for document in documents)],
            lines,
            len(lines),
        )
    )
    desk.timeline(sorted(spans.values(), key=lambda span: (span.earliest or "", span.link.label)))
    desk.design.timeline_last = True


def _status_in_words(desk: Desk, status: str, found: dict[str, list[Value]]) -> Value:
    """Return what a document says, as a link to the status, with its words."""
    said = [*found.get(str(Cebu.treatyStatus), []), *found.get(str(Cebu.dateAsPrinted), [])]
    parts = [value.text for value in said]
    if as_of := _first(found, Cebu.asOf):
        parts.append(f"as of {as_of}")
    quotes = {quote.passage.iri: quote for value in said for quote in value.quotes}
    link = Link(status, ", ".join(parts) or desk.names.link(status).label, local(status))
    return Value(link.label, link, None, list(quotes.values()))


def _first(found: dict[str, list[Value]], name: Property) -> str:
    values = found.get(str(name), [])
    return values[0].text if values else ""
