"""The dataset as a whole, each of its named graphs, and the prefixes."""

from flask import Blueprint, Response, request

from ontology.namespaces import BASE, GRAPH, PREFIXES
from server.history.memento import dated
from server.history.versions import reading_asked, versioned
from server.http.formats import HTML
from server.http.problems import Problem
from server.http.responses import answer, page
from server.linked_data.addresses import local, query_link
from server.linked_data.counts import classes, statistics, triples_of
from server.linked_data.description import DATASET, describe_dataset, describe_prefixes
from server.linked_data.documents import (
    alternates,
    chosen,
    document,
    suffix_format,
    with_alternates,
)
from server.linked_data.labels import label

blueprint = Blueprint("datasets", __name__)


@blueprint.get("/.well-known/void")
@blueprint.get("/dataset")
@blueprint.get("/dataset.<suffix>")
def dataset(suffix: str | None = None) -> Response:
    """Answer with what is in the dataset, counted."""
    choice = chosen(suffix_format(suffix))
    data = reading_asked()
    if choice.format is not HTML:
        root = request.host_url.rstrip("/")
        return dated(document(describe_dataset(data, root), choice, "/dataset"), "/dataset")
    graphs = [
        (name, versioned(local(name) or ""), label(data.graph, name), triples)
        for name, triples in statistics(data).graphs.items()
    ]
    answered = with_alternates(
        page(
            "dataset.html",
            data=data,
            iri=DATASET,
            statistics=statistics(data),
            graphs=graphs,
            classes=classes(data),
            alternates=alternates("/dataset"),
        ),
        "/dataset",
    )
    return dated(answered, "/dataset")


@blueprint.get("/graph/<slug>")
@blueprint.get("/graph/<slug>.<suffix>")
def named_graph(slug: str, suffix: str | None = None) -> Response:
    """Answer with the statements of one named graph."""
    choice = chosen(suffix_format(suffix))
    data = reading_asked()
    iri = GRAPH + slug
    if iri not in data.graphs:
        raise Problem("graph-unknown", f"<{iri}> is not a graph of this dataset.", status=404)
    stem = f"/graph/{slug}"
    if choice.format is not HTML:
        assert choice.format.rdf is not None  # noqa: S101 (the tables of formats say so)
        body = data.dump(choice.format.rdf, iri)
        return dated(with_alternates(answer(body, choice.content_type), stem), stem)
    answered = with_alternates(
        page(
            "graph.html",
            iri=iri,
            label=label(data.graph, iri),
            triples=triples_of(data, iri),
            classes=classes(data, iri),
            alternates=alternates(stem),
            dataset=versioned("/dataset"),
            query=versioned(
                query_link(f"SELECT ?s ?p ?o\nWHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}\nLIMIT 100")
            ),
        ),
        stem,
    )
    return dated(answered, stem)


@blueprint.get("/prefixes")
@blueprint.get("/prefixes.<suffix>")
def prefixes(suffix: str | None = None) -> Response:
    """Answer with the prefixes that queries here may want to declare."""
    choice = chosen(suffix_format(suffix))
    if choice.format is not HTML:
        return document(describe_prefixes(), choice, "/prefixes")
    return with_alternates(
        page(
            "prefixes.html",
            iri=BASE + "prefixes",
            prefixes=PREFIXES,
            alternates=alternates("/prefixes"),
        ),
        "/prefixes",
    )
