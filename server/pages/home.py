"""The start page, and the page that explains the problems."""

from flask import Blueprint, Response

from server.http.problems import KINDS
from server.http.responses import page
from server.linked_data.counts import classes
from server.services import services

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def start() -> Response:
    """Say what this is, count what is in it, and offer three questions."""
    here = services()
    return page(
        "home.html",
        data=here.data,
        classes=classes(here.data),
        questions=here.library.to_start_with(3),
        number=len(here.library),
    )


@blueprint.get("/problems")
def problems() -> Response:
    """List the kinds of problem that an answer can report, and what to do about each."""
    return page("problems.html", kinds=KINDS)
