"""Whole graphs: the SPARQL 1.1 Graph Store HTTP Protocol.

`/graphs?default` and `/graphs?graph=IRI` are graphs named indirectly (section 4.2). An address
below `/graphs/`, and that of a graph of linked data, `/graph/<slug>`, is the name of a graph itself
(section 4.1), at the permanent host. `/graphs` alone is the whole dataset.
"""

import uuid
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import Blueprint, Request, Response, request
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from ontology.iris import graph as graph_iri
from ontology.namespaces import BASE
from server.endpoint import forms
from server.history.memento import dated
from server.history.versions import reading_asked
from server.http import bodies
from server.http.formats import DATASETS, GRAPHS, media_format
from server.http.negotiation import Choice
from server.http.problems import Problem
from server.http.responses import answer, negotiate
from server.linked_data.addresses import absolute
from server.services import services
from server.sparql.syntax import BASE_IRI
from server.store.changes import Action, Document, GraphChange
from server.writing import auth, wishes
from server.writing.writes import write

blueprint = Blueprint("graph_store", __name__)

_MULTIPART: Final = "multipart/form-data"
_MAX_PARTS: Final = 100
_TRIPLES: Final = tuple(item.media_type for item in GRAPHS)
_QUADS: Final = tuple(item.media_type for item in DATASETS)
_WRITING: Final = ["PUT", "POST", "DELETE"]
_ACTIONS: Final[dict[str, Action]] = {"PUT": "put", "POST": "add", "DELETE": "drop"}


@blueprint.get("/graphs")
def read() -> Response:
    """Answer with the graph that the address names, or with all of them."""
    fields = forms.fields(request.query_string)
    if not {name for name, _ in fields} & {"default", "graph"}:
        return _everything()
    return _statements(_named(fields))


@blueprint.route("/graphs", methods=_WRITING)
def change() -> Response:
    """Replace the graph that the address names, add to it, remove it, or make a new one."""
    auth.check(request, services().settings)
    fields = forms.fields(request.query_string)
    if request.method == "POST" and not {name for name, _ in fields} & {"default", "graph"}:
        return _new()
    return _write(_named(fields))


@blueprint.get("/graphs/<path:path>")
def read_direct(path: str) -> Response:
    """Answer with the graph at this very address."""
    return _statements(absolute(f"{BASE}graphs/{path}"))


@blueprint.route("/graphs/<path:path>", methods=_WRITING)
def change_direct(path: str) -> Response:
    """Replace the graph at this very address, add to it, or remove it."""
    auth.check(request, services().settings)
    return _write(absolute(f"{BASE}graphs/{path}"))


@blueprint.route("/graph/<slug>", methods=_WRITING)
def change_linked(slug: str) -> Response:
    """Do the same for a graph of linked data."""
    auth.check(request, services().settings)
    try:
        return _write(str(graph_iri(slug)))
    except ValueError as error:
        raise Problem("graph-address", f"{error}.") from error


@blueprint.after_request
def _tell_types(response: Response) -> Response:
    """Say in an answer to OPTIONS which bodies are read (W3C Linked Data Platform, 7.1)."""
    if request.method == "OPTIONS":
        types = _types(whole=request.path == "/graphs" and not request.query_string)
        response.headers["Accept-Post"] = ", ".join((*types, _MULTIPART))
    return response


def _named(fields: list[tuple[str, str]]) -> str | None:
    """Return the address of the graph that the request names, None for the default graph.

    Raises `Problem` if it names none or several, or its address is relative (section 4.2).
    """
    names = [(name, value) for name, value in fields if name in {"default", "graph"}]
    if len(names) != 1:
        raise Problem("graph-address", f"The request names {len(names)} graphs.")
    return None if names[0][0] == "default" else absolute(names[0][1])


def _statements(name: str | None) -> Response:
    choice = negotiate(GRAPHS)
    data = reading_asked()
    if name is not None and name not in data.graphs:
        raise Problem("graph-unknown", f"<{name}> is not a graph of this dataset.", status=404)
    return dated(answer(data.dump(_rdf(choice), name), choice.content_type), _here())


