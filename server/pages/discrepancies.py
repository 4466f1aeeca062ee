"""The discrepancies of the served graph: claims that do not agree, each with its words."""

from dataclasses import dataclass, field
from typing import Final

from ontology.namespaces import PREFIXES
from ontology.terms import Cebu
from server.linked_data.addresses import local, source_link
from server.linked_data.labels import label
from server.store.kept import kept_by_version
from server.store.store import GraphStore

_RDFS: Final = PREFIXES["rdfs"]


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of a document: the words, where they are read, and their line."""

    exact: str
    document: str
    line: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the claims that do not agree, with the words that it rests on."""

    claim: str
    href: str | None
    words: list[Words] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What does not agree, in a sentence, and the claims."""

    label: str
    href: str | None
    comment: str
    sides: list[Side] = field(default_factory=list)


@kept_by_version
def discrepancies(data: GraphStore) -> list[Discrepancy]:
    """Return the discrepancies by label, read once for each state of the data."""
    base = f"?found a <{Cebu.Discrepancy}> ; <{Cebu.claim}> ?claim"
    rows = data.select(
        f"SELECT DISTINCT ?found ?comment ?claim ?claimed {{ {base}"
        f" OPTIONAL {{ ?found <{_RDFS}comment> ?comment }}"
        f" OPTIONAL {{ ?claim <{_RDFS}label> ?claimed }} }} ORDER BY ?found ?claim"
    )
    # By themselves: as an optional part of the above the engine reads all evidence that there is.
    evidence = data.select(
        f"SELECT DISTINCT ?claim ?passage ?document ?exact ?line ?start {{ {base} ."
        f" ?claim <{Cebu.evidence}> ?passage ."
        f" ?passage <{PREFIXES['oa']}hasSource> ?document ; <{Cebu.exact}> ?exact ;"
        f" <{Cebu.line}> ?line ; <{Cebu.start}> ?start }} ORDER BY ?claim ?start ?passage"
    )
    names: dict[str, str] = {}
    words: dict[str, dict[str, Words]] = {}
    for row in evidence:
        passage, document = row["passage"], row["document"]
        if document not in names:
            names[document] = label(data.graph, document)
        href = source_link(passage, row["line"])
        said = Words(row["exact"], names[document], row["line"], href)
        words.setdefault(row["claim"], {}).setdefault(passage, said)
    found: dict[str, Discrepancy] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        iri, claim = row["found"], row["claim"]
        if iri not in found:
            found[iri] = Discrepancy(label(data.graph, iri), local(iri), row.get("comment", ""))
        if (iri, claim) not in seen:
            seen.add((iri, claim))
            side = Side(row.get("claimed", claim), local(claim), [*words.get(claim, {}).values()])
            found[iri].sides.append(side)
    return sorted(found.values(), key=lambda item: (item.label.casefold(), item.href or ""))
