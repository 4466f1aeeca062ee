"""The address for updates: SPARQL 1.1 Protocol, section 2.2."""

from typing import Final

from flask import Blueprint, Response, request

from server.endpoint import forms
from server.http.problems import Problem
from server.linked_data.addresses import absolute
from server.services import services
from server.sparql.reach import MAX_BYTES
from server.store.changes import SparqlUpdate
from server.writing import auth, wishes
from server.writing.writes import write

blueprint = Blueprint("update", __name__)

_DIRECT: Final = "application/sparql-update"
_ACCEPT_POST: Final = f"{_DIRECT}, {forms.FORM}"
# An update of the longest length, each character written as %XX, with room for the graphs' names.
_MAX_BODY: Final = 3 * MAX_BYTES + 64 * 1024


@blueprint.post("/update")
def update() -> Response:
    """Make the update of the request, or try it."""
    auth.check(request, services().settings)
    request.max_content_length = _MAX_BODY
    fields = forms.protocol_fields(request, _DIRECT, "update")
    wish = wishes.read(fields, "update")
    return wishes.told(write(services(), _protocol(fields), wish.note, dry_run=wish.dry_run), wish)


@blueprint.after_request
def _tell_types(response: Response) -> Response:
    """Say in an answer to OPTIONS which bodies are read (W3C Linked Data Platform, 7.1)."""
    if request.method == "OPTIONS":
        response.headers["Accept-Post"] = _ACCEPT_POST
    return response


def _protocol(fields: list[tuple[str, str]]) -> SparqlUpdate:
    """Return the update of a request with these fields.

    Raises `Problem` if there is none, or more than one, or it comes in a way not defined there.
    """

    def given(name: str) -> tuple[str, ...]:
        return tuple(value for key, value in fields if key == name)

    updates = given("update")
    if len(updates) > 1 or (updates and given("query")):
        raise Problem("update-repeated", "The request has more than one update, or a query too.")
    if not updates:
        raise Problem("update-missing", "The request has no update.")
    return SparqlUpdate(
        updates[0],
        tuple(absolute(name) for name in given("using-graph-uri")),
        tuple(absolute(name) for name in given("using-named-graph-uri")),
    )
