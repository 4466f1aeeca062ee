"""Answers in the format that the request asks for, and the headers that all of them carry."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, g, render_template, request

from server.engine.embedded import Answer
from server.http.formats import FORMATS, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem


def negotiate(offers: Sequence[Format]) -> Choice:
    """Return the format for this request's answer: by `format=` if given, else by Accept.

    Raises `Problem` if the request takes none of `offers`.
    """
    g.negotiated = True
    choice = negotiate_softly(offers)
    if choice is None:
        raise not_acceptable(offers)
    return choice


def negotiate_softly(offers: Sequence[Format]) -> Choice | None:
    """Return the same as `negotiate`, or None if the request takes none of `offers`.

    A `format=` that names none of them is passed over: some clients send words of their own there,
    beside an Accept header that says what they want.
    """
    g.negotiated = True
    chosen = FORMATS.get(request.values.get("format", ""))
    if chosen is not None and chosen in offers:
        return Choice(chosen, chosen.media_type)
    return choose(request.headers.get("Accept"), offers)


def by_accept(offers: Sequence[Format]) -> Choice:
    """Return the format that the Accept header prefers, whatever `format=` says.

    Raises `Problem` if the request takes none of `offers`.
    """
    g.negotiated = True
    choice = choose(request.headers.get("Accept"), offers)
    if choice is None:
        raise not_acceptable(offers)
    return choice


def not_acceptable(offers: Iterable[Format]) -> Problem:
    """Return the problem that lists what is available instead."""
    listed = [offer.media_type for offer in offers]
    return Problem(
        "not-acceptable",
        f"The request takes none of the formats of this address: {', '.join(listed)}.",
        more={"available": listed},
    )


def answer(body: bytes | str, content_type: str) -> Response:
    """Return a response with that body and type."""
    return Response(body, content_type=content_type)


def page(template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """Return an HTML page."""
    return Response(
        render_template(template, **context),
        status=status,
        content_type=FORMATS["html"].content_type(),
    )


def told(response: Response, result: Answer) -> Response:
    """Return the response, which says where its answer was cut if it was."""
    if result.cut:
        response.headers["Cebu-Truncated"] = result.cut.header()
    return response
