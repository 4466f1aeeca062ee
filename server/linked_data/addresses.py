"""From IRIs to the addresses at which this server, on whatever host, answers for them."""

import re
from typing import Final
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import request

from ontology.namespaces import BASE, CEBU, ID
from server.http.problems import Problem

_SHAPES: Final = BASE + "shapes#"
_PASSAGE: Final = re.compile(
    re.escape(ID + "passage/") + r"([a-z0-9]+(?:-[a-z0-9]+)*)/([0-9]+-[0-9]+)", re.A
)


def local(iri: str) -> str | None:
    """Return where a link to `iri` leads: a path here, an http(s) address elsewhere, or None."""
    if iri.startswith(ID):
        return "/doc/" + quote(iri.removeprefix(ID))
    if iri.startswith((str(CEBU), _SHAPES)):
        page, _, name = iri.removeprefix(BASE).partition("#")
        return f"/{page}#{quote(name)}"
    if iri.startswith(BASE):
        # A version is named by a query, and what is said with a change by a fragment.
        return "/" + quote(iri.removeprefix(BASE), safe="/?=#")
    return iri if iri.startswith(("http://", "https://")) else None


def query_link(text: str) -> str:
    """Return the path that runs the query `text` at the endpoint."""
    return "/sparql?" + urlencode({"query": text})


def absolute(iri: str) -> str:
    """Return the address of a graph that a request names; one at this host is one of ours.

    Raises `Problem` if it is relative or no address at all (RFC 3987, section 2.2).
    """
    try:
        name = ox.NamedNode(iri).value
    except ValueError as error:
        raise Problem("graph-address", f"{iri[:200]!r} is no absolute address: {error}.") from error
    here = request.host_url
    return BASE + name.removeprefix(here) if name.startswith(here) else name


def source_link(passage: str, line: str = "") -> str | None:
    """Return the path that shows a passage highlighted in its document, None if it is none.

    Passages are named by their document and the characters that they take (`START-END`).
    """
    match = _PASSAGE.fullmatch(passage)
    if match is None:
        return None
    anchor = f"#L{line}" if line.isascii() and line.isdigit() else f"#c{match[2]}"
    return f"/sources/{match[1]}?passage={match[2]}{anchor}"