def _everything() -> Response:
    choice = negotiate(DATASETS)
    return dated(answer(reading_asked().dump_all(_rdf(choice)), choice.content_type), _here())


def _here() -> str:
    """Return the address of what is there now: this one, without a version."""
    fields = [field for field in forms.fields(request.query_string) if field[0] != "version"]
    return quote(request.path) + (f"?{urlencode(fields)}" if fields else "")


def _rdf(choice: Choice) -> ox.RdfFormat:
    assert choice.format.rdf is not None  # noqa: S101 (the tables of formats say so)
    return choice.format.rdf


def _write(name: str | None) -> Response:
    action = _ACTIONS[request.method]
    documents = () if action == "drop" else tuple(_documents(request, name or BASE_IRI))
    return _made(GraphChange(action, name, documents, expects=_expectation(request)))


def _made(change: GraphChange, headers: dict[str, str] | None = None) -> Response:
    """Make the change, or try it, and return the answer."""
    wish = wishes.read(forms.fields(request.query_string), "graph")
    written = write(services(), change, wish.note, dry_run=wish.dry_run)
    return wishes.told(written, wish, headers)


def _new() -> Response:
    """Add what says itself where it belongs to the dataset, or make a new graph (section 5.5)."""
    if request.mimetype in _QUADS:
        documents = tuple(_documents(request, BASE_IRI, whole=True))
        return _made(GraphChange("add", None, documents, whole=True))
    path = f"graphs/{uuid.uuid4()}"
    change = GraphChange("add", BASE + path, tuple(_documents(request, BASE + path)))
    return _made(change, {"Location": request.host_url + path})


def _expectation(received: Request) -> bool | None:
    """Return whether the graph must be there, or must not, for the change to be made.

    (RFC 9110, section 13.1.) Our entity tags are weak, so an If-Match that names one never holds.
    """
    if received.if_match and not received.if_match.star_tag:
        raise Problem("precondition", "If-Match names a tag, and those of graphs are weak.")
    if "If-Match" in received.headers:
        return True
    return False if received.if_none_match.star_tag else None


def _documents(received: Request, base: str, *, whole: bool = False) -> Iterator[Document]:
    """Yield the RDF documents in the body. Raises `Problem` if there is none that is read here."""
    received.max_content_length = bodies.MAX_BYTES
    forms.check_encoding(received, ", ".join(_types(whole=whole)))
    if received.mimetype == _MULTIPART:
        yield from _parts(received, base)
    else:
        yield _document(received.get_data(), received.mimetype, base, whole=whole)


def _document(body: bytes, media_type: str, base: str, *, whole: bool = False) -> Document:
    types = _types(whole=whole)
    if media_type not in types or media_format(media_type) is None:
        raise Problem(
            "media-type",
            f"The body has the type {media_type or 'none'!r}.",
            next_step=f"Send one of {', '.join(types)}.",
            headers={"Accept-Post": ", ".join((*types, _MULTIPART))},
        )
    return Document(body, media_type, base)


def _types(*, whole: bool) -> tuple[str, ...]:
    return (*_QUADS, *_TRIPLES) if whole else _TRIPLES


def _parts(received: Request, base: str) -> Iterator[Document]:
    """Yield the parts of a form (RFC 7578), each a document of its own type."""
    boundary = received.mimetype_params.get("boundary", "")
    decoder = MultipartDecoder(boundary.encode("latin-1"), max_parts=_MAX_PARTS)
    decoder.receive_data(received.get_data())
    decoder.receive_data(None)
    media_type, body, number = "", b"", 0
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                media_type = event.headers.get("Content-Type", "").partition(";")[0]
                body = b""
            elif isinstance(event, Data):
                body += event.data
                if not event.more_data:
                    number += 1
                    yield _document(body, media_type.strip().lower(), base)
    except ValueError as error:
        raise Problem("bad-request", f"The form cannot be read: {error}.") from error
    if not number:
        raise Problem("bad-request", "The form has no part.")
