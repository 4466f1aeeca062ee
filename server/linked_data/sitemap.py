"""What crawlers ask for: what they may fetch, and a list of all pages (sitemaps.org, 0.9)."""

from typing import Final
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from ontology.namespaces import ID
from ontology.terms import Cebu
from server.http.problems import Problem
from server.http.responses import answer
from server.linked_data.addresses import local
from server.services import services
from server.sources.documents import slugs
from server.store.kept import kept_by_version
from server.store.store import GraphStore

blueprint = Blueprint("sitemap", __name__)

# The protocol's own limit for one file.
MAX_ADDRESSES: Final = 50_000

_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PAGES: Final = (
    "/",
    "/dataset",
    "/ontology",
    "/shapes",
    "/prefixes",
    "/queries",
    "/explore",
    "/explore/ratifications",
    "/explore/projects",
    "/explore/network",
    "/explore/recommendations",
    "/explore/statistics",
    "/explore/map",
    "/explore/contradictions",
    "/sources",
    "/quality",
    "/problems",
)
# Each query is work, the files of graphs are large, and writes are not for crawlers.
_CLOSED: Final = (
    *(
        "/sparql?",
        "/queries/",
        "/explore/*?",
        "/search",
        "/update",
        "/graphs",
        "/validate",
        "/metrics",
    ),
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Keep crawlers from running queries, and show them the list of pages."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED), ""]
    lines.append(f"Sitemap: {_absolute('/sitemap.xml')}")
    return answer("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List all pages, or the lists that hold them if one is not enough."""
    paths = _paths(services().data)
    if len(paths) <= MAX_ADDRESSES:
        return _urlset(paths)
    parts = -(-len(paths) // MAX_ADDRESSES)
    return _xml(
        "sitemapindex", "sitemap", [f"/sitemap/{number}.xml" for number in range(1, parts + 1)]
    )


@blueprint.get("/sitemap/<int:number>.xml")
def part(number: int) -> Response:
    """List one part of the pages."""
    paths = _paths(services().data)[(number - 1) * MAX_ADDRESSES : number * MAX_ADDRESSES]
    if number < 1 or not paths:
        raise Problem("not-found", f"There is no part {number} of the list of pages.")
    return _urlset(paths)


@kept_by_version
def _paths(data: GraphStore) -> list[str]:
    """Return the paths of all pages: ours, the graphs', and those of all things that we describe.

    Claims and passages come last: they are what the others rest on.
    """
    evidence = {
        row["s"]
        for row in data.select(
            f"SELECT DISTINCT ?s {{ VALUES ?c {{ <{Cebu.Claim}> <{Cebu.Passage}> }} ?s a ?c }}"
        )
    }
    found = {row["s"] for row in data.select("SELECT DISTINCT ?s { ?s ?p ?o }")}
    things = sorted((iri in evidence, iri) for iri in found if iri.startswith(ID))
    iris = [*sorted(data.graphs), *(iri for _, iri in things)]
    texts = [f"/sources/{slug}" for slug in slugs(data)]
    return [*_PAGES, *texts, *filter(None, map(local, iris))]


def _urlset(paths: list[str]) -> Response:
    return _xml("urlset", "url", paths)


def _xml(root: str, element: str, paths: list[str]) -> Response:
    base = request.url_root.rstrip("/")
    entries = "\n".join(
        f"<{element}><loc>{escape(base + path)}</loc></{element}>"
        for path in paths
        if path.startswith("/")
    )
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">\n{entries}\n'
        f"</{root}>\n"
    )
    return answer(body, "application/xml; charset=utf-8")


def _absolute(path: str) -> str:
    return request.url_root.rstrip("/") + path
