# ruff: noqa: N815 - the constants are spelled as the vocabulary spells its terms.
"""The terms of `cebu.ttl` as Python constants; a test holds the two equal."""

from rdflib import Namespace, URIRef
from rdflib.namespace import DefinedNamespace

from ontology.namespaces import CEBU


class Cebu(DefinedNamespace):
    """The classes and properties of the Cebu vocabulary, such as `Cebu.Project`.

    Asking for a term that the vocabulary does not have raises `AttributeError`.
    """

    _NS = Namespace(str(CEBU))
    _fail = True

    # Classes
    Body: URIRef
    Claim: URIRef
    Convention: URIRef
    Declaration: URIRef
    Discrepancy: URIRef
    Finding: URIRef
    Initiative: URIRef
    Instrument: URIRef
    Meeting: URIRef
    MemberState: URIRef
    MemorandumOfUnderstanding: URIRef
    NationalLaw: URIRef
    Passage: URIRef
    Plan: URIRef
    Project: URIRef
    Protocol: URIRef
    Provision: URIRef
    Recommendation: URIRef
    SourceDocument: URIRef
    Statement: URIRef
    TreatyStatus: URIRef

    # Properties
    abbreviation: URIRef
    actor: URIRef
    addressee: URIRef
    adoptedAt: URIRef
    adoptedBy: URIRef
    asOf: URIRef
    bindingness: URIRef
    budget: URIRef
    budgetAmount: URIRef
    budgetCurrency: URIRef
    city: URIRef
    claim: URIRef
    coLead: URIRef
    collaborator: URIRef
    collaboratorAsPrinted: URIRef
    continues: URIRef
    contributingBody: URIRef
    coordinator: URIRef
    coordinatorAsPrinted: URIRef
    country: URIRef
    dateAsPrinted: URIRef
    earliest: URIRef
    end: URIRef
    evidence: URIRef
    exact: URIRef
    followsUp: URIRef
    footnote: URIRef
    heading: URIRef
    heldUnder: URIRef
    host: URIRef
    identifier: URIRef
    includedInPlan: URIRef
    instrument: URIRef
    latest: URIRef
    lead: URIRef
    line: URIRef
    mergedInto: URIRef
    number: URIRef
    office: URIRef
    originPlan: URIRef
    originatingBody: URIRef
    ownedBy: URIRef
    partOfPlan: URIRef
    partOfProject: URIRef
    participant: URIRef
    refersTo: URIRef
    reportsOn: URIRef
    signatory: URIRef
    signedFor: URIRef
    start: URIRef
    state: URIRef
    statedIn: URIRef
    status: URIRef
    statusNote: URIRef
    subTheme: URIRef
    text: URIRef
    theme: URIRef
    timelineAsPrinted: URIRef
    treatyStatus: URIRef
    year: URIRef
