"""What operators ask for: is it well, and what has it done."""

import json

from flask import Blueprint, Response, g, request

from server import __version__, metrics
from server.http.responses import answer
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


@blueprint.get("/metrics")
def counted() -> Response:
    """Answer with what was counted since the start, for Prometheus."""
    g.negotiated = True
    response = answer(*metrics.exposition(request.headers.get("Accept"), services().data))
    response.cache_control.no_store = True
    return response
