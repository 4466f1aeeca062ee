"""The endpoint: SPARQL 1.1 Protocol for queries, and the workbench for browsers."""

import json
import re
from typing import Final

from flask import Blueprint, Request, Response, g, request, url_for

from ontology.namespaces import PREFIXES
from server import caching, forms
from server.addresses import query_link
from server.engine import Answer, QueryRequest
from server.explain import explanation
from server.formats import FORMATS, GRAPHS, HTML, TABLES
from server.guard import Dataset
from server.negotiation import Choice
from server.problems import Problem
from server.rdf import serialised
from server.responses import answer, negotiate_softly, not_acceptable, page, told
from server.results import MAX_ROWS, table
from server.service_description import describe
from server.services import services

blueprint = Blueprint("sparql", __name__)

_DIRECT: Final = "application/sparql-query"
_ACCEPT_POST: Final = f"{_DIRECT}, {forms.FORM}"

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
    choices = {
        "bindings": negotiate_softly((*TABLES, HTML)),
        "graph": negotiate_softly((*GRAPHS, HTML)),
    }
    choices["boolean"] = choices["bindings"]
    wanted = _protocol(request, choices)
    if choices["bindings"] is None and choices["graph"] is None:
        raise not_acceptable((*TABLES, *GRAPHS, HTML))
    if caching.is_volatile(wanted.text):
        caching.do_not_tag()
    try:
        if explain:
            g.explained = True
            found = explanation(wanted, services().engine)
            return answer(json.dumps(found, ensure_ascii=False) + "\n", "application/json")
        result = services().engine.query(wanted)
    except Problem as problem:
        if choices["bindings"] and choices["bindings"].format is HTML:
            return _workbench(wanted.text, problem=problem)
        raise
    choice = choices[result.kind]
    if choice is None or choice.format is HTML:
        return _workbench(wanted.text, result=result)
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


def _protocol(received: Request, choices: dict[str, Choice | None]) -> QueryRequest:
    """Return the query of a request (SPARQL 1.1 Protocol, section 2.1).

    Raises `Problem` if there is none, or more than one, or it comes in a way not defined there.
    """
    if received.method == "POST":
        fields = forms.protocol_fields(received, _DIRECT, "query")
    else:
        fields = forms.fields(received.query_string)

    def given(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in fields if key == name)

    if given("update"):
        raise Problem("update-refused", "The request has an update.")
    queries = given("query")
    if len(queries) > 1:
        raise Problem("query-repeated", f"The request has {len(queries)} queries.")
    if not queries or not queries[0].strip():
        raise Problem("query-missing", "The request has no query.")
    defaults, named = given("default-graph-uri"), given("named-graph-uri")
    return QueryRequest(
        text=queries[0],
        bindings=_engine_format(choices["bindings"], "json"),
        boolean=_engine_format(choices["boolean"], "json"),
        graph=_engine_format(choices["graph"], "ttl"),
        dataset=Dataset(defaults, named) if defaults or named else None,
        seconds=_seconds(given("timeout")),
        rows=_most_rows(choices["bindings"]),
        statements=_most_rows(choices["graph"]),
    )


def _seconds(values: tuple[str, ...]) -> float | None:
    """Return the time that the client gives its query (`timeout=`), in seconds."""
    if not values:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", values[0]) or float(values[0]) == 0:
        raise Problem("parameter", f"timeout is {values[0]!r}: give seconds, such as 5 or 0.5.")
    return float(values[0])


def _engine_format(choice: Choice | None, for_page: str) -> str | None:
    """Return the format to ask of the engine; a page is made from the format `for_page`."""
    if choice is None:
        return None
    return for_page if choice.format is HTML else choice.format.key


def _most_rows(choice: Choice | None) -> int | None:
    """Return how much of an answer a page needs; other formats get all."""
    return MAX_ROWS if choice and choice.format is HTML else None


def _workbench(
    text: str, *, result: Answer | None = None, problem: Problem | None = None
) -> Response:
    g.negotiated = True
    shown = result.kind if result else None
    formats = GRAPHS if shown == "graph" else TABLES
    return page(
        "workbench.html",
        problem.status if problem else 200,
        query=text,
        problem=problem,
        kind=shown,
        table=table(result, services().data.graph) if result and shown == "bindings" else None,
        boolean=json.loads(result.body)["boolean"] if result and shown == "boolean" else None,
        turtle=result.body.decode() if result and shown == "graph" else None,
        cut=result.cut if result else None,
        link=query_link(text),
        downloads=[(item, f"{query_link(text)}&format={item.key}") for item in formats],
        prefixes=PREFIXES,
        html=FORMATS["html"],
    )
