"""The dataset as a whole (VoID) and each of its named graphs."""

from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, url_for
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from ontology.namespaces import BASE, GRAPH, PREFIXES, new_graph
from server.addresses import local, query_link
from server.counts import classes, triples_of
from server.documents import alternates, chosen, document, suffix_format, with_alternates
from server.formats import HTML
from server.labels import label
from server.problems import Problem
from server.responses import answer, page
from server.services import services

blueprint = Blueprint("datasets", __name__)

_DATASET: Final = URIRef(BASE + "dataset")
_VOID: Final = Namespace(PREFIXES["void"])
_DCAT: Final = Namespace(PREFIXES["dcat"])
_DCTERMS: Final = Namespace(PREFIXES["dcterms"])
TITLE: Final = "Cebu: the knowledge graph of ASEAN labour-migration governance"


@blueprint.get("/dataset")
@blueprint.get("/dataset.<suffix>")
def dataset(suffix: str | None = None) -> Response:
    """Answer with what is in the dataset, counted."""
    choice = chosen(suffix_format(suffix))
    if choice.format is not HTML:
        return document(_description(), choice, "/dataset")
    data = services().data
    graphs = [
        (name, local(name), label(data.graph, name), triples_of(data, name))
        for name in sorted(data.graphs)
    ]
    return with_alternates(
        page(
            "dataset.html",
            data=data,
            iri=_DATASET,
            graphs=graphs,
            classes=classes(data),
            alternates=alternates("/dataset"),
        ),
        "/dataset",
    )


@blueprint.get("/graph/<slug>")
@blueprint.get("/graph/<slug>.<suffix>")
def named_graph(slug: str, suffix: str | None = None) -> Response:
    """Answer with the statements of one named graph."""
    choice = chosen(suffix_format(suffix))
    data = services().data
    iri = GRAPH + slug
    if iri not in data.graphs:
        raise Problem("graph-unknown", f"<{iri}> is not a graph of this dataset.", status=404)
    stem = f"/graph/{slug}"
    if choice.format is not HTML:
        body = data.store.dump(
            format=choice.format.rdf, from_graph=ox.NamedNode(iri), prefixes=PREFIXES
        )
        return with_alternates(answer(body or b"", choice.content_type), stem)
    return with_alternates(
        page(
            "graph.html",
            iri=iri,
            label=label(data.graph, iri),
            triples=triples_of(data, iri),
            classes=classes(data, iri),
            alternates=alternates(stem),
            query=query_link(
                f"SELECT ?s ?p ?o\nWHERE {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}\nLIMIT 100"
            ),
        ),
        stem,
    )


def _description() -> Graph:
    data = services().data
    graph = new_graph()
    graph.add((_DATASET, RDF.type, _VOID.Dataset))
    graph.add((_DATASET, RDF.type, _DCAT.Dataset))
    graph.add((_DATASET, _DCTERMS.title, Literal(TITLE, "en")))
    graph.add((_DATASET, _VOID.uriSpace, Literal(BASE + "id/")))
    graph.add((_DATASET, _VOID.triples, Literal(data.triples)))
    endpoint = URIRef(url_for("sparql.sparql", _external=True))
    graph.add((_DATASET, _VOID.sparqlEndpoint, endpoint))
    for count in classes(data):
        part = URIRef(f"{_DATASET}#class-{count.short.replace(':', '-')}")
        graph.add((_DATASET, _VOID.classPartition, part))
        graph.add((part, _VOID["class"], URIRef(count.iri)))
        graph.add((part, _VOID.entities, Literal(count.number)))
    for name in sorted(data.graphs):
        graph.add((_DATASET, _VOID.subset, URIRef(name)))
        graph.add((URIRef(name), RDF.type, _VOID.Dataset))
        graph.add((URIRef(name), _VOID.triples, Literal(triples_of(data, name))))
    return graph
