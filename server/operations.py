"""What operators and crawlers ask for."""

import json

from flask import Blueprint, Response

from server import __version__
from server.responses import answer
from server.services import services

blueprint = Blueprint("operations", __name__)


@blueprint.get("/health")
def health() -> Response:
    """Say that the server answers, and with which data."""
    data = services().data
    report = {
        "status": "ok",
        "version": __version__,
        "dataset": data.version,
        "triples": data.triples,
        "graphs": len(data.graphs),
        "default_graph": services().settings.default_graph,
    }
    response = answer(json.dumps(report) + "\n", "application/json")
    response.cache_control.no_store = True
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Keep crawlers from running queries."""
    return answer(
        "User-agent: *\nDisallow: /sparql?\nDisallow: /queries/\n", "text/plain; charset=utf-8"
    )
