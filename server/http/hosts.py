"""Requests must name a host that could be one (RFC 9112, section 3.2): answers repeat it."""

from flask import Flask, request

from server.http.problems import Problem


def check(app: Flask) -> None:
    """Refuse requests to `app` whose Host header is no host."""
    app.before_request(_refuse)
    # `//` in an address is not mended: a redirect would repeat what the client sent.
    app.url_map.merge_slashes = False


def _refuse() -> None:
    # Werkzeug gives nothing for what is no host name or address, with or without a port.
    if not request.host:
        raise Problem("bad-request", "The Host header names no host.")
