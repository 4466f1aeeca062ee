"""Forms and bodies of the SPARQL protocols, read strictly as UTF-8."""

from typing import Final
from urllib.parse import parse_qsl

from flask import Request

from server.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii"))


def fields(form: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form or of an address, in their order.

    The framework would read bytes that are no UTF-8 as signs of replacement. Raises `Problem`.
    """
    try:
        return parse_qsl(text(form), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem("bad-request", f"A field is not UTF-8: {error}.") from error


def text(body: bytes) -> str:
    """Return the text of a body. Raises `Problem` if it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("bad-request", f"The request is not UTF-8: {error}.") from error


def check_encoding(received: Request, accept_post: str) -> None:
    """Raise `Problem` if the body is encoded in a way that is not read (RFC 9110, 15.5.16)."""
    coding = received.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise Problem(
            "media-type",
            "The body has a content coding.",
            next_step="Send the body as it is.",
            headers={"Accept-Encoding": "identity"},
        )
    charset = received.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        raise Problem(
            "media-type",
            f"The body is said to be in {charset}.",
            next_step="Send it in UTF-8.",
            headers={"Accept-Post": accept_post},
        )
