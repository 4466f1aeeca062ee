"""Things, the documents about them, and what each says."""

import json
import re

import pytest
from rdflib import RDF, Graph, Literal, URIRef

from ontology import ID, Cebu
from tests.server.door import Server

# rdflib reads JSON-LD with a class of its own that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

STATE = "state/viet-nam"
PROJECT = "project/action-plan-2018-2025/1"
TYPES = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "nt": ("application/n-triples", "nt"),
    "rdf": ("application/rdf+xml", "xml"),
}


def test_a_thing_leads_to_its_document(server: Server) -> None:
    for accept in ("text/html", "text/turtle", None):
        reply = server.request(f"/id/{STATE}", accept)
        assert reply.status == 303
        assert reply.headers["Location"] == f"/doc/{STATE}"
    assert server.request(f"/id/{STATE}", headers={"Host": "example.org"}).status == 303


@pytest.mark.parametrize("suffix", TYPES)
def test_a_document_comes_by_accept_and_by_suffix(server: Server, suffix: str) -> None:
    media_type, parser = TYPES[suffix]
    by_accept = server.request(f"/doc/{PROJECT}", media_type)
    by_suffix = server.request(f"/doc/{PROJECT}.{suffix}", "text/html")
    assert by_accept.type == by_suffix.type == media_type
    assert by_accept.body == by_suffix.body
    assert "Accept" in by_accept.headers["Vary"]
    alternates = by_accept.headers.get_all("Link") or []
    assert f'</doc/{PROJECT}.html>; rel="alternate"; type="text/html"' in alternates
    graph = Graph().parse(by_accept.body, format=parser)
    thing = URIRef(ID + PROJECT)
    assert (thing, Cebu.number, Literal("1")) in graph
    assert (URIRef(ID + STATE), None, Literal("Viet Nam", "en")) in graph
    (claim,) = graph.subjects(RDF.subject, thing)
    (passage,) = graph.objects(claim, Cebu.evidence)
    assert str(graph.value(passage, Cebu.exact)) == "Viet Nam"


def test_a_document_has_what_points_at_the_thing(server: Server) -> None:
    graph = Graph().parse(server.request(f"/doc/{STATE}.ttl").body, format="turtle")
    assert len(list(graph.subjects(Cebu.coordinator, URIRef(ID + STATE)))) == 2
    assert not list(graph.subjects(RDF.object, URIRef(ID + STATE)))


