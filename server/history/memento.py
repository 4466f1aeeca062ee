"""Versions in time: the Memento framework (RFC 7089)."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from flask import Blueprint, Response, g, request
from rdflib import OWL, Graph, URIRef

from ontology.iris import resource
from ontology.namespaces import BASE
from server.history.touched import changes_of
from server.http.problems import Problem
from server.http.responses import answer
from server.linked_data.addresses import local
from server.services import services
from server.store.store import Past

blueprint = Blueprint("memento", __name__)

_LINKS: Final = "application/link-format"


@blueprint.get("/timegate/<path:path>")
def timegate(path: str) -> Response:
    """Lead to the document about a thing as it was at the time of Accept-Datetime."""
    document = _document(path)
    moment = moment_asked()
    number = services().data.number if moment is None else version_at(moment)
    # Of another engine's data there is only the present.
    asked = "" if services().settings.backend.query else f"?version={number}"
    response = Response(status=302, headers={"Location": f"{document}{asked}"})
    response.vary.add("Accept-Datetime")
    response.headers.add("Link", f'<{document}>; rel="original"')
    response.cache_control.no_store = True
    return response


@blueprint.get("/timemap/<path:path>")
def timemap(path: str) -> Response:
    """List the versions of the document about a thing in which something was different."""
    here, host = _document(path), request.host_url.rstrip("/")
    tail = here.removeprefix("/doc/")
    links = [
        f'<{host}{here}>; rel="original"',
        f'<{host}/timegate/{tail}>; rel="timegate"',
        f'<{host}/timemap/{tail}>; rel="self"; type="{_LINKS}"',
    ]
    for number in versions_of(str(resource(path))):
        if moment := when(number):
            date = http_date(moment)
            links.append(f'<{host}{here}?version={number}>; rel="memento"; datetime="{date}"')
    response = answer(",\n".join(links) + "\n", _LINKS)
    response.cache_control.no_store = True
    return response


def linked(response: Response, document: str) -> Response:
    """Add to the document about a thing at a path what leads to its versions (section 2.2)."""
    if services().data.log is None:
        return response
    path = document.removeprefix("/doc/")
    links = [
        f'</timegate/{path}>; rel="timegate"',
        f'</timemap/{path}>; rel="timemap"; type="{_LINKS}"',
    ]
    for link in links:
        response.headers.add("Link", link)
    return dated(response, document)


def dated(response: Response, document: str) -> Response:
    """Add to what `version=` asked for at a path since when it was so (section 2.1.1)."""
    past: Past | None = g.get("past")
    if past is not None:
        response.headers.add("Link", f'<{document}>; rel="original latest-version"')
        if moment := when(past.number):
            response.headers["Memento-Datetime"] = http_date(moment)
    return response


def name_version(graph: Graph, path: str, past: Past | None) -> None:
    """Say in a document which version of it this is (OWL 2, section 3.1)."""
    data = services().data
    if data.log is not None:
        number = past.number if past else data.number
        document = URIRef(BASE + path.removeprefix("/"))
        graph.add((document, OWL.versionIRI, URIRef(f"{document}?version={number}")))


def _document(path: str) -> str:
    """Return the path of the document about a thing. Raises `Problem` if it is none."""
    try:
        return local(str(resource(path))) or "/"
    except ValueError as error:
        raise Problem("entity-unknown", f"{error}.") from error


def when(number: int) -> datetime | None:
    """Return since when a version is, None if that is not known."""
    log = services().data.log
    if log is None or number < log.first:
        return None
    return log.heading(number).time


def version_at(moment: datetime) -> int:
    """Return the version that was served at a moment; the first one for any earlier."""
    log = services().data.log
    if log is None:
        return services().data.number
    low, high = log.first - 1, log.last
    while low < high:
        middle = (low + high + 1) // 2
        if log.heading(middle).time <= moment:
            low = middle
        else:
            high = middle - 1
    return low


def moment_asked() -> datetime | None:
    """Return the time of Accept-Datetime (RFC 7089, section 2.1.1), None if there is none.

    Raises `Problem` if it cannot be read.
    """
    text = request.headers.get("Accept-Datetime")
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except ValueError as error:
        raise Problem("bad-request", f"Accept-Datetime is no date: {error}.") from error
    if found.tzinfo is None:
        raise Problem("bad-request", "Accept-Datetime has no time zone.")
    return found


def http_date(moment: datetime) -> str:
    """Return a time as HTTP has it (RFC 9110, section 5.6.7)."""
    return format_datetime(moment, usegmt=True)


def versions_of(iri: str) -> list[int]:
    """Return the numbers of the changes that name a thing."""
    return changes_of(services().data, iri)
