"""What the cells of a project's row state: timeline, budget, coordinators and collaborators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rdflib import XSD, Literal, URIRef

from ingest.cell_names import read_named_parts
from ingest.document_graph import DocumentGraph
from ingest.names import NameRegistry
from ingest.printed_table import Words
from ingest.timeline import Timeline, read_timeline
from ingest.values import property_iri
from ontology.terms import Cebu

_ROLES = {
    Cebu.coordinatorAsPrinted: Cebu.coordinator,
    Cebu.collaboratorAsPrinted: Cebu.collaborator,
}
_MONEY = re.compile(r"(?P<currency>[A-Z]{3}) (?P<amount>[\d,]+(?:\.\d+)?)")


class ProjectCells:
    """States cells in the graph of a document; an empty cell is silence and states nothing.

    `roles` are the entries of a corrections file for words that give a name its part, by word;
    `asides`, those for words that name nobody.
    """

    def __init__(
        self,
        graph: DocumentGraph,
        names: NameRegistry,
        roles: Mapping[str, Any],
        asides: Mapping[str, Any],
    ) -> None:
        self._graph = graph
        self._names = names
        self._roles = roles
        self._asides = asides

    def state_timeline(
        self,
        subject: URIRef,
        printed: Words,
        timeline: Timeline | None = None,
        whole: Words | None = None,
    ) -> None:
        """State a timeline as printed, with its bounds: those given, or else those it parses to.

        `whole` is the cell as printed where it holds more than the timeline.

        Raises:
            ValueError: no timeline is given and the words are none.

        """
        if not printed.text:
            return
        spans = printed.all_spans()
        timeline = timeline or read_timeline(printed.text)
        claim = self._graph.claim
        cell = whole or printed
        words = Literal(cell.text, datatype=XSD.string)
        claim(subject, Cebu.timelineAsPrinted, words, cell.all_spans())
        if timeline.earliest is not None:
            claim(subject, Cebu.earliest, Literal(timeline.earliest), spans)
        if timeline.latest is not None:
            claim(subject, Cebu.latest, Literal(timeline.latest), spans)
        for year in timeline.years:
            claim(subject, Cebu.year, Literal(year), spans)

    def state_budget(self, subject: URIRef, printed: Words) -> None:
        """State a budget as printed, and its amount and currency (ISO 4217).

        Raises:
            ValueError: the words are not a currency and an amount.

        """
        if not printed.text:
            return
        match = _MONEY.fullmatch(printed.text)
        if match is None:
            raise ValueError(f"the budget {printed.text!r} is not a currency and an amount")
        spans = printed.all_spans()
        amount = match["amount"].replace(",", "")
        claim = self._graph.claim
        claim(subject, Cebu.budget, Literal(printed.text, datatype=XSD.string), spans)
        claim(subject, Cebu.budgetAmount, Literal(amount, datatype=XSD.decimal), spans)
        currency = Literal(match["currency"], datatype=XSD.string)
        claim(subject, Cebu.budgetCurrency, currency, spans)

    def state_coordinators(
        self, subject: URIRef, printed: Words, whole: Words | None = None
    ) -> None:
        """State the cell of coordinators as printed, and each body in it by its part.

        `whole` is the cell as printed where it holds more than the coordinators.

        Raises:
            ValueError: a name is unknown; says which are most like it.

        """
        self._state_names(subject, printed, whole or printed, Cebu.coordinatorAsPrinted)

    def state_collaborators(self, subject: URIRef, printed: Words) -> None:
        """State the cell of collaborators as printed, and each body in it.

        Raises:
            ValueError: a name is unknown; says which are most like it.

        """
        self._state_names(subject, printed, printed, Cebu.collaboratorAsPrinted)

    def _state_names(
        self, subject: URIRef, printed: Words, cell: Words, as_printed: URIRef
    ) -> None:
        if not printed.text:
            return
        words = Literal(cell.text, datatype=XSD.string)
        self._graph.claim(subject, as_printed, words, cell.all_spans())
        stated: set[tuple[URIRef, URIRef]] = set()
        for part in read_named_parts(printed, self._names, self._roles, self._asides):
            role = _ROLES[as_printed]
            if part.label is not None:
                role = property_iri(str(self._roles[part.label]["role"]))
            # A cell may name one thing twice; its first place is evidence enough.
            if (role, part.thing) not in stated:
                self._graph.claim(subject, role, part.thing, part.spans)
                stated.add((role, part.thing))
