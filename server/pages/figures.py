"""The figures of the start page: how many there are of what people look for, and where they are."""

from dataclasses import dataclass
from typing import Final

from ontology.namespaces import ID, PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local
from server.linked_data.labels import label
from server.pages.catalogue import marked
from server.store.kept import kept_by_version
from server.store.store import GraphStore

# What is counted, with the kind that the search knows it by and its name in the plural.
_COUNTED: Final = (
    (str(Cebu.Project), "project", marked("projects")),
    (str(Cebu.Plan), "plan", marked("plans")),
    (str(Cebu.Recommendation), "recommendation", marked("recommendations")),
    (str(Cebu.Instrument), "instrument", marked("conventions, declarations and laws")),
    (str(Cebu.Provision), "provision", marked("provisions of them")),
    (str(Cebu.TreatyStatus), "treaty-status", marked("statements on ratification")),
    (str(Cebu.Body), "body", marked("states and bodies")),
    (str(Cebu.Meeting), "meeting", marked("meetings")),
    (str(Cebu.Initiative), "initiative", marked("initiatives reported")),
    (str(Cebu.Finding), "finding", marked("findings")),
    (PREFIXES["qb"] + "Observation", "observation", marked("statistical figures")),
    (str(Cebu.SourceDocument), "source-document", marked("documents read")),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of things, and the page that lists them."""

    label: str
    number: int
    href: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted, and the states with their pages."""

    counted: list[Figure]
    states: list[tuple[str | None, str]]


@kept_by_version
def figures(data: GraphStore) -> Figures:
    """Return the figures, without those that are none; counted once for each state of the data."""
    return Figures(_counted(data), _states(data))


def _counted(data: GraphStore) -> list[Figure]:
    classes = " ".join(f"<{class_}>" for class_, _, _ in _COUNTED)
    rows = data.select(
        f"SELECT ?class (COUNT(DISTINCT ?thing) AS ?number) {{ VALUES ?class {{ {classes} }}"
        f" ?own <{PREFIXES['rdfs']}subClassOf>* ?class . ?thing a ?own"
        f' FILTER(STRSTARTS(STR(?thing), "{ID}")) }} GROUP BY ?class'
    )
    numbers = {row["class"]: int(row["number"]) for row in rows}
    return [
        Figure(name, numbers[class_], f"/search?kind={kind}")
        for class_, kind, name in _COUNTED
        if numbers.get(class_)
    ]


def _states(data: GraphStore) -> list[tuple[str | None, str]]:
    rows = data.select(f"SELECT DISTINCT ?state {{ ?state a <{Cebu.MemberState}> }}")
    named = ((local(row["state"]), label(data.graph, row["state"])) for row in rows)
    return sorted(named, key=lambda pair: pair[1])
