"""Short links to queries: POST /share makes one, GET /share/<id> opens it in the workbench."""

import re
from typing import Final, cast

from flask import Blueprint, Flask, Response, current_app, json, request, url_for

from server.endpoint import forms, workbench
from server.endpoint.shares import Share, Shares
from server.http.formats import HTML, Format
from server.http.problems import Problem
from server.http.responses import answer, by_accept
from server.settings import Settings
from server.sparql import guard

blueprint = Blueprint("shares", __name__)

VIEWS: Final = ("table", "chart", "timeline", "map", "network", "response")
"""How an answer can be looked at."""

_JSON: Final = Format("json", "application/json", "JSON")
_FIELDS: Final = ("query", "version", "view")
_ID: Final = re.compile(r"[a-z2-7]{16}")
_VERSION: Final = re.compile(r"[0-9]{1,12}")


def register(app: Flask, settings: Settings) -> None:
    """Keep the shared queries of `app` beside its store."""
    app.extensions["cebu-shares"] = Shares(settings.store, settings.shares)


@blueprint.post("/share")
def share() -> Response:
    """Keep a query, with its version and view, and tell its short address (201).

    The body is a form or a JSON object with `query`, and perhaps `version` and `view`.
    """
    shared = _asked()
    here = url_for("shares.shared", name=shared.id)
    is_new = _shares().add(shared, request.remote_addr or "")
    if by_accept((_JSON, HTML)).format is HTML:
        return Response(status=303, headers={"Location": here})
    body = {"id": shared.id, "address": request.url_root.rstrip("/") + here, "new": is_new}
    response = answer(json.dumps(body) + "\n", "application/json")
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = here
    return response


@blueprint.get("/share/<name>")
def shared(name: str) -> Response:
    """Open a shared query in the workbench, or tell it as JSON."""
    choice = by_accept((HTML, _JSON))
    found = _shares().get(name) if _ID.fullmatch(name) else None
    if found is None:
        raise Problem(
            "share-unknown",
            f"No query was shared as {name[:50]!r}.",
        )
    if choice.format is HTML:
        return workbench.show(found.query, version=found.version, view=found.view, is_shared=True)
    body = {"query": found.query, "version": found.version, "view": found.view}
    return answer(json.dumps(body, ensure_ascii=False) + "\n", choice.content_type)


def _shares() -> Shares:
    return cast(Shares, current_app.extensions["cebu-shares"])


def _asked() -> Share:
    """Return what the request shares. Raises `Problem` if it cannot be kept as it is."""
    fields = _fields()
    for name in fields:
        if name not in _FIELDS:
            raise Problem(
                "parameter",
                f"A shared query has no {name[:50]!r}.",
                next_step=f"Send some of {', '.join(_FIELDS)}.",
            )
    query, version, view = (fields.get(name) or "" for name in _FIELDS)
    if not query.strip():
        raise Problem("query-missing", "There is no query to share.")
    guard.check_size(query)
    if version and not _VERSION.fullmatch(version):
        raise Problem(
            "parameter",
            f"version is {version[:50]!r}, which is no number.",
            next_step="Take a number that /changes lists, or leave it out.",
        )
    if view and view not in VIEWS:
        raise Problem(
            "parameter",
            f"view is {view[:50]!r}.",
            next_step=f"Take one of {', '.join(VIEWS)}, or leave it out.",
            more={"available": list(VIEWS)},
        )
    return Share(query, int(version) if version else None, view)


def _fields() -> dict[str, str]:
    if request.mimetype == forms.FORM:
        forms.check_coding(request)
        return dict(forms.fields(request.get_data()))
    found = forms.json_value(request, f"Send application/json or {forms.FORM}.")
    if not isinstance(found, dict):
        raise Problem("bad-request", "The body is no JSON object.")
    fields = {
        name: str(value) for name, value in found.items() if value is not None and value != ""
    }
    try:
        "".join(fields.values()).encode()
    except UnicodeEncodeError as error:
        raise Problem("bad-request", f"A field is not Unicode text: {error}.") from error
    return fields
