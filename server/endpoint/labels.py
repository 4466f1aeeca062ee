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
from server.linked_data.labels import last_part, short
from server.services import services
from server.store.reading import Reading

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


def labels_of(data: Reading, iris: Iterable[str]) -> dict[str, str]:
    """Return the label of each IRI: as `server.linked_data.labels.label`, in few queries."""
    wanted = dict.fromkeys(iris)
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
    iris = forms.json_value(request, "Send application/json: an array of IRIs.")
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
