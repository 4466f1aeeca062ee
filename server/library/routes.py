"""The question library on the web: the list, each question's form, and its answers."""

import json
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request, url_for

from server.endpoint import labelled
from server.endpoint.results import MAX_ROWS, table
from server.engine.embedded import QueryRequest
from server.http import caching
from server.http.formats import FORMATS, GRAPHS, HTML, TABLES, Format
from server.http.negotiation import choose
from server.http.responses import answer, negotiate, not_acceptable, page, told
from server.library.library import Question
from server.linked_data.addresses import query_link
from server.services import services

blueprint = Blueprint("questions", __name__)

_JSON: Final = Format("json", "application/json", "JSON")
# A question is also to be had as the query itself, with the values filled in.
_QUERY: Final = FORMATS["rq"]


@blueprint.get("/queries")
def queries() -> Response:
    """List the questions."""
    library = services().library
    g.negotiated = True
    choice = choose(request.headers.get("Accept"), (_JSON, HTML))
    if choice is None:
        raise not_acceptable((_JSON, HTML))
    if choice.format is HTML:
        tags = sorted({tag for question in library for tag in question.tags})
        wanted = request.args.get("tag")
        shown = [item for item in library if wanted is None or wanted in item.tags]
        response = page("questions.html", questions=shown, tags=tags, tag=wanted)
    else:
        listed = [_summary(question) for question in library]
        response = answer(json.dumps(listed, indent=2) + "\n", choice.content_type)
    return response


@blueprint.get("/queries/<name>")
def question(name: str) -> Response:
    """Answer one question with the values given, or its defaults."""
    found = services().library.get(name)
    made_here = labelled.wish(request.args)
    given = {
        key: value for key, value in request.args.items() if key not in {"format", labelled.FIELD}
    }
    values = found.values(given)
    for parameter in found.parameters:
        parameter.check(values[parameter.name], services().data.graph)
    text = found.query(values)
    if caching.is_volatile(text):
        caching.do_not_tag()
    if made_here is not None:
        result = services().engine.query(labelled.request_of(QueryRequest(text)))
        data = services().data
        return labelled.respond(made_here, result, data, title=found.title, text=text)
    choice = negotiate((*TABLES, HTML, *GRAPHS, _QUERY))
    if choice.format is _QUERY:
        return answer(text, choice.content_type)
    for_page = choice.format is HTML
    result = services().engine.query(
        QueryRequest(
            text,
            bindings="json" if for_page else _if_in(choice.format, TABLES),
            boolean="json" if for_page else _if_in(choice.format, TABLES),
            graph="ttl" if for_page else _if_in(choice.format, GRAPHS),
            rows=MAX_ROWS if for_page else None,
            statements=MAX_ROWS if for_page else None,
        )
    )
    if not for_page:
        return told(answer(result.body, choice.content_type), result)
    graph = services().data.graph
    formats = GRAPHS if result.kind == "graph" else TABLES
    return page(
        "question.html",
        question=found,
        values=values,
        choices={item.name: item.choices(graph) for item in found.parameters},
        kind=result.kind,
        table=table(result, graph) if result.kind == "bindings" else None,
        boolean=json.loads(result.body)["boolean"] if result.kind == "boolean" else None,
        turtle=result.body.decode() if result.kind == "graph" else None,
        cut=result.cut,
        query=text,
        workbench=query_link(text),
        downloads=[
            (item, f"/queries/{name}?{urlencode({**given, 'format': item.key})}")
            for item in (*formats, _QUERY)
        ],
    )


def _if_in(wanted: Format, formats: tuple[Format, ...]) -> str | None:
    return wanted.key if wanted in formats else None


def _summary(found: Question) -> dict[str, object]:
    return {
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "tags": list(found.tags),
        "address": url_for("questions.question", name=found.name, _external=True),
        "parameters": [
            {
                "name": item.name,
                "label": item.label,
                "default": item.default,
                "class": item.class_iri,
                "scheme": item.scheme_iri,
            }
            for item in found.parameters
        ],
    }
