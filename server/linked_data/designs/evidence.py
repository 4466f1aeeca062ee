"""What statements rest on: documents, passages, claims, and claims that do not agree."""

from urllib.parse import quote

from rdflib import DCTERMS, RDF, RDFS

from ontology.namespaces import BASE, ID
from ontology.terms import Cebu
from server.linked_data.addresses import local
from server.linked_data.designs.parts import (
    N_,
    Column,
    Desk,
    Fact,
    Line,
    Side,
    Sides,
    Table,
    plain,
)
from server.linked_data.statements import SOURCE, Link, Value, quotes_of_claims, statements
from server.services import services
from server.sources.documents import stored_document


def document(desk: Desk) -> None:
    """Lay out a document: whose it is, what the graph has from it, where it is read."""
    desk.fact(N_("Title"), DCTERMS.title)
    desk.fact(N_("Publisher"), DCTERMS.publisher)
    desk.fact(N_("Issued"), DCTERMS.issued)
    desk.fact(N_("In words"), DCTERMS.description)
    desk.fact(N_("Rights"), DCTERMS.rights)
    slug = desk.iri.removeprefix(ID + "document/")
    address = f"/sources/{quote(slug)}"
    desk.derived(
        N_("Read it"),
        [Link(BASE + address.lstrip("/"), "the text, with its evidence marked", address)],
        N_("The stored text, the marked passages and the coverage of each section."),
    )
    _coverage(desk, slug)
    rows = desk.entity.data.select(
        f"SELECT ?kind (COUNT(DISTINCT ?x) AS ?n) {{ GRAPH <{BASE}graph/{quote(slug)}>"
        " { ?x a ?kind } } GROUP BY ?kind"
    )
    counted = sorted(rows, key=lambda row: (-int(row["n"]), row["kind"]))
    if counted:
        lines = [
            Line(
                [
                    [plain(desk.names.link(row["kind"]))],
                    [Value(f"{int(row['n']):,}", None, None, [])],
                ]
            )
            for row in counted
        ]
        desk.design.sections.append(
            Table(
                "gives",
                N_("What the graph has from it"),
                N_("Counted: the things of each class in the graph of this document."),
                [N_("Class"), N_("How many")],
                lines,
                len(lines),
            )
        )


def _coverage(desk: Desk, slug: str) -> None:
    """Say how much of the text is evidence; of past versions nobody counts it."""
    here = services()
    if desk.entity.data is not here.data:
        return
    found = stored_document(here.data, here.settings, slug)
    if found is not None and found.coverage is not None:
        coverage = found.coverage
        desk.derived(
            N_("Of its letters and digits, evidence of some statement"),
            [f"{coverage.share:.1%} ({coverage.covered:,} of {coverage.characters:,})"],
            N_("Counted: the characters of the stored text that lie in a passage of the graph."),
        )


def passage(desk: Desk) -> None:
    """Lay out a passage: its words and where they stand."""
    desk.lead(N_("The words"), Cebu.exact)
    desk.fact(N_("Document"), SOURCE)
    desk.fact(N_("Line"), Cebu.line)


def claim(desk: Desk) -> None:
    """Lay out a claim: what it says, in which words, and who says the same or otherwise."""
    desk.fact(N_("Of"), RDF.subject)
    desk.fact(N_("What"), RDF.predicate)
    desk.fact(N_("Value"), RDF.object)
    desk.fact(N_("Stated in"), Cebu.statedIn)
    said = quotes_of_claims(desk.names, [desk.iri]).get(desk.iri, [])
    if said:
        value = Value("", None, None, said)
        desk.design.facts.append(Fact(N_("Its words"), [value]))
    desk.table(
        "same",
        N_("Other claims of the same statement"),
        N_("Claim"),
        desk.found(
            f"<{desk.iri}> <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o ."
            f" ?x <{RDF.subject}> ?s ; <{RDF.predicate}> ?p ; <{RDF.object}> ?o ; a <{Cebu.Claim}>"
            f" FILTER(?x != <{desk.iri}>)"
        ),
        (Column(N_("Stated in"), (Cebu.statedIn,)),),
        N_("From the claims with the same subject, property and value."),
    )
    desk.table(
        "discrepancies",
        N_("Where it does not agree with others"),
        N_("Discrepancy"),
        desk.pointing(Cebu.claim),
        (Column(N_("What does not agree"), (RDFS.comment,)),),
        N_("From the discrepancies that name it."),
    )


def discrepancy(desk: Desk) -> None:
    """Lay out what does not agree: the claims side by side."""
    desk.lead(N_("What does not agree"), RDFS.comment)
    claims = [value.iri for value in desk.values(Cebu.claim)]
    read = statements(desk.names, claims, (RDF.subject, RDF.predicate, RDF.object))
    said = quotes_of_claims(desk.names, claims)
    sides = []
    for claim_ in claims:
        subject, property_, value = (
            read[claim_].get(str(name), []) for name in (RDF.subject, RDF.predicate, RDF.object)
        )
        if subject and property_ and value:
            link = Link(claim_, "claim", local(claim_))
            sides.append(Side(link, subject[0], property_[0], value[0], said.get(claim_, [])))
    if sides:
        desk.design.sections.append(
            Sides(
                "claims",
                N_("The claims, side by side"),
                N_("From the claims that the discrepancy names, and their passages."),
                sides,
            )
        )
