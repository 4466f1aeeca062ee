"""Problems as responses: JSON, a page, RDF or plain text, whichever the client asked for."""

import json
import logging
import re
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, g, request
from rdflib import RDFS, Literal, URIRef
from werkzeug.exceptions import HTTPException

from ontology.namespaces import new_graph
from server.http.formats import GRAPHS, HTML, TEXT, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import page
from server.validation.verdicts import Invalid

_JSON: Final = Format("json", "application/problem+json", "JSON", aliases=("application/json",))
_OFFERS: Final = (_JSON, HTML, *GRAPHS, TEXT)
_STATUS_CODE: Final = URIRef("http://www.w3.org/2011/http#statusCodeValue")
# What a client sends as an address may be none (RFC 3987), nor its text XML (1.0, section 2.2).
_IN_ADDRESSES: Final = ":/?#[]@!$&'()*+,;=%-._~"
_CONTROLS: Final = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SLUGS: Final = {404: "not-found", 405: "method", 413: "too-large", 415: "media-type"}

_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Make every error of `app` a problem."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(Invalid, _report)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_exception)


def respond(problem: Problem) -> Response:
    """Return the response for `problem` in the format asked for, JSON if none fits."""
    suffix: Format | None = g.get("suffix")
    if suffix is not None:
        choice = Choice(suffix, suffix.media_type)
    else:
        choice = choose(request.headers.get("Accept"), _OFFERS) or Choice(_JSON, _JSON.media_type)
        g.negotiated = True
    response = _body(problem, choice)
    response.headers.update(problem.headers)
    return response


def _body(problem: Problem, choice: Choice) -> Response:
    members = problem.members()
    status = problem.status
    if choice.format is HTML:
        return page("problem.html", status, problem=problem, members=members)
    if choice.format in GRAPHS:
        graph = new_graph()
        about = URIRef(quote(request.base_url, safe=_IN_ADDRESSES))
        graph.add((about, RDFS.label, Literal(problem.kind.title, "en")))
        comment = _CONTROLS.sub("\ufffd", f"{problem.detail} {problem.next_step}")
        graph.add((about, RDFS.comment, Literal(comment, "en")))
        graph.add((about, RDFS.seeAlso, URIRef(members["type"])))
        graph.add((about, _STATUS_CODE, Literal(status)))
        return Response(serialised(graph, choice.format), status, content_type=choice.content_type)
    if choice.format is TEXT:
        text = f"{problem.kind.title}. {problem.detail} {problem.next_step}\n"
        return Response(text, status, content_type=choice.content_type)
    return Response(json.dumps(members) + "\n", status, content_type=_JSON.media_type)


def _report(problem: Invalid) -> Response:
    """Return the response for a change that may not be served: the report on it."""
    choice = choose(request.headers.get("Accept"), _OFFERS)
    if choice is not None and choice.format in GRAPHS:
        g.negotiated = True
        body = problem.verdict.written(choice.format)
        return Response(body, problem.status, content_type=choice.content_type)
    response = respond(problem)
    if response.mimetype == TEXT.media_type:
        response.set_data(f"{problem.kind.title}.\n\n{problem.verdict.text}")
    return response


def _from_http(error: HTTPException) -> Response:
    """Turn the framework's own refusals into problems, with their status and headers."""
    status = error.code or 500
    if status < 400 and error.response is not None:  # a redirect
        return Response(status=status, headers=error.get_headers())
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after", "accept-post"}
    }
    slug = _SLUGS.get(status, "internal" if status >= 500 else "bad-request")
    detail = {
        404: f"{request.path} is no address of this server.",
        405: f"{request.path} does not take {request.method}.",
    }.get(status, error.description or error.name)
    return respond(Problem(slug, detail, status=status, headers=headers))


def _from_exception(error: Exception) -> Response:
    """Answer an error nobody foresaw without telling of our insides, which go to the log."""
    _log.exception("unexpected error at %s", request.path, exc_info=error)
    return respond(Problem("internal", "The server met an error that it did not expect."))
