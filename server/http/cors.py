"""Answers that pages of any other site may read (Fetch standard, section 3.3, CORS protocol).

All is public, and nothing depends on cookies: whoever writes sends a token in the header
Authorization. So every origin is allowed, without credentials, and no answer varies by origin.
"""

from typing import Final

from flask import Response, request

# A wildcard does not stand for Authorization, which has to be named.
ALLOWED_HEADERS: Final = "Authorization, *"
PREFLIGHT_SECONDS: Final = 86_400


def allow(response: Response) -> None:
    """Let scripts of all sites read the answer, and answer a preflight request."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = "*"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if _is_preflight():
        methods = response.headers.get("Allow", "GET, HEAD, OPTIONS")
        headers["Access-Control-Allow-Methods"] = methods
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)


def _is_preflight() -> bool:
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )
