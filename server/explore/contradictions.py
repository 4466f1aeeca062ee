"""Contradictions: what the documents say in two ways, the sentences side by side."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from ontology.iris import path_of
from ontology.namespaces import ID
from server.explore.charts import Bar, bars
from server.explore.drawing import shortened
from server.explore.view import (
    Row,
    View,
    check_fields,
    choices,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.pages.discrepancies import discrepancies
from server.store.store import GraphStore

_VARIABLES: Final = "?discrepancy ?what ?comment ?claim ?claimName ?document ?words ?line ?passage"
_PATTERNS: Final = (
    "?discrepancy a cebu:Discrepancy ;\n  rdfs:label ?what ;\n  cebu:claim ?claim .",
    "OPTIONAL { ?discrepancy rdfs:comment ?comment }",
    "?claim rdfs:label ?claimName ;\n  cebu:statedIn ?document ;\n  cebu:evidence ?passage .",
    "?passage cebu:exact ?words ;\n  cebu:line ?line .",
)
_DOCUMENTS: Final = (
    "?discrepancy a cebu:Discrepancy ;\n  cebu:claim ?claim .",
    "?claim cebu:statedIn ?document .",
)
_KINDS: Final = query(
    "?kind ?label",
    [
        "?discrepancy a cebu:Discrepancy ;\n  cebu:claim ?claim .",
        "?claim rdf:subject ?thing .",
        "?thing a ?kind .",
        "?kind rdfs:label ?label .",
    ],
    "?label",
)
_BETWEEN: Final = "between"
_WITHIN: Final = "within"
_TWO_DOCUMENTS: Final = (
    "?one cebu:statedIn ?first .\n"
    "?discrepancy cebu:claim ?other .\n"
    "?other cebu:statedIn ?second .\n"
    "FILTER (STR(?first) < STR(?second))"
)


def contradictions(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    kinds = {_key(row): row for row in select(data, _KINDS, is_fixed=True)}
    filters = [
        chosen("document", "Document", choices(data, "document", _DOCUMENTS)),
        chosen(
            "extent",
            "Where",
            [
                (_BETWEEN, "Between documents"),
                (_WITHIN, "Within one document"),
            ],
        ),
        chosen(
            "kind",
            "About",
            [(key, row["label"][:1].upper() + row["label"][1:]) for key, row in kinds.items()],
        ),
    ]
    check_fields(filters)
    document, extent, kind = filters
    wanted = []
    if document.value:
        wanted.append(_only(f"?one cebu:statedIn <{document.iri}> ."))
    if kind.value:
        about = kinds[kind.value]["kind"]
        wanted.append(_only(f"?one rdf:subject ?thing .\n?thing a <{about}> ."))
    if extent.value == _BETWEEN:
        wanted.append(_only(_TWO_DOCUMENTS))
    elif extent.value == _WITHIN:
        wanted.append(f"MINUS {_only(_TWO_DOCUMENTS)}")
    text = query(_VARIABLES, [*_PATTERNS, *wanted], "?discrepancy ?claim ?document ?line ?passage")
    found = select(data, text)
    shown = {local(row["discrepancy"]) for row in found}
    names = {ID + path: name for path, name in document.choices}
    return View(
        "contradictions",
        "Contradictions",
        "Where the documents contradict each other or themselves: the claims side by side, each"
        " with its sentences. The graph keeps all of them and settles none.",
        filters,
        [("The claims and their words", text)],
        _VARIABLES.replace("?", "").split(),
        found,
        sources(data, (row["document"] for row in found)),
        "explore/contradictions.html",
        {"items": [item for item in discrepancies(data) if item.href in shown]},
        draw=lambda pen: bars(
            pen, {"Contradictions within and between documents": _pairs(found, names)}, names=520
        ),
    )


def _pairs(found: list[Row], names: Mapping[str, str]) -> list[Bar]:
    """Return how many contradictions are within each document, or between which."""
    stated: dict[str, set[str]] = {}
    for row in found:
        stated.setdefault(row["discrepancy"], set()).add(row["document"])
    counted = Counter(tuple(sorted(documents)) for documents in stated.values())
    return [
        Bar(
            "Within " + names[pair[0]]
            if len(pair) == 1
            else "Between " + " and ".join(shortened(names[iri], 430 / len(pair)) for iri in pair),
            times,
            str(times),
            f"/explore/contradictions?document={path_of(pair[0])}"
            + ("&extent=within" if len(pair) == 1 else "&extent=between"),
        )
        for pair, times in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def _only(patterns: str) -> str:
    """Return the group that leaves the discrepancies of which one claim fits the patterns.

    It is a query of its own, and comes after the other patterns: in one group with them, or before
    them, the engine goes through all claims and all evidence before it asks which belong together.
    """
    inner = "\n".join(f"    {line}" for line in patterns.splitlines())
    return (
        "{\n  SELECT DISTINCT ?discrepancy\n  WHERE {\n"
        "    ?discrepancy a cebu:Discrepancy ;\n      cebu:claim ?one .\n"
        f"{inner}\n  }}\n}}"
    )


def _key(row: Row) -> str:
    """Return the name of a class without its namespace."""
    return row["kind"].removeprefix(ID).replace("#", "/").rpartition("/")[2]
