"""The endpoint: SPARQL 1.1 Protocol for queries, and the workbench for browsers."""

import json
from functools import partial
from typing import Final

from flask import Blueprint, Response, g, request, url_for

from server.endpoint import direct_answers, forms, labelled, workbench
from server.endpoint.query_requests import choices, query_request
from server.endpoint.service_description import describe
from server.history.versions import version_asked
from server.http import caching
from server.http.formats import GRAPHS, HTML, TABLES
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import answer, negotiate_softly, not_acceptable, told
from server.services import services
from server.sparql.explain import explanation

blueprint = Blueprint("sparql", __name__)

_ACCEPT_POST: Final = f"{direct_answers.DIRECT}, {forms.FORM}"


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, show the workbench or the service description."""
    # Kept, so that it can be read once more after the framework has read the form in it.
    request.get_data()
    if request.method in {"GET", "HEAD"} and not set(request.args) - {"format"}:
        return _without_query()
    explain = request.values.get("explain")
    if explain not in {None, "empty"}:
        raise Problem("parameter", f"explain is {explain!r}: the only value is empty.")
    formats = choices(request.headers.get("Accept"), request.values.get("format"))
    g.negotiated = True
    wanted = query_request(_fields(), formats)
    made_here = labelled.wish(request.values)
    if made_here is None and formats.table is None and formats.graph is None:
        raise not_acceptable((*TABLES, *GRAPHS, HTML))
    if caching.is_volatile(wanted.text):
        caching.do_not_tag()
    try:
        past = version_asked()
        engine = services().engine
        ask = partial(engine.query, past=past) if past else engine.query
        if explain:
            g.explained = True
            found = explanation(wanted, ask)
            return answer(json.dumps(found, ensure_ascii=False) + "\n", "application/json")
        if made_here is not None:
            found_here = ask(labelled.request_of(wanted))
            data = past or services().data
            return labelled.respond(made_here, found_here, data, title="Answer", text=wanted.text)
        result = direct_answers.found() or ask(wanted)
    except Problem as problem:
        if formats.table and formats.table.format is HTML:
            return workbench.show(wanted.text, problem=problem)
        raise
    choice = formats.of(result.kind)
    if choice is None or choice.format is HTML:
        return workbench.show(wanted.text, result=result, past=past)
    return told(answer(result.body, choice.content_type), result)


@blueprint.after_request
def _tell_types(response: Response) -> Response:
    """Say in an answer to OPTIONS which bodies are read (W3C Linked Data Platform, 7.1)."""
    if request.method == "OPTIONS":
        response.headers["Accept-Post"] = _ACCEPT_POST
    return response


def _without_query() -> Response:
    choice = negotiate_softly((*GRAPHS, HTML))
    if choice is None and negotiate_softly(TABLES) is None:
        raise not_acceptable((*GRAPHS, HTML))
    if choice is None:  # it takes only what a query would answer
        raise Problem("query-missing", "The request has no query.")
    if choice.format is HTML:
        return workbench.show(workbench.START)
    endpoint = url_for("sparql.sparql", _external=True)
    graph = describe(services().data, endpoint)
    return answer(serialised(graph, choice.format), choice.content_type)


def _fields() -> list[tuple[str, str]]:
    """Return the fields of the request. Raises `Problem` if they come in a way not defined."""
    if request.method == "POST":
        return forms.protocol_fields(request, direct_answers.DIRECT, "query")
    return forms.fields(request.query_string)
