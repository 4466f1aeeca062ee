"""The endpoint: SPARQL 1.1 Protocol for queries, and the workbench for browsers."""

import json
from functools import partial
from typing import Final

from flask import Blueprint, Response, g, request, url_for

from ontology.namespaces import PREFIXES
from server.endpoint import direct_answers, forms
from server.endpoint.query_requests import choices, query_request
from server.endpoint.results import table
from server.endpoint.service_description import describe
from server.engine.embedded import Answer
from server.history.versions import version_asked
from server.http import caching
from server.http.formats import FORMATS, GRAPHS, HTML, TABLES
from server.http.problems import Problem
from server.http.rdf import serialised
from server.http.responses import answer, negotiate_softly, not_acceptable, page, told
from server.linked_data.addresses import query_link
from server.services import services
from server.sparql.explain import explanation
from server.store.store import Past

blueprint = Blueprint("sparql", __name__)

_ACCEPT_POST: Final = f"{direct_answers.DIRECT}, {forms.FORM}"

START: Final = (
    "".join(
        f"PREFIX {name}: <{PREFIXES[name]}>\n"
        for name in ("cebu", "rdfs", "skos", "dcterms", "xsd")
    )
    + """
SELECT ?project ?title ?status
WHERE {
  ?project a cebu:Project ;
    dcterms:title ?title ;
    cebu:status ?status .
}
ORDER BY ?project
LIMIT 25
"""
)


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
    if formats.table is None and formats.graph is None:
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
        result = direct_answers.found() or ask(wanted)
    except Problem as problem:
        if formats.table and formats.table.format is HTML:
            return _workbench(wanted.text, problem=problem)
        raise
    choice = formats.of(result.kind)
    if choice is None or choice.format is HTML:
        return _workbench(wanted.text, result=result, past=past)
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
        return _workbench(START)
    endpoint = url_for("sparql.sparql", _external=True)
    graph = describe(services().data, endpoint)
    return answer(serialised(graph, choice.format), choice.content_type)


def _fields() -> list[tuple[str, str]]:
    """Return the fields of the request. Raises `Problem` if they come in a way not defined."""
    if request.method == "POST":
        return forms.protocol_fields(request, direct_answers.DIRECT, "query")
    return forms.fields(request.query_string)


def _workbench(
    text: str,
    *,
    result: Answer | None = None,
    problem: Problem | None = None,
    past: Past | None = None,
) -> Response:
    g.negotiated = True
    shown = result.kind if result else None
    formats = GRAPHS if shown == "graph" else TABLES
    link = query_link(text) + (f"&version={past.number}" if past else "")
    labels = (past or services().data).graph
    return page(
        "workbench.html",
        problem.status if problem else 200,
        query=text,
        problem=problem,
        kind=shown,
        table=table(result, labels) if result and shown == "bindings" else None,
        boolean=json.loads(result.body)["boolean"] if result and shown == "boolean" else None,
        turtle=result.body.decode() if result and shown == "graph" else None,
        cut=result.cut if result else None,
        asked=past.number if past else None,
        link=link,
        downloads=[(item, f"{link}&format={item.key}") for item in formats],
        prefixes=PREFIXES,
        html=FORMATS["html"],
    )
