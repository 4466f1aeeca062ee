"""The reader of the annexes that print, by state and ILO convention, who is party to what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rdflib import DCTERMS, RDF, XSD, Literal, Namespace, URIRef

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.names import NameRegistry
from ingest.printed_table import Cell, read_rows
from ingest.source_text import Span, printed_words
from ingest.state_names import member_state
from ontology.iris import path_of, resource
from ontology.namespaces import PREFIXES
from ontology.terms import Cebu

_ELI = Namespace(PREFIXES["eli"])
_HEADING = re.compile(
    r"^ANNEX (?P<number>\d+)\s+(?P<title>ASEAN MEMBER STATES' RATIFICATION OF "
    r"(?P<group>ILO \w+ CONVENTIONS))$",
    re.MULTILINE,
)
_COLUMNS = re.compile(r"^(?P<conventions>ILO Convention)[^\t\n]*\t[^\n]+$", re.MULTILINE)
_STATES = "Member States"
_NOTE = re.compile(
    r"^Source: [^\n]+? (?P<verified>verified by [^\n]+ on (?P<day>\d+ \w+ \d{4}))$", re.MULTILINE
)
_TITLE = re.compile(r"(?P<code>C (?P<padded>\d{3})) : (?P<title>[^\n:]+?\(No\. ?(?P<number>\d+)\))")
_ANY_ROW = re.compile(r"[^\t]")
# What a cell under a heading that says RATIFICATION means.
_STATUSES = {"Yes": "ratified", "Denounced": "denounced"}


@dataclass(frozen=True)
class _Annex:
    """Where the parts of one annex stand, and the day for which its source note vouches."""

    number: str
    heading: Span
    group: Span
    columns: re.Match[str]
    note: Span
    verified: Span
    day: Literal
    titles: Mapping[str, re.Match[str]]


def read_ratification_tables(graph: DocumentGraph, names: NameRegistry) -> None:
    """State every printed cell as a treaty status, and the title of every convention.

    An empty cell is silence: nothing is stated. `cebu:asOf` is the day on which, by the source
    note, the table was verified, not the earlier day of access: it is the last day for which the
    document answers.

    Raises:
        IngestError: a table has no heading, columns, source note or titles as expected, a cell has
            other words than the known ones, or a state is not in the registry; names the line.

    """
    text = graph.document.source.text
    headings = list(_HEADING.finditer(text))
    if not headings:
        raise IngestError(
            Place(graph.document.source.name),
            "It has no annex on the ratification of ILO conventions.",
            "Compare the headings of the annexes with the reader.",
        )
    ends = [*(match.start() for match in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=True):
        _state_annex(graph, names, _read_annex(graph, heading, end))


def _read_annex(graph: DocumentGraph, heading: re.Match[str], end: int) -> _Annex:
    source = graph.document.source
    place = Place(source.name, source.line(heading.start()), f"Annex {heading['number']}")
    columns = _COLUMNS.search(source.text, heading.end(), end)
    note = _NOTE.search(source.text, heading.end(), end)
    if columns is None or note is None:
        missing = "line of convention numbers" if columns is None else "source note with a day"
        raise IngestError(place, f"It has no {missing}.", "Compare it with the document.")
    day = datetime.strptime(note["day"], "%d %B %Y").date()
    titles = {match["number"]: match for match in _TITLE.finditer(source.text, note.end(), end)}
    numbers = [number.strip() for number in columns.group().split("\t")[1:]]
    if sorted(titles) != sorted(numbers):
        raise IngestError(
            place,
            f"Its columns are {', '.join(numbers)}, but titles follow for {', '.join(titles)}.",
            "Compare both with the document.",
        )
    for number, title in titles.items():
        if int(title["padded"]) != int(number):
            raise IngestError(
                Place(source.name, source.line(title.start()), title["code"]),
                f"The title says No. {number}.",
                "Compare both with the document.",
            )
    return _Annex(
        number=heading["number"],
        heading=Span(*heading.span("title")),
        group=Span(*heading.span("group")),
        columns=columns,
        note=Span(*note.span()),
        verified=Span(*note.span("verified")),
        day=Literal(day.isoformat(), datatype=XSD.date),
        titles=titles,
    )


def _state_annex(graph: DocumentGraph, names: NameRegistry, annex: _Annex) -> None:
    source = graph.document.source
    start = annex.columns.start()
    conventions: list[tuple[URIRef, str, Span]] = []
    for match in re.compile(r"\t(\d+)").finditer(source.text, start, annex.columns.end()):
        number = Span(*match.span(1))
        title = annex.titles[match[1]]
        conventions.append((*_state_convention(graph, annex, title, number), number))
    _state_note(graph, annex)
    heading_of_states = source.find(_STATES, after=source.exact(annex.heading))
    for row in read_rows(source, annex.columns.group(), _ANY_ROW):
        printed = _only_span(row.cells[0])
        if printed is None or source.exact(printed) == _STATES:
            continue
        try:
            state = member_state(names, source.exact(printed))
        except ValueError as error:
            place = Place(source.name, row.line, f"Annex {annex.number}")
            raise IngestError(place, f"{error}.", "Add it to names.yaml.") from error
        graph.claim(state, RDF.type, Cebu.MemberState, [heading_of_states, printed])
        name = names.things[state].label
        for (convention, title_words, number), cell in zip(conventions, row.cells[1:], strict=True):
            word = _only_span(cell)
            if word is None:
                continue
            status = _STATUSES.get(source.exact(word))
            if status is None:
                raise IngestError(
                    Place(source.name, row.line, f"{name}, {title_words}"),
                    f"The cell has {source.exact(word)!r}, not {' or '.join(_STATUSES)}.",
                    "Compare it with the document, and say in the reader what it means.",
                )
            subject = resource(
                f"treaty-status/{graph.document.slug}/"
                f"{path_of(convention).removeprefix('instrument/')}/"
                f"{path_of(state).removeprefix('state/')}"
            )
            label = f"{name} and the {title_words}: {status}, as of {annex.day}"
            graph.declare(subject, Cebu.TreatyStatus, label)
            concept = resource(f"concept/treaty-status/{status}")
            graph.claim(subject, RDF.type, Cebu.TreatyStatus, [annex.heading, word])
            graph.claim(subject, Cebu.state, state, [printed])
            graph.claim(subject, Cebu.instrument, convention, [number])
            graph.claim(subject, Cebu.treatyStatus, concept, [annex.heading, word])
            graph.claim(subject, Cebu.asOf, annex.day, [annex.verified])


def _state_convention(
    graph: DocumentGraph, annex: _Annex, title: re.Match[str], column: Span
) -> tuple[URIRef, str]:
    """State title and code of a convention; return it and the label that it gets."""
    subject = resource(f"instrument/ilo-c{int(title['number'])}")
    words = printed_words(title["title"])
    label = words.replace("(No.", "(No. ").replace("  ", " ")
    printed = Span(*title.span("title"))
    group = Literal(graph.document.source.exact(annex.group), lang="en")
    heading = Span(*annex.columns.span("conventions"))
    graph.declare(subject, Cebu.Convention, label)
    graph.claim(subject, RDF.type, Cebu.Convention, [heading, column, printed])
    graph.claim(subject, DCTERMS.title, Literal(words, lang="en"), [printed])
    code = Literal(title["code"], datatype=XSD.string)
    graph.claim(subject, Cebu.identifier, code, [Span(*title.span("code"))])
    graph.claim(subject, DCTERMS.description, group, [annex.group, column])
    return subject, label


def _state_note(graph: DocumentGraph, annex: _Annex) -> None:
    """State the source note under the table, a provision of the document by itself."""
    source = graph.document.source
    slug = f"annex-{annex.number}-source"
    subject = resource(f"provision/{graph.document.slug}/{slug}")
    heading = Span(source.text.rfind("ANNEX", 0, annex.heading.start), annex.heading.end)
    label = f"{graph.document.title}, source note of Annex {annex.number}"
    graph.declare(subject, Cebu.Provision, label)
    graph.claim(subject, RDF.type, Cebu.Provision, [annex.note])
    graph.claim(subject, _ELI.is_part_of, graph.iri, [heading])
    above = Literal(printed_words(source.exact(heading)), lang="en")
    graph.claim(subject, Cebu.heading, above, [heading])
    words = Literal(printed_words(source.exact(annex.note)), lang="en")
    graph.claim(subject, Cebu.text, words, [annex.note])


def _only_span(cell: Cell) -> Span | None:
    spans = [span for paragraph in cell.paragraphs for span in paragraph]
    return spans[0] if spans else None
