"""The start page, the page about all this, and the one that explains the problems."""

from flask import Blueprint, Response

from server.http.problems import KINDS
from server.http.responses import page
from server.pages.example import example
from server.pages.figures import figures
from server.services import services

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def start() -> Response:
    """Offer the search, tasks as people say them and three questions; show what is promised."""
    here = services()
    known = figures(here.data)
    return page(
        "home.html",
        data=here.data,
        figures=known.counted,
        states=known.states,
        fact=example(here.data),
        questions=here.library.to_start_with(3),
        number=len(here.library),
    )


@blueprint.get("/about")
def about() -> Response:
    """Say what this is, how it is made, and what there is besides."""
    return page("about.html", data=services().data)


@blueprint.get("/problems")
def problems() -> Response:
    """List the kinds of problem that an answer can report, and what to do about each."""
    return page("problems.html", kinds=KINDS)
