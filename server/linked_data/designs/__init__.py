"""Pages about things: for each class what a reader wants first."""

from collections.abc import Callable
from typing import Final

from rdflib import SKOS

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.designs import (
    actors,
    concepts,
    evidence,
    figures,
    forums,
    instruments,
    plans,
    reports,
)
from server.linked_data.designs.parts import Design, Desk
from server.linked_data.entity import Entity

# The first that fits; a subclass of Instrument is not stated to be an Instrument too.
_DESIGNS: Final[tuple[tuple[str, Callable[[Desk], None]], ...]] = (
    (str(Cebu.MemberState), actors.state),
    (str(Cebu.Body), actors.body),
    (str(Cebu.Plan), plans.plan),
    (str(Cebu.Project), plans.project),
    (str(Cebu.Recommendation), forums.recommendation),
    (str(Cebu.Meeting), forums.meeting),
    *(
        (str(kind), instruments.instrument)
        for kind in (
            Cebu.Instrument,
            Cebu.Declaration,
            Cebu.Statement,
            Cebu.Convention,
            Cebu.Protocol,
            Cebu.MemorandumOfUnderstanding,
            Cebu.NationalLaw,
        )
    ),
    (str(Cebu.Provision), instruments.provision),
    (str(Cebu.TreatyStatus), instruments.treaty_status),
    (str(Cebu.Initiative), reports.reported),
    (str(Cebu.Finding), reports.reported),
    (PREFIXES["qb"] + "Observation", figures.observation),
    (PREFIXES["qb"] + "DataSet", figures.dataset),
    (str(SKOS.ConceptScheme), concepts.scheme),
    (str(SKOS.Concept), concepts.concept),
    (str(Cebu.SourceDocument), evidence.document),
    (str(Cebu.Passage), evidence.passage),
    (str(Cebu.Claim), evidence.claim),
    (str(Cebu.Discrepancy), evidence.discrepancy),
)
CLASSES: Final = tuple(kind for kind, _ in _DESIGNS)


def design(entity: Entity) -> Design:
    """Return what is shown of the entity first; of a thing of no class that we know, nothing."""
    desk = Desk(entity)
    for kind, lay_out in _DESIGNS:
        if kind in entity.types:
            lay_out(desk)
            break
    return desk.design
