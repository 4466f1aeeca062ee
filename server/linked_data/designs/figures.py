"""Figures and their data sets."""

from typing import Final

from ontology.namespaces import PREFIXES
from server.linked_data.designs.parts import MANY, N_, Column, Desk, Fact, figure

_DIMENSION: Final = PREFIXES["sdmx-dimension"]
_VALUE: Final = PREFIXES["sdmx-measure"] + "obsValue"
_UNIT: Final = PREFIXES["sdmx-attribute"] + "unitMeasure"
_DATASET: Final = PREFIXES["qb"] + "dataSet"
_OBSERVATION: Final = PREFIXES["qb"] + "Observation"
_COLUMNS: Final = (
    Column(N_("Value"), (_VALUE,), is_figure=True),
    Column(N_("Unit"), (_UNIT,), said=False),
    Column(N_("Period"), (_DIMENSION + "refPeriod",), said=False),
    Column(N_("Sex"), (_DIMENSION + "sex",), said=False),
)
_FEW: Final = 12
_AREA: Final = Column(N_("Of"), (_DIMENSION + "refArea",), said=False)


def observation(desk: Desk) -> None:
    """Lay out a figure: its value, what it counts, and the other figures of its place."""
    values = desk.values(_VALUE)
    if values:
        desk.design.lead = Fact(N_("Value"), list(map(figure, values)))
    desk.fact(N_("Unit"), _UNIT)
    desk.fact(N_("Of"), _DIMENSION + "refArea")
    desk.fact(N_("Period"), _DIMENSION + "refPeriod")
    desk.fact(N_("Sex"), _DIMENSION + "sex")
    desk.fact(N_("Data set"), _DATASET)
    desk.table(
        "beside",
        N_("Other figures of the same place in the same data set"),
        N_("Figure"),
        desk.found(
            f"<{desk.iri}> <{_DATASET}> ?set ; <{_DIMENSION}refArea> ?area ."
            f" ?x <{_DATASET}> ?set ; <{_DIMENSION}refArea> ?area FILTER(?x != <{desk.iri}>)"
        ),
        _COLUMNS,
        N_("From the figures with the same data set and the same place."),
        most=_FEW,
    )


def dataset(desk: Desk) -> None:
    """Lay out a data set: its figures."""
    desk.fact(N_("Title"), PREFIXES["dcterms"] + "title")
    figures = desk.pointing(_DATASET)
    desk.derived(
        N_("Figures"), [f"{len(figures):,}"], N_("Counted: the figures that name the data set.")
    )
    desk.table(
        "figures",
        N_("Figures"),
        N_("Figure"),
        figures,
        (_AREA, *_COLUMNS),
        N_("From the figures that name the data set."),
        more=_DATASET,
        most=MANY,
    )


def figures_of(desk: Desk) -> None:
    """Show the figures of a state or body."""
    desk.table(
        "figures",
        N_("Figures"),
        N_("Figure"),
        desk.pointing(_DIMENSION + "refArea", kind=_OBSERVATION),
        _COLUMNS,
        N_("From the figures whose area it is."),
        more=_DIMENSION + "refArea",
        most=_FEW,
    )
