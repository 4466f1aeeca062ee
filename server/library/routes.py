"""The question library on the web: the list, each question's form, and its answers."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from server.endpoint import labelled
from server.endpoint.results import MAX_ROWS
from server.engine.embedded import Answer, QueryRequest
from server.http import caching
from server.http.content_policy import policy
from server.http.formats import FORMATS, GRAPHS, HTML, TABLES, Format
from server.http.problems import Problem
from server.http.responses import answer, by_accept, negotiate, page, told
from server.library.answers import TableAnswer
from server.library.citation import citation
from server.library.library import Library, Question
from server.library.themes import by_first_theme, matching, themes
from server.linked_data.addresses import query_link
from server.services import services
from server.store.store import GraphStore

blueprint = Blueprint("questions", __name__)

_JSON: Final = Format("json", "application/json", "JSON")
# A question is also to be had as the query itself, with the values filled in.
_QUERY: Final = FORMATS["rq"]
_FILTERS: Final = ("tag", "q")
_MAX_WORDS: Final = 200
# What pictures are made of stands in the page up to this size, and is fetched beyond it.
_MOST_INLINE: Final = 32 * 1024
# A picture is saved as PNG from an image of its SVG, which has an address of its own in the page.
# Fields of the address that are no parameters of a question.
_NO_VALUES: Final = frozenset(("format", labelled.FIELD))
_POLICY: Final = policy({"img-src": "blob:"})


@blueprint.get("/queries")
def queries() -> Response:
    """List the questions, or those of a theme or with words in them."""
    library = services().library
    choice = by_accept((_JSON, HTML))
    known = themes(library)
    tag, words = _filters(library)
    found = matching((item for item in library if not tag or tag in item.tags), words)
    if choice.format is HTML:
        return page(
            "questions.html",
            number=len(found),
            groups=[("", found)] if tag or words else by_first_theme(found),
            themes=known,
            theme=next((theme for theme in known if theme.tag == tag), None),
            total=len(library),
            words=words,
        )
    listed = [_summary(question) for question in found]
    return answer(json.dumps(listed, indent=2) + "\n", choice.content_type)


@blueprint.get("/queries/<name>")
def question(name: str) -> Response:
    """Answer one question with the values given, or its defaults."""
    found = services().library.get(name)
    if (wanted := labelled.wish(request.args)) is not None:
        return _labelled(found, wanted)
    choice = negotiate((*TABLES, HTML, *GRAPHS, _QUERY))
    if choice.format is HTML:
        return _page(found)
    text = found.query(_values(found))
    if caching.is_volatile(text):
        caching.do_not_tag()
    if choice.format is _QUERY:
        return answer(text, choice.content_type)
    result = services().engine.query(
        QueryRequest(
            text,
            bindings=_if_in(choice.format, TABLES),
            boolean=_if_in(choice.format, TABLES),
            graph=_if_in(choice.format, GRAPHS),
        )
    )
    return told(answer(result.body, choice.content_type), result)


def _labelled(found: Question, wanted: labelled.Wish) -> Response:
    text = found.query(_values(found))
    if caching.is_volatile(text):
        caching.do_not_tag()
    result = services().engine.query(labelled.request_of(QueryRequest(text)))
    return labelled.respond(wanted, result, services().data, title=found.title, text=text)


def _filters(library: Library) -> tuple[str, str]:
    """Return the theme and the words to look for. Raises `Problem` if they cannot be used."""
    for name in request.args:
        if name not in _FILTERS:
            raise Problem(
                "parameter",
                f"The list of questions has no filter {name[:80]!r}.",
                next_step="Leave it out, or use one of those available.",
                more={"available": list(_FILTERS)},
            )
    tag, words = request.args.get("tag", ""), request.args.get("q", "").strip()
    tags = [theme.tag for theme in themes(library)]
    if tag and tag not in tags:
        raise Problem(
            "parameter",
            f"There is no theme {tag[:80]!r}.",
            next_step="Leave tag out, or use one of those available.",
            more={"available": tags},
        )
    if len(words) > _MAX_WORDS:
        raise Problem("parameter", f"q: at most {_MAX_WORDS} characters are taken.")
    return tag, words


def _values(found: Question) -> dict[str, str]:
    """Return the values asked for. Raises `Problem` if one cannot be used."""
    given = {key: value for key, value in request.args.items() if key not in _NO_VALUES}
    values = found.values(given)
    for parameter in found.parameters:
        parameter.check(values[parameter.name], services().data)
        values[parameter.name] = parameter.plain(values[parameter.name])
    return values


def _page(found: Question) -> Response:
    """Return the page of a question, with its form even if it cannot be answered as asked."""
    data = services().data
    values = found.values({})
    try:
        values = _values(found)
        text = found.query(values)
        if caching.is_volatile(text):
            caching.do_not_tag()
        result = services().engine.query(
            QueryRequest(text, "json", "json", "ttl", rows=MAX_ROWS, statements=MAX_ROWS)
        )
    except Problem as problem:
        response = page(
            "question.html",
            problem.status,
            question=found,
            values=values,
            choices=_choices(found, data),
            problem=problem,
        )
        response.headers.update(problem.headers)
        return response
    response = page(
        "question.html",
        question=found,
        values=values,
        choices=_choices(found, data),
        kind=result.kind,
        query=text,
        workbench=query_link(text),
        **_answer_context(found, values, result, data),
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return told(response, result)


def _answer_context(
    found: Question, values: Mapping[str, str], result: Answer, data: GraphStore
) -> dict[str, Any]:
    """Return what the page says of the answer."""
    formats = GRAPHS if result.kind == "graph" else TABLES
    address = url_for("questions.question", name=found.name, _external=True)
    fields = urlencode(values)
    chosen = _chosen(found, values, data)

    def at(key: str) -> str:
        return f"?{urlencode({**values, 'format': key})}"

    context: dict[str, Any] = {
        "addresses": {key: address + at(key) for key in ("csv", "json")},
        "citation": citation(found.title, chosen, f"{address}?{fields}" if fields else address),
        "cut": result.cut,
        "downloads": [
            (item, f"/queries/{found.name}{at(item.key)}") for item in (*formats, _QUERY)
        ],
        "with_names": [
            (item, f"/queries/{found.name}{at(item.key)}&{labelled.FIELD}=true")
            for item in labelled.OFFERS
        ],
    }
    if result.kind == "boolean":
        context["boolean"] = json.loads(result.body)["boolean"]
    elif result.kind == "graph":
        context["turtle"] = result.body.decode()
    else:
        document = json.loads(result.body)
        read = TableAnswer.read(document, data)
        context["table"] = read.table(result.cut.of if result.cut else len(read.bindings))
        if found.pictures and read.bindings:
            context["pictures"] = _pictures(
                found, chosen, read, source=context["citation"], address=at("json")
            )
    return context


def _pictures(
    found: Question, chosen: list[str], read: TableAnswer, *, source: str, address: str
) -> dict[str, Any]:
    """Return what the script of the page draws, or where it fetches that from if it is much."""
    drawn = read.for_pictures(found.pictures)
    is_small = len(json.dumps(drawn)) <= _MOST_INLINE
    return {
        "title": f"{found.title} ({'; '.join(chosen)})" if chosen else found.title,
        "name": found.name,
        "source": source,
        "views": [{"kind": item.kind, "roles": item.roles} for item in found.pictures],
        "result": drawn if is_small else None,
        "address": None if is_small else address,
    }


def _choices(found: Question, data: GraphStore) -> dict[str, list[tuple[str, str]]]:
    return {item.name: item.choices(data) for item in found.parameters}


def _chosen(found: Question, values: Mapping[str, str], data: GraphStore) -> list[str]:
    """Return the values as people read them."""
    return [
        dict(item.choices(data)).get(values[item.name], values[item.name])
        for item in found.parameters
    ]


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
