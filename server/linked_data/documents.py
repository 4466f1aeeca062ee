"""Documents that describe one thing: in the format of the suffix, or else of the Accept header."""

from typing import Final

from flask import Response, g
from rdflib import Graph

from server.history.versions import versioned
from server.http.formats import GRAPHS, HTML, Format
from server.http.negotiation import Choice
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import answer, negotiate

# Turtle first: it is what a client gets that does not say what it wants.
DOCUMENTS: Final = (*GRAPHS, HTML)
_BY_SUFFIX: Final = {item.key: item for item in DOCUMENTS}


def split_suffix(path: str) -> tuple[str, Format | None]:
    """Return `path` without a suffix of one of our formats, and that format.

    The format is also noted as the one for errors of this request.
    """
    stem, _, suffix = path.rpartition(".")
    if stem and suffix in _BY_SUFFIX:
        g.suffix = _BY_SUFFIX[suffix]
        return stem, _BY_SUFFIX[suffix]
    return path, None


def suffix_format(suffix: str | None) -> Format | None:
    """Return the format that a suffix names, None for none; raise `Problem` for another's."""
    if suffix is None:
        return None
    if suffix not in _BY_SUFFIX:
        raise Problem(
            "not-found",
            f"There is no format with the suffix .{suffix}.",
            next_step=f"Use one of {', '.join(_BY_SUFFIX)}.",
        )
    g.suffix = _BY_SUFFIX[suffix]
    return _BY_SUFFIX[suffix]


def chosen(suffix: Format | None) -> Choice:
    """Return the format for the document; raise `Problem` if the request takes none."""
    return Choice(suffix, suffix.media_type) if suffix else negotiate(DOCUMENTS)


def document(graph: Graph, choice: Choice, stem: str) -> Response:
    """Return `graph` as the document at the path `stem`, with links to its other formats."""
    response = answer(serialised(graph, choice.format), choice.content_type)
    return with_alternates(response, stem)


def with_alternates(response: Response, stem: str) -> Response:
    """Add a Link header (RFC 8288) for each format of the document at the path `stem`."""
    for item in DOCUMENTS:
        response.headers.add(
            "Link",
            f'<{versioned(f"{stem}.{item.key}")}>; rel="alternate"; type="{item.media_type}"',
        )
    return response


def alternates(stem: str) -> list[tuple[Format, str]]:
    """Return each format of the document at the path `stem` except HTML, with its address."""
    return [(item, versioned(f"{stem}.{item.key}")) for item in GRAPHS]
