"""The reader of the workers' recommendations for the 13th ASEAN Forum on Migrant Labour."""

from __future__ import annotations

import re

from rdflib import RDF, XSD, Literal, URIRef

from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.source_text import Span, printed_words
from ontology.iris import resource
from ontology.terms import Cebu

MEETING = "afml-13-workers"
_HEADING = re.compile(r"Sub-[Tt]heme (?P<number>\d): ")
_ITEM = re.compile(r"(?P<number>\d+)\. ")
_OUTSIDE = re.compile(r"To address sub-theme|The meeting was held")
_TITLE = "Regional workers' preparatory meeting recommendations for the 13th ASEAN Forum"


def read_workers_recommendations(graph: DocumentGraph) -> None:
    """State the numbered recommendations in full, each under its sub-theme.

    Raises:
        IngestError: the numbers are not 1, 2, 3 and so on, or one stands under no sub-theme.

    """
    source = graph.document.source
    theme: tuple[URIRef, Span] | None = None
    number, spans = 0, list[Span]()
    for line in range(1, source.line(len(source.text)) + 1):
        start, end = source.line_span(line)
        span = source.trimmed(start, end)
        if span is None:
            continue
        words = source.exact(span)
        heading, item = _HEADING.match(words), _ITEM.match(words)
        if heading or item or _OUTSIDE.match(words):
            _state(graph, number, spans, theme)
            spans = []
        if heading:
            theme = (resource(f"concept/afml-13-sub-theme/{heading['number']}"), span)
        elif item:
            if int(item["number"]) != number + 1:
                raise IngestError(
                    Place(source.name, line, f"recommendation {item['number']}"),
                    f"The recommendation before it is {number}.",
                    "Compare the numbers with the document.",
                )
            number += 1
            spans = [Span(span.start, span.end)]
        elif spans:
            spans.append(span)
    _state(graph, number, spans, theme)


def _state(
    graph: DocumentGraph, number: int, spans: list[Span], theme: tuple[URIRef, Span] | None
) -> None:
    if not spans:
        return
    source = graph.document.source
    first, *others = spans
    if theme is None:
        raise IngestError(
            Place(source.name, source.line(first.start), f"recommendation {number}"),
            "It stands under no sub-theme.",
            "Compare the headings with the document.",
        )
    digits = Span(first.start, first.start + len(str(number)))
    body = [Span(digits.end + len(". "), first.end), *others]
    text = "\n".join(printed_words(source.exact(span)) for span in body)
    subject = resource(f"recommendation/{MEETING}/{number}")
    opening = " ".join(text.split()[:12])
    graph.declare(
        subject, Cebu.Recommendation, f"AFML 13 workers' recommendation {number}: {opening}…"
    )
    graph.claim(subject, RDF.type, Cebu.Recommendation, [source.find(_TITLE)])
    graph.claim(subject, Cebu.adoptedAt, resource(f"meeting/{MEETING}"), [source.find(_TITLE)])
    graph.claim(subject, Cebu.number, Literal(str(number), datatype=XSD.string), [digits])
    graph.claim(subject, Cebu.text, Literal(text, lang="en"), body)
    graph.claim(subject, Cebu.theme, theme[0], [theme[1]])
