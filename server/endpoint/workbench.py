"""The workbench: the page of the endpoint, where people write queries and read the answers."""

import json
from typing import Any, Final

from flask import Response, g, url_for

from ontology.namespaces import PREFIXES
from server.endpoint import labelled
from server.endpoint.results import table
from server.engine.embedded import Answer
from server.http.content_policy import policy
from server.http.formats import FORMATS, GRAPHS, TABLES
from server.http.problems import Problem
from server.http.responses import page
from server.library.library import Question
from server.library.themes import themes
from server.linked_data.addresses import query_link
from server.services import services
from server.store.store import Past

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

# A picture is drawn as an image of its own before it is saved as PNG.
_POLICY: Final = policy({"img-src": "blob:"})
# A longer answer is not sent twice, in the page and for the script: Run fetches it.
_MOST_WITHIN: Final = 256 * 1024


def show(
    text: str,
    *,
    result: Answer | None = None,
    problem: Problem | None = None,
    past: Past | None = None,
    version: int | None = None,
    view: str = "",
    is_shared: bool = False,
) -> Response:
    """Return the page with the query `text`, and with its answer or its problem if there is one.

    `past` is the state of the data that was asked, `version` the number of the one to be asked. A
    query that `is_shared` is run by the script of the page, or by Run.
    """
    g.negotiated = True
    kind = result.kind if result else None
    number = past.number if past else version
    link = query_link(text) + ("" if number is None else f"&version={number}")
    shown = page(
        "workbench.html",
        problem.status if problem else 200,
        query=text,
        problem=problem,
        kind=kind,
        table=table(result, (past or services().data).graph)
        if result and kind == "bindings"
        else None,
        boolean=json.loads(result.body)["boolean"] if result and kind == "boolean" else None,
        turtle=result.body.decode() if result and kind == "graph" else None,
        cut=result.cut if result else None,
        asked=number,
        link=link,
        downloads=[
            (item, f"{link}&format={item.key}") for item in (GRAPHS if kind == "graph" else TABLES)
        ],
        labelled=[(item, f"{link}&labels=true&format={item.key}") for item in labelled.OFFERS],
        prefixes=PREFIXES,
        themes=_themes(),
        html=FORMATS["html"],
        is_shared=is_shared,
        start={
            "prefixes": PREFIXES,
            "endpoint": url_for("sparql.sparql"),
            "view": view,
            "run": is_shared,
            "problem": problem.members() if problem else None,
            "cut": result.cut.header() if result and result.cut else None,
            "answer": _within(result),
        },
    )
    shown.headers["Content-Security-Policy"] = _POLICY
    return shown


def _within(result: Answer | None) -> Any:  # noqa: ANN401 (whatever JSON can be)
    """Return the answer for the script of the page, None if it has none or a long one."""
    if result is None or result.kind == "graph" or len(result.body) > _MOST_WITHIN:
        return None
    return json.loads(result.body)


def _themes() -> list[tuple[str, list[Question]]]:
    """Return the questions of the library by theme, as examples; one can have several themes."""
    library = services().library
    return [
        (theme.name, [item for item in library if theme.tag in item.tags])
        for theme in themes(library)
    ]
