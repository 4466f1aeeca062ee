"""Forms and bodies of the SPARQL protocols, read strictly as UTF-8."""

import json
from binascii import a2b_qp
from typing import Final
from urllib.parse import parse_qsl

from flask import Request

from server.http.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii"))


def fields(form: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form or of an address, in their order.

    The framework would read bytes that are no UTF-8 as signs of replacement. Raises `Problem`.
    """
    try:
        return _quickly(form) or parse_qsl(text(form), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem("bad-request", f"A field is not UTF-8: {error}.") from error


def _quickly(form: bytes) -> list[tuple[str, str]] | None:
    """Return the fields of a form that has nothing unusual about it, else None.

    The standard library decodes each escape in Python, which takes longer than a short query. Here
    the decoder for quoted-printable does it, whose escapes are `=XX`: if each of them was one, the
    result is shorter by two bytes for each.
    """
    if b"\n" in form or b"\r" in form:
        return None
    found = []
    for part in form.split(b"&"):
        name, separator, value = part.partition(b"=")
        quoted = value.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")
        read = a2b_qp(quoted)
        if not separator or not name.isalpha() or len(read) != len(quoted) - 2 * quoted.count(b"="):
            return None
        found.append((name.decode("ascii"), read.decode("utf-8")))
    return found


def text(body: bytes) -> str:
    """Return the text of a body. Raises `Problem` if it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("bad-request", f"The request is not UTF-8: {error}.") from error


def json_value(received: Request, next_step: str) -> object:
    """Return what a body of JSON holds (RFC 8259).

    Raises `Problem` if it has another type, for which `next_step` says what to send, or is none.
    """
    check_coding(received)
    if received.mimetype != "application/json":
        raise Problem(
            "media-type",
            f"The body has the type {received.mimetype or 'none'!r}.",
            next_step=next_step,
        )
    try:
        return json.loads(text(received.get_data()))
    except (ValueError, RecursionError) as error:
        raise Problem("bad-request", f"The body is not JSON: {error}.") from error


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
