"""`/validate`: RDF that anyone sends, checked against the shapes; the report, or a form for it."""

import json
from pathlib import PurePath
from typing import Any, Final, cast

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.datastructures import FileStorage

from server.endpoint import forms
from server.http.formats import GRAPHS, HTML, Format
from server.http.negotiation import Choice, choose
from server.http.problems import Problem
from server.http.rdf_input import SYNTAXES, Syntax
from server.http.responses import answer, not_acceptable, page
from server.settings import Settings
from server.store.store import GraphStore
from server.validation.validators import Validators

blueprint = Blueprint("validation", __name__)

MAX_DATA: Final = 4 * 1024 * 1024
# A form may write each character as %XX, and has other fields.
_MAX_FORM: Final = 3 * MAX_DATA + 64 * 1024
_MAX_PARTS: Final = 20

_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_ACCEPT_POST: Final = ", ".join((*SYNTAXES, *_FORMS))
_AGAINST: Final = ("ontology", "graph")
_NAME: Final = "cebu-validators"

_JSON: Final = Format("json", "application/json", "JSON")
_TEXT: Final = Format("txt", "text/plain", "plain text")
_OFFERS: Final = (
    *GRAPHS,
    Format("trig", "application/trig", "TriG"),
    Format("nq", "application/n-quads", "N-Quads"),
    _JSON,
    HTML,
    _TEXT,
)
_BY_KEY: Final = {offer.key: offer for offer in _OFFERS}
_SUFFIXES: Final = {syntax.suffix: syntax for syntax in SYNTAXES.values()}


def register(app: Flask, settings: Settings, data: GraphStore) -> None:
    """Let `app` validate what it is sent, within the limits of a query."""
    app.extensions[_NAME] = Validators(data, settings.store, settings.limits)
    app.register_blueprint(blueprint)


@blueprint.get("/validate")
def form() -> Response:
    """Show the form."""
    g.negotiated = True
    if choose(request.headers.get("Accept"), [HTML]) is None:
        raise not_acceptable([HTML])
    return _page()


@blueprint.post("/validate")
def validate() -> Response:
    """Answer with the report on the data of the request: 200, whatever the verdict."""
    is_form = request.mimetype in _FORMS
    request.max_content_length = _MAX_FORM if is_form else MAX_DATA
    request.max_form_memory_size = _MAX_FORM
    request.max_form_parts = _MAX_PARTS
    choice = _choice()
    is_page = choice.format is HTML
    against = "ontology"
    try:
        against = _against()
        body, syntax = _form_data() if is_form else _body()
        if len(body) > MAX_DATA:
            raise _too_large()
        conforms, report = cast(Validators, current_app.extensions[_NAME]).validate(
            body,
            syntax.media_type,
            "page" if is_page else choice.format.key,
            with_graph=against == "graph",
        )
    except Problem as problem:
        if is_page and is_form:
            return _page(problem=problem, against=against)
        raise
    if is_page:
        return _labelled(_page(report=json.loads(report), against=against), against, conforms)
    return _labelled(answer(report, choice.content_type), against, conforms)


@blueprint.after_request
def _finish(response: Response) -> Response:
    """Keep what was sent out of caches; tell which bodies are read, and in OPTIONS too."""
    if request.method == "POST":
        response.cache_control.no_store = True
    if request.method == "OPTIONS":
        response.headers["Accept-Post"] = _ACCEPT_POST
    return response


def _labelled(response: Response, against: str, conforms: bool) -> Response:
    response.headers["Cebu-Conforms"] = str(conforms).lower()
    response.headers["Cebu-Validated-Against"] = against
    return response


def _choice() -> Choice:
    """Return the format of the report: by `format=` in the address if given, else by Accept."""
    g.negotiated = True
    key = request.args.get("format")
    if key is not None:
        if key not in _BY_KEY:
            raise Problem("parameter", f"format is {key!r}: it may be {', '.join(_BY_KEY)}.")
        return Choice(_BY_KEY[key], _BY_KEY[key].media_type)
    choice = choose(request.headers.get("Accept"), _OFFERS)
    if choice is None:
        raise not_acceptable(_OFFERS)
    return choice


def _against() -> str:
    """Return what the data is validated together with."""
    value = request.values.get("against") or _AGAINST[0]
    if value not in _AGAINST:
        raise Problem("parameter", f"against is {value!r}: it may be {' or '.join(_AGAINST)}.")
    return value


def _body() -> tuple[bytes, Syntax]:
    forms.check_coding(request)
    syntax = SYNTAXES.get(request.mimetype)
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if syntax is None or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise Problem(
            "media-type",
            f"The body has the type {request.content_type or 'none'!r}.",
            next_step=f"Send one of {_ACCEPT_POST}, in UTF-8.",
            headers={"Accept-Post": _ACCEPT_POST},
        )
    body = request.get_data()
    if not body.strip():
        raise Problem("data-missing", "The body is empty.")
    return body, syntax


def _form_data() -> tuple[bytes, Syntax]:
    """Return the file of a form if there is one, else its text."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.read(MAX_DATA + 1), _syntax(request.form.get("type", ""), file)
    # Browsers send the lines of a field with the ends of the network.
    body = request.form.get("data", "").replace("\r\n", "\n").encode("utf-8", "replace")
    if not body.strip():
        raise Problem("data-missing", "The form has neither text nor a file.")
    return body, _syntax(request.form.get("type", ""), None)


def _syntax(named: str, file: FileStorage | None) -> Syntax:
    """Return the syntax that the form names, else that of the file's suffix, else Turtle."""
    if named:
        if named not in SYNTAXES:
            raise Problem("parameter", f"type is {named!r}: it may be {', '.join(SYNTAXES)}.")
        return SYNTAXES[named]
    suffix = PurePath((file and file.filename) or "").suffix.removeprefix(".").lower()
    return _SUFFIXES.get(suffix, SYNTAXES["text/turtle"])


def _too_large() -> Problem:
    return Problem(
        "too-large", f"At most {MAX_DATA:,} bytes of data are taken.", more={"limit": MAX_DATA}
    )


def _page(
    *,
    report: dict[str, Any] | None = None,
    problem: Problem | None = None,
    against: str = "ontology",
) -> Response:
    is_post = request.method == "POST"
    is_large = problem is not None and problem.slug == "too-large"
    response = page(
        "validate.html",
        problem.status if problem else 200,
        report=report,
        problem=problem,
        against=against,
        text=request.form.get("data", "") if is_post and not is_large else "",
        type=request.form.get("type", "") if is_post else "",
        syntaxes=SYNTAXES.values(),
        limit=MAX_DATA // 1024**2,
    )
    if problem:
        response.headers.update(problem.headers)
    return response
