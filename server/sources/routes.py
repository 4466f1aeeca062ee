"""The documents beside the facts: each text with its evidence marked, and what rests on it."""

import json
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, g, request

from ingest.source_text import Span
from server.http.formats import HTML, TEXT, Format
from server.http.negotiation import Choice
from server.http.problems import Problem
from server.http.responses import answer, by_accept, negotiate, page
from server.linked_data.addresses import local
from server.linked_data.routes import page_number
from server.services import services
from server.sources.documents import StoredDocument, slugs, stored_document
from server.sources.passages import Passage, resting_on

blueprint = Blueprint("sources", __name__)

_JSON: Final = Format("json", "application/json", "JSON")
# Offsets have fewer digits than this.
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Focus:
    """What the reader asks about: characters to highlight, and the passages to tell of."""

    span: Span | None
    line: int | None
    passages: list[Passage]


@blueprint.get("/sources")
def sources() -> Response:
    """List the documents, with their attribution and how much of each is evidence."""
    choice = by_accept((_JSON, HTML))
    here = services()
    found = [stored_document(here.data, here.settings, slug) for slug in slugs(here.data)]
    documents = [document for document in found if document is not None]
    if choice.format is HTML:
        return page("sources.html", documents=documents, local=local)
    listed = [_summary(document) for document in documents]
    return answer(json.dumps(listed, indent=2, ensure_ascii=False) + "\n", choice.content_type)


@blueprint.get("/sources/<document>.txt")
def source_text(document: str) -> Response:
    """Answer with the stored text itself."""
    g.suffix = TEXT
    return _plain(_document(document), Choice(TEXT, TEXT.media_type))


@blueprint.get("/sources/<document>")
def source(document: str) -> Response:
    """Answer with a page of the text, its evidence marked, or with the stored text itself."""
    found = _document(document)
    choice = negotiate((TEXT, HTML))
    if choice.format is TEXT:
        return _plain(found, choice)
    focus = _focus(found)
    number = page_number()
    if focus.line is not None and found.pages:
        number = found.page_of(focus.line)
    last = max(1, len(found.pages))
    if number > last:
        raise Problem(
            "parameter",
            f"Pages of this document: {last}. There is no page {number}.",
            next_step="Take page=1.",
        )
    parts = found.pages[number - 1] if found.pages else ()
    marked = found.marked
    data = services().data
    return page(
        "source.html",
        document=found,
        number=number,
        last=last,
        contents=_contents(found),
        parts=[(part, marked.html(part.first, part.last, focus.span)) for part in parts],
        silences=[
            (line, marked.text[item.span.start : item.span.end], item.reason)
            for part in parts
            for line, item in marked.silences_in(part.first, part.last)
        ],
        focus=focus,
        asked="at" in request.args or "passage" in request.args,
        resting=resting_on(data, focus.passages),
        line_of=lambda passage: marked.line(passage.span.start),
        local=local,
    )


def _document(slug: str) -> StoredDocument:
    here = services()
    found = stored_document(here.data, here.settings, slug)
    if found is None:
        raise Problem(
            "not-found",
            f"The graph was read from no document {slug!r}.",
            next_step="The page /sources lists the documents.",
        )
    return found


def _plain(found: StoredDocument, choice: Choice) -> Response:
    if found.text is None:
        raise Problem("not-found", found.fault, next_step="The page /sources lists the documents.")
    response = answer(found.text, choice.content_type)
    response.headers.add("Link", f'<{found.address}>; rel="alternate"; type="text/html"')
    return response


def _focus(found: StoredDocument) -> Focus:
    """Return what `passage=START-END` or `at=OFFSET` asks about.

    Raises `Problem` if it is no passage of the document, or no place in it.
    """
    if "passage" in request.args:
        start, dash, end = request.args["passage"].partition("-")
        bounds = (_offset(start), _offset(end) if dash else None)
        passages = [item for item in found.passages if (item.span.start, item.span.end) == bounds]
        if not passages:
            raise Problem(
                "parameter",
                "The graph has no passage of this document at that place.",
                next_step="Write passage=START-END as the passages' addresses do, "
                "or at=OFFSET for any place.",
            )
        return _about(found, passages[0].span, passages)
    if "at" in request.args:
        offset = _offset(request.args["at"])
        if offset is None or (found.text is not None and offset >= len(found.text)):
            raise Problem(
                "parameter",
                "at is no place in this text.",
                next_step="Give the number of a character, counted from 0.",
            )
        holding = [item for item in found.passages if item.span.start <= offset < item.span.end]
        holding.sort(key=lambda item: (item.span.end - item.span.start, item.span.start))
        span = holding[0].span if holding else Span(offset, offset + 1)
        return _about(found, span, holding, offset)
    return Focus(None, None, [])


def _about(
    found: StoredDocument, span: Span, passages: list[Passage], offset: int | None = None
) -> Focus:
    # A passage may begin on the page before the words that were asked about.
    place = span.start if offset is None else offset
    line = found.marked.line(place) if found.text else None
    return Focus(None if found.fault else span, line, passages)


def _contents(found: StoredDocument) -> list[dict[str, object]]:
    """Return the sections, each with its address and share, and the pages that it begins."""
    return [
        {
            "name": part.name,
            "share": part.share,
            "page": number,
            "href": f"?page={number}#s{part.number}",
        }
        for number, parts in enumerate(found.pages, 1)
        for part in parts
        if part.is_start and part.name
    ]


def _summary(found: StoredDocument) -> dict[str, object]:
    coverage = found.coverage
    return {
        "document": found.iri,
        "title": found.title,
        "address": f"{request.url_root.rstrip('/')}{found.address}",
        "rights": found.facts["rights"],
        "publisher": found.facts["publisher"],
        "sha256": found.facts["sha256"],
        "passages": len(found.passages),
        "characters": coverage.characters if coverage else None,
        "evidence": coverage.covered if coverage else None,
        "fault": found.fault or None,
        "sections": [
            {"name": part.name, "characters": part.characters, "evidence": part.covered}
            for part in (coverage.sections if coverage else ())
        ],
    }


def _offset(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None
