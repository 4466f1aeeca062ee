"""A statement of the graph with the sentence that says it, to show what the whole promises."""

from dataclasses import dataclass
from typing import Final

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local, source_link
from server.linked_data.labels import label
from server.store.kept import kept_by_version
from server.store.store import GraphStore

_RDF: Final = PREFIXES["rdf"]
# What a visitor understands without knowing the graph, the clearest first.
_PROPERTIES: Final = (Cebu.coordinator, Cebu.host, Cebu.lead, Cebu.adoptedAt)
# Characters of a sentence that is neither a cell of a table nor a page.
_SHORTEST: Final = 40
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing by its label, and where its page is."""

    label: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """Subject, property and value of a statement; the words that say it, and where they stand."""

    subject: Thing
    property: str
    value: Thing
    words: str
    document: str
    line: str
    source: str | None


@kept_by_version
def example(data: GraphStore) -> Example | None:
    """Return the example, None if no sentence says such a thing; once for each state of the data.

    The sentence ends in a full stop and names the value by its label, so that anyone sees that it
    says what is stated.
    """
    return next(filter(None, (_example(data, str(item)) for item in _PROPERTIES)), None)


def _example(data: GraphStore, property_: str) -> Example | None:
    rows = data.select(
        "SELECT ?subject ?value ?passage ?words ?line ?document {"
        f" ?claim <{_RDF}predicate> <{property_}> ; <{_RDF}subject> ?subject ;"
        f" <{_RDF}object> ?value ; <{Cebu.evidence}> ?passage ."
        f" ?passage <{Cebu.exact}> ?words ; <{Cebu.line}> ?line ;"
        f" <{PREFIXES['oa']}hasSource> ?document ."
        f" ?value <{PREFIXES['rdfs']}label> ?name"
        f" FILTER(STRLEN(?words) >= {_SHORTEST} && STRLEN(?words) <= {_LONGEST}"
        ' && STRENDS(?words, ".") && CONTAINS(?words, STR(?name))) }'
        " ORDER BY ?subject ?passage LIMIT 1"
    )
    if not rows:
        return None
    row = rows[0]
    return Example(
        Thing(label(data.graph, row["subject"]), local(row["subject"])),
        label(data.graph, property_),
        Thing(label(data.graph, row["value"]), local(row["value"])),
        row["words"],
        label(data.graph, row["document"]),
        row["line"],
        source_link(row["passage"], row["line"]),
    )
