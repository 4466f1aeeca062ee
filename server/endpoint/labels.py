"""Names for many IRIs at once: for tables of results, and for whoever shows IRIs to people."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, json, request

from ontology.namespaces import PREFIXES
from server.endpoint import forms
from server.http.problems import Problem
from server.http.responses import answer
from server.linked_data.addresses import local
from server.linked_data.labels import label, last_part, short
from server.services import services
from server.store.store import GraphStore, Past

blueprint = Blueprint("labels", __name__)

MOST: Final = 1000
"""IRIs of a request."""

_AT_ONCE: Final = 1000


@blueprint.post("/labels")
def labels() -> Response:
    """Tell the English label of each IRI of a JSON array, its short form and its address here."""
    iris = _asked()
    found = labels_of(services().data, iris)
    body = {iri: {"label": found[iri], "short": short(iri), "href": local(iri)} for iri in iris}
    return answer(json.dumps(body, ensure_ascii=False) + "\n", "application/json")


def labels_of(data: GraphStore | Past, iris: Iterable[str]) -> dict[str, str]:
    """Return the label of each IRI: as `server.linked_data.labels.label`, in few queries."""
    wanted = dict.fromkeys(iris)
    if isinstance(data, Past):
        return {iri: label(data.graph, iri) for iri in wanted}
    found: dict[str, tuple[bool, str]] = {}
    rest = iter(wanted)
    while some := list(islice(rest, _AT_ONCE)):
        values = " ".join(str(node) for iri in some if (node := _node(iri)))
        rows = data.select(
            f"SELECT ?iri ?label (LANG(?label) AS ?language) {{ VALUES ?iri {{ {values} }} "
            f"?iri <{PREFIXES['rdfs']}label> ?label FILTER(ISLITERAL(?label)) }}"
        )
        for row in rows:
            name = row["language"] != "en", row["label"]
            found[row["iri"]] = min(name, found.get(row["iri"], name))
    return {iri: found[iri][1] if iri in found else last_part(iri) for iri in wanted}


def _asked() -> list[str]:
    forms.check_coding(request)
    if request.mimetype != "application/json":
        raise Problem(
            "media-type",
            f"The body has the type {request.mimetype or 'none'!r}.",
            next_step="Send application/json: an array of IRIs.",
        )
    try:
        iris = json.loads(forms.text(request.get_data()))
    except (ValueError, RecursionError) as error:
        raise Problem("bad-request", f"The body is not JSON: {error}.") from error
    if not isinstance(iris, list) or not all(isinstance(iri, str) for iri in iris):
        raise Problem(
            "bad-request", "The body is no array of strings.", next_step="Send an array of IRIs."
        )
    if len(iris) > MOST:
        raise Problem(
            "too-large",
            f"The array has {len(iris)} IRIs.",
            next_step=f"Send at most {MOST:,} at once.",
        )
    return list(dict.fromkeys(iris))


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None
