"""Who may write: whoever shows the operator's token (RFC 6750, OAuth 2.0 bearer tokens)."""

import hashlib
import hmac

from flask import Request

from server.http.problems import Problem
from server.settings import Settings

_REALM = 'Bearer realm="cebu"'


def check(request: Request, settings: Settings) -> None:
    """Raise `Problem` if the request may not write: 403 if nobody may, else 401.

    The comparison takes as long for a token that is nearly right as for any other.
    """
    if not settings.token:
        raise Problem("forbidden", "Nothing can be written here.")
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    if not given:
        raise Problem(
            "unauthorized", "The request has no token.", headers={"WWW-Authenticate": _REALM}
        )
    # Digests are of one length, so that not even the token's can be measured.
    right = hmac.compare_digest(_digest(token.strip()), _digest(settings.token))
    if scheme.lower() != "bearer" or not right:
        raise Problem(
            "unauthorized",
            "The token of the request is not the one.",
            headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
