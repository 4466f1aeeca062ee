"""Content codings: gzip, Brotli and Zstandard (RFC 9110, section 8.4; RFC 7932; RFC 8878).

Flask-Compress does much of this, but takes `gzip;q=0` for a wish for gzip.
"""

import gzip
import sys
from collections.abc import Callable
from typing import Final

import brotli
from flask import Response, request

from server.http.negotiation import choose_coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Below this a coding saves no packet.
MIN_BYTES: Final = 1024

# Quick levels: at them all three keep up with the network, and the answers are made on request.
_CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda body: zstd.compress(body, 3),
    "br": lambda body: bytes(brotli.compress(body, quality=4)),  # type: ignore[no-untyped-call]
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
CODINGS: Final = tuple(_CODERS)
_TYPES: Final = frozenset(
    (
        "application/javascript",
        "application/json",
        "application/n-quads",
        "application/n-triples",
        "application/sparql-query",
        "application/trig",
        "application/xml",
        "image/svg+xml",
    )
)


def compress(response: Response) -> None:
    """Encode the body as the request prefers, if that is worth it.

    Says `Vary: Accept-Encoding` on each answer that another request might get encoded. Gives the
    encoded answer an entity tag of its own.
    """
    if not _is_worth_it(response):
        return
    response.vary.add("Accept-Encoding")
    coding = choose_coding(request.headers.get("Accept-Encoding"), CODINGS)
    # If not even the plain answer is taken, it is better than none (RFC 9110, section 12.5.3).
    if coding is None or coding == "identity":
        return
    response.direct_passthrough = False
    response.set_data(_CODERS[coding](response.get_data()))
    response.headers["Content-Encoding"] = coding
    tag, is_weak = response.get_etag()
    if tag:
        response.set_etag(f"{tag}-{coding}", weak=bool(is_weak))


def _is_worth_it(response: Response) -> bool:
    type_ = response.mimetype or ""
    return (
        response.status_code not in {204, 206, 304}
        and "Content-Encoding" not in response.headers
        and not (response.is_streamed and response.content_length is None)
        and (response.content_length or response.calculate_content_length() or 0) >= MIN_BYTES
        and (type_.startswith("text/") or type_.endswith(("+json", "+xml")) or type_ in _TYPES)
        # A transformation that the answer itself forbids (RFC 9111, section 5.2.2.6).
        and not response.cache_control.no_transform
    )