def test_every_format_says_the_same(server: Server) -> None:
    graphs = [
        Graph().parse(server.request(f"/doc/{PROJECT}.{suffix}").body, format=parser)
        for suffix, (_, parser) in TYPES.items()
    ]
    assert len({frozenset(graph) for graph in graphs}) == 1


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/json", "application/problem+json"),
        ("image/png", "application/problem+json"),
        ("text/html", "text/html"),
        ("text/turtle", "text/turtle"),
        ("text/plain", "text/plain"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_an_unknown_thing_is_told_in_the_format_asked_for(
    server: Server, accept: str, answered: str
) -> None:
    for path in (
        "/id/state/atlantis",
        "/doc/state/atlantis",
        "/doc/state/Viet%20Nam",
        "/doc/nothing",
        "/id/project/x/..%2F..%2Fetc",
    ):
        reply = server.request(path, accept)
        assert (reply.status, reply.type) == (404, answered)
        assert b"Nothing is known of this entity" in reply.body


def test_an_unknown_thing_by_suffix(server: Server) -> None:
    reply = server.request("/doc/state/atlantis.ttl", "text/html")
    assert (reply.status, reply.type) == (404, "text/turtle")
    assert len(Graph().parse(reply.body, format="turtle")) == 4
    assert server.request(f"/doc/{STATE}.doc").status == 404


def test_a_format_that_is_not_there(server: Server) -> None:
    reply = server.request(f"/doc/{STATE}", "image/png")
    assert reply.status == 406
    assert "text/turtle" in reply.json()["available"]


def test_the_page_quotes_the_evidence_beside_the_value(server: Server) -> None:
    page = server.request(f"/doc/{PROJECT}", "text/html").text
    assert "<h1>Project 1: Workshop</h1>" in page
    assert f"<code>{ID}{PROJECT}</code>" in page
    coordinator = page[page.index(">coordinator</a>") :].partition("</div>")[0]
    assert 'title="The state that the table names as country coordinator."' in page
    assert '<a href="/doc/state/viet-nam">Viet Nam</a>' in coordinator
    assert "<blockquote>Viet Nam</blockquote>" in coordinator
    assert '<a href="/doc/document/action-plan-2018-2025">Action Plan</a>, line 12' in coordinator
    for suffix, (media_type, _) in TYPES.items():
        assert f'<link rel="alternate" type="{media_type}" href="/doc/{PROJECT}.{suffix}"' in page
    assert '<a href="/sparql?query=SELECT' in page


def test_the_page_carries_json_ld(server: Server) -> None:
    for path, labelled in ((PROJECT, "Project 1: Workshop"),
                           ("body/ilo", "ILO <script>alert('body')</script>")):  # fmt: skip
        page = server.request(f"/doc/{path}", "text/html").text
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        assert found
        graph = Graph().parse(data=json.dumps(json.loads(found[1])), format="json-ld")
        assert (URIRef(ID + path), None, Literal(labelled, "en")) in graph
        assert "<script>alert" not in page


def test_the_page_counts_what_points_at_the_thing(server: Server) -> None:
    page = server.request(f"/doc/{STATE}", "text/html").text
    assert 'coordinator <span class="count">(2)</span>' in page
    assert '<a href="/doc/project/action-plan-2018-2025/26">Project 26: Portability</a>' in page
    assert "/doc/claim/" not in page
    assert server.request(f"/doc/{STATE}?page=2", "text/html").status == 400
    for wrong in ("0", "x", "-1", "9" * 30, "%C2%B2"):
        assert server.request(f"/doc/{STATE}?page={wrong}").status == 400


def test_a_passage_says_what_rests_on_it(server: Server) -> None:
    page = server.request("/doc/passage/action-plan-2018-2025/100-108", "text/html").text
    said = page[page.index("What these words say") :]
    assert ">Project 1: Workshop</a>" in said
    assert ">coordinator</a>" in said
    assert ">Viet Nam</a>" in said


def test_long_lists_of_links_are_paged(tmp_path_factory: pytest.TempPathFactory) -> None:
    import dataclasses

    from server.app import create_app
    from server.settings import Settings
    from tests.server.door import DATA

    folder = tmp_path_factory.mktemp("many")
    (folder / "graph").mkdir()
    body = "https://w3id.org/cebu/id/body/b"
    lines = ["@prefix r: <http://www.w3.org/2000/01/rdf-schema#> .", f'<{body}> r:label "B"@en .']
    lines += [f"<{ID}state/s-{number}> r:seeAlso <{body}> ." for number in range(1101)]
    (folder / "graph" / "many.ttl").write_text("\n".join(lines), encoding="utf-8")
    settings = dataclasses.replace(
        Settings.from_environment({}), store=folder / "store", data=folder, queries=DATA / "queries"
    )
    app = create_app(settings)
    try:
        client = app.test_client()
        page = client.get("/doc/body/b.html?page=23").text
        assert "1,101 links, page 23 of 23" in page
        assert 'href="/doc/body/b?page=22#incoming"' in page
        assert client.get("/doc/body/b.html?page=24").status_code == 400
        first, second = client.get("/doc/body/b.nt"), client.get("/doc/body/b.nt?page=2")
        assert '</doc/body/b.nt?page=2>; rel="next"' in first.headers.getlist("Link")
        links = [reply.text.count("seeAlso") for reply in (first, second)]
        assert links == [1000, 101]
        assert 'rel="next"' not in second.headers["Link"]
    finally:
        app.extensions["cebu"].close()


@pytest.mark.parametrize("stem", ["/ontology", "/shapes", "/dataset", "/graph/schemes"])
def test_other_documents_come_in_each_format(server: Server, stem: str) -> None:
    page = server.request(stem, "text/html")
    assert (page.status, page.type) == (200, "text/html")
    sizes = set()
    for suffix, (media_type, parser) in TYPES.items():
        reply = server.request(f"{stem}.{suffix}")
        assert (reply.status, reply.type) == (200, media_type)
        assert server.request(stem, media_type).status == 200
        sizes.add(len(Graph().parse(reply.body, format=parser)))
    assert len(sizes) == 1
    assert server.request(f"{stem}.doc").status == 404
    assert server.request(stem, "image/png").status == 406


def test_the_ontology_page_has_a_place_for_each_term(server: Server) -> None:
    assert '<div id="Project">' in server.request("/ontology", "text/html").text


def test_a_graph_that_is_not_here(server: Server) -> None:
    assert server.request("/graph/nothing").status == 404


def test_the_dataset_counts_truly(server: Server) -> None:
    graph = Graph().parse(server.request("/dataset.ttl").body, format="turtle")
    count = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").text.split()[1]
    void = "http://rdfs.org/ns/void#"
    dataset = URIRef("https://w3id.org/cebu/dataset")
    assert str(graph.value(dataset, URIRef(void + "triples"))) == count
