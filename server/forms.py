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


def protocol_fields(received: Request, direct: str, name: str) -> list[tuple[str, str]]:
    """Return the fields of the address and of the body, in their order.

    A body of the type `direct` is the field `name` itself (SPARQL 1.1 Protocol, sections 2.1.3 and
    2.2.2). Raises `Problem` for another type than that and `FORM`, and for one in another encoding.
    """
    accept_post = f"{direct}, {FORM}"
    given = fields(received.query_string)
    check_encoding(received, accept_post)
    body = received.get_data()
    if received.mimetype == FORM:
        return given + fields(body)
    if received.mimetype == direct:
        return [*given, (name, text(body))]
    raise Problem(
        "media-type",
        f"The body has the type {received.mimetype or 'none'!r}.",
        next_step=f"Send {direct} in UTF-8, or {FORM}.",
        headers={"Accept-Post": accept_post},
    )


def check_encoding(received: Request, accept_post: str) -> None:
    """Raise `Problem` if the body is encoded in a way that is not read (RFC 9110, 15.5.16)."""
    check_coding(received)
    charset = received.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        raise Problem(
            "media-type",
            f"The body is said to be in {charset}.",
            next_step="Send it in UTF-8.",
            headers={"Accept-Post": accept_post},
        )


def check_coding(received: Request) -> None:
    """Raise `Problem` if the body has a content coding (RFC 9110, sections 8.4 and 15.5.16)."""
    coding = received.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise Problem(
            "media-type",
            "The body has a content coding.",
            next_step="Send the body as it is.",
            headers={"Accept-Encoding": "identity"},
        )
