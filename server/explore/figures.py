"""Figures: the observations of the data sets, and what is common to the views that show them."""

import re
from dataclasses import dataclass
from typing import Final

from server.explore.evidence import NOWHERE, Place, first_places
from server.explore.view import Row, query, select
from server.store.store import GraphStore

VARIABLES: Final = (
    "?figure ?label ?value ?unit ?unitName ?area ?areaName ?period ?sex ?sexName ?dataset"
    " ?datasetName"
)
PATTERNS: Final = (
    "?figure a qb:Observation ;\n"
    "  qb:dataSet ?dataset ;\n"
    "  rdfs:label ?label ;\n"
    "  sdmx-measure:obsValue ?value ;\n"
    "  sdmx-attribute:unitMeasure ?unit .",
    "?dataset rdfs:label ?datasetName .",
    "?unit rdfs:label ?unitName .",
    "OPTIONAL { ?figure sdmx-dimension:refArea ?area . ?area rdfs:label ?areaName }",
    "OPTIONAL { ?figure sdmx-dimension:refPeriod ?period }",
    "OPTIONAL { ?figure sdmx-dimension:sex ?sex . ?sex rdfs:label ?sexName }",
)
ORDER: Final = "?dataset ?unitName ?label ?figure"
ALL: Final = query(VARIABLES, PATTERNS, ORDER)
EVIDENCE: Final = query(
    "?figure ?source ?passage ?line ?words",
    [
        "?figure a qb:Observation .",
        "?claim rdf:subject ?figure ;\n"
        "  rdf:predicate sdmx-measure:obsValue ;\n"
        "  cebu:statedIn ?source ;\n"
        "  cebu:evidence ?passage .",
        "?passage cebu:line ?line ;\n  cebu:exact ?words .",
    ],
    "?figure ?line ?passage",
)
_NO_DIGIT: Final = re.compile(r"[^0-9.]")


@dataclass(frozen=True, slots=True)
class Said:
    """Where a figure is printed, and in which document."""

    place: Place
    source: str


def said(data: GraphStore) -> dict[str, Said]:
    """Return where each figure is printed: the cell with its digits, or else the first words."""
    rows = select(data, EVIDENCE, is_fixed=True)
    values = {row["figure"]: row["value"] for row in select(data, ALL, is_fixed=True)}
    sources = {row["figure"]: row["source"] for row in rows}
    first = first_places(rows, "figure")
    cells = first_places(
        (
            row
            for row in rows
            if row["figure"] in values
            and _NO_DIGIT.sub("", row["words"]) == _NO_DIGIT.sub("", values[row["figure"]])
        ),
        "figure",
    )
    return {
        figure: Said(cells.get((figure,)) or first.get((figure,), NOWHERE), source)
        for figure, source in sources.items()
    }


def measure(row: Row) -> str:
    """Return what a figure measures: the beginning of its label, up to the name of its area.

    Without the name of an area in it, the label up to its first colon, or the whole.
    """
    label, area = row["label"], row.get("areaName", "")
    head, found, _ = label.partition(area) if area else ("", "", "")
    if not found or not head.strip():
        head = label.partition(":")[0]
    return re.sub(r"(,|:| of)?\s*$", "", head)


def number(value: str) -> str:
    """Return a number with its thousands apart."""
    whole, point, rest = value.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.isdecimal() else value
