"""Things, the documents about them, and what each says."""

import dataclasses
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from ontology import ID, PREFIXES, Cebu
from server.app import create_app
from server.settings import Settings
from tests.server.door import DATA, Reply, Server, cebu, environment, free_port, serving

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
    # What the property means is described for everybody, not in a title that only a mouse shows.
    described = re.search(r'aria-describedby="(p-\d+)">coordinator</a>', page)
    assert described
    definition = "The state that the table names as country coordinator."
    assert f'role="tooltip" id="{described[1]}">{definition}</span>' in page
    assert '<a href="/doc/state/viet-nam">Viet Nam</a>' in coordinator
    assert "<blockquote>Viet Nam</blockquote>" in coordinator
    assert '<a href="/doc/document/action-plan-2018-2025">Action Plan</a>' in coordinator
    words = '<a href="/sources/action-plan-2018-2025?passage=100-108#L12">line 12</a>'
    assert words in coordinator
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
    incoming = page[page.index('id="incoming"') :]
    assert 'coordinator <span class="count">(2)</span>' in incoming
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
        first_page = client.get("/doc/body/b.html").text
        assert '<a href="/doc/body/b?property=rdfs:seeAlso">All 1,101: ' in first_page
        page = client.get("/doc/body/b.html?property=rdfs:seeAlso&page=23").text
        assert "Page 23 of 23" in page
        assert 'href="/doc/body/b?property=rdfs:seeAlso&amp;page=22"' in page
        assert page.count('<a href="/doc/state/s-') == 1
        for wrong in ("property=rdfs:seeAlso&page=24", "page=2", "property=rdfs:label"):
            reply = client.get(f"/doc/body/b?{wrong}", headers={"Accept": "text/html"})
            assert reply.status_code == 400
            assert client.get("/doc/body/b.html?property=<script>").text.count("<script>") == 0
        listed = [
            found
            for number in range(1, 24)
            for found in re.findall(
                r'href="/doc/(state/s-\d+)"',
                client.get(f"/doc/body/b.html?property=rdfs:seeAlso&page={number}").text,
            )
        ]
        assert len(listed) == len(set(listed)) == 1101
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


FOAF = "http://xmlns.com/foaf/0.1/"
VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"
DATASET = URIRef("https://w3id.org/cebu/dataset")


def turtle(server: Server, path: str) -> Graph:
    reply = server.request(path, "text/turtle")
    assert (reply.status, reply.type) == (200, "text/turtle"), path
    return Graph().parse(reply.body, format="turtle")


def test_a_document_says_what_it_is_about(server: Server) -> None:
    document = URIRef(f"https://w3id.org/cebu/doc/{PROJECT}")
    graph = turtle(server, f"/doc/{PROJECT}")
    assert graph.value(document, URIRef(FOAF + "primaryTopic")) == URIRef(ID + PROJECT)
    assert (document, RDF.type, URIRef(FOAF + "Document")) in graph
    assert graph.value(document, URIRef(VOID + "inDataset")) == DATASET
    for accept in ("text/turtle", "text/html"):
        links = server.request(f"/doc/{PROJECT}", accept).headers.get_all("Link") or []
        assert f'<{ID}{PROJECT}>; rel="describes"' in links
    page = server.request(f"/doc/{PROJECT}", "text/html").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    embedded = Graph().parse(data=found[1], format="json-ld")
    assert embedded.value(document, URIRef(FOAF + "primaryTopic")) == URIRef(ID + PROJECT)


@pytest.mark.parametrize("host", ["w3id.org", "example.org:8080", "[::1]:80", "LOCALHOST"])
def test_a_thing_is_the_same_on_any_host(server: Server, host: str) -> None:
    reply = server.request(f"/id/{STATE}", headers={"Host": host})
    assert (reply.status, reply.headers["Location"]) == (303, f"/doc/{STATE}")
    document = server.request(f"/doc/{STATE}.nt", headers={"Host": host})
    assert document.body == server.request(f"/doc/{STATE}.nt").body
    assert f"<{ID}{STATE}>".encode() in document.body


def test_a_page_of_links_that_is_not_there(server: Server) -> None:
    for accept in ("text/turtle", "text/html"):
        assert server.request(f"/doc/{STATE}?page=2", accept).status == 400


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/json", "application/problem+json"),
        ("text/html", "text/html"),
        ("text/turtle", "text/turtle"),
        ("text/plain", "text/plain"),
    ],
)
def test_a_withdrawn_thing_is_gone_in_the_format_asked_for(
    withdrawing: Server, accept: str, answered: str
) -> None:
    for path in ("/id/body/asean-desk", "/doc/body/asean-desk"):
        reply = withdrawing.request(path, accept)
        assert (reply.status, reply.type) == (410, answered)
        assert "withdrawn on 2026-11-20: It was a slip for another body." in reply.text
        assert f"{ID}body/ilo" in reply.text
        assert '</doc/body/ilo>; rel="successor-version"' in reply.headers.get_all("Link", [])
    assert withdrawing.request("/doc/body/nobody", accept).status == 404
    gone = withdrawing.request("/doc/body/gone.ttl")
    assert (gone.status, gone.type) == (410, "text/turtle")
    # What the graph describes is served, whatever the list says.
    assert withdrawing.request("/doc/body/ilo").status == 200


@pytest.fixture(scope="module")
def withdrawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("withdrawing")
    shutil.copytree(DATA / "graph", folder / "graph")
    (folder / "withdrawn.yaml").write_text(
        "- id: body/asean-desk\n  on: 2026-11-20\n  why: It was a slip for another body.\n"
        "  instead: body/ilo\n"
        "- {id: body/gone, on: 2026-11-20, why: It never was.}\n"
        "- {id: body/ilo, on: 2026-11-20, why: It came back.}\n",
        encoding="utf-8",
    )
    with serving(folder / "store", CEBU_DATA=str(folder)) as running:
        yield running


@pytest.mark.parametrize("text", ["- id: body/x\n", "- [", "7", "- {id: ../x, on: x, why: y}"])
def test_a_bad_list_of_withdrawn_ids_stops_the_start(tmp_path: Path, text: str) -> None:
    shutil.copytree(DATA / "graph", tmp_path / "graph")
    (tmp_path / "withdrawn.yaml").write_text(text, encoding="utf-8")
    env = environment(tmp_path / "store", free_port(), CEBU_DATA=str(tmp_path))
    done = cebu("serve", env=env)
    assert done.returncode == 1
    assert "withdrawn.yaml: this is no list of withdrawn ids" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("stem", ["ontology", "shapes"])
def test_the_version_iri_leads_to_that_version(server: Server, stem: str) -> None:
    iri = URIRef(f"https://w3id.org/cebu/{stem}")
    whole = turtle(server, f"/{stem}")
    version = whole.value(iri, OWL.versionIRI)
    assert str(version) == f"{iri}/{whole.value(iri, OWL.versionInfo)}"
    path = str(version).removeprefix("https://w3id.org/cebu")
    reply = server.request(path, "text/turtle")
    assert f'</{stem}>; rel="latest-version"' in reply.headers.get_all("Link", [])
    versioned = Graph().parse(reply.body, format="turtle")
    assert len(versioned) == len(whole)
    assert server.request(f"{path}.nt", "text/html").type == "application/n-triples"
    page = server.request(f"/{stem}", "text/html").text
    assert f'<a href="{path}">' in page
    for accept in ("text/turtle", "text/html", "application/json"):
        assert server.request(f"/{stem}/9.9.9", accept).status == 404


def test_each_shape_is_a_document(server: Server) -> None:
    shapes = "https://w3id.org/cebu/shapes"
    whole = turtle(server, "/shapes")
    nodes = [str(node) for node in whole.subjects(RDF.type, SH.NodeShape)]
    names = [node.partition("#")[2] for node in nodes if node.startswith(f"{shapes}#")]
    assert len(names) > 15
    for name in names:
        shape = turtle(server, f"/shapes/{name}")
        about = URIRef(f"{shapes}#{name}")
        assert shape.value(URIRef(f"{shapes}/{name}"), URIRef(FOAF + "primaryTopic")) == about
        assert shape.value(about, RDFS.isDefinedBy) == URIRef(shapes)
        for constraint in shape.objects(about, SH.property):
            assert shape.value(constraint, SH.path) is not None
    page = server.request("/shapes/Body", "text/html")
    assert page.status == 200
    assert "<h1>Shape: Body</h1>" in page.text
    assert '<a href="/shapes/Body">' in server.request("/shapes", "text/html").text
    assert server.request("/shapes/Nothing", "text/turtle").status == 404


def numbers(server: Server, query: str) -> dict[str, tuple[str, ...]]:
    rows = server.query(query, "text/csv").text.splitlines()[1:]
    return {row.split(",")[0]: tuple(row.split(",")[1:]) for row in rows}


@pytest.mark.parametrize("path", ["/dataset", "/.well-known/void"])
def test_void_counts_every_class_and_property_truly(server: Server, path: str) -> None:
    graph = turtle(server, path)

    def stated(part: Node, *properties: str) -> tuple[str, ...]:
        return tuple(str(graph.value(part, URIRef(VOID + name))) for name in properties)

    wanted = numbers(
        server,
        "SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?a) (COUNT(DISTINCT ?o) AS ?b) "
        "{ ?s ?p ?o } GROUP BY ?p",
    )
    parts = list(graph.objects(DATASET, URIRef(VOID + "propertyPartition")))
    found = {
        stated(part, "property")[0]: stated(part, "triples", "distinctSubjects", "distinctObjects")
        for part in parts
    }
    assert len(found) == len(parts)
    assert found == wanted
    wanted = numbers(server, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    parts = list(graph.objects(DATASET, URIRef(VOID + "classPartition")))
    assert {stated(part, "class")[0]: stated(part, "entities") for part in parts} == wanted
    total = numbers(
        server, "SELECT (COUNT(DISTINCT ?s) AS ?n) (COUNT(DISTINCT ?o) AS ?m) {?s ?p ?o}"
    )
    assert total == {stated(DATASET, "distinctSubjects")[0]: stated(DATASET, "distinctObjects")}
    for graph_iri in graph.objects(DATASET, URIRef(VOID + "subset")):
        counted = server.query(
            f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph_iri}> {{ ?s ?p ?o }} }}", "text/csv"
        )
        assert stated(graph_iri, "triples") == (counted.text.split()[1],)


def test_dcat_leads_to_the_endpoint_and_to_files(server: Server) -> None:
    graph = turtle(server, "/dataset")
    services = list(graph.subjects(URIRef(DCAT + "servesDataset"), DATASET))
    assert [str(graph.value(item, URIRef(DCAT + "endpointURL"))) for item in services] == [
        server.endpoint
    ]
    dcterms = "http://purl.org/dc/terms/"
    for name in ("title", "description", "license", "publisher"):
        assert graph.value(DATASET, URIRef(dcterms + name)) is not None
    files = list(graph.subject_objects(URIRef(DCAT + "downloadURL")))
    assert len(files) >= 4 * 4
    for distribution, file in files:
        reply = server.request(str(file).removeprefix(server.url))
        media_type = str(graph.value(distribution, URIRef(DCAT + "mediaType")))
        assert reply.status == 200
        assert media_type.endswith(f"/{reply.type}")
    dumps = [str(file) for file in graph.objects(DATASET, URIRef(VOID + "dataDump"))]
    union = Graph()
    for dump in dumps:
        union.parse(server.request(dump.removeprefix(server.url)).body, format="nt")
    assert len(union) == int(str(graph.value(DATASET, URIRef(VOID + "triples"))))


def test_counts_are_those_of_a_set_without_the_union_too(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_DEFAULT_GRAPH="strict") as strict:
        graph = turtle(strict, "/dataset")
    parts = {
        str(graph.value(part, URIRef(VOID + "property"))): str(
            graph.value(part, URIRef(VOID + "triples"))
        )
        for part in graph.objects(DATASET, URIRef(VOID + "propertyPartition"))
    }
    assert sum(map(int, parts.values())) == int(str(graph.value(DATASET, URIRef(VOID + "triples"))))


def test_prefixes_are_declared(server: Server) -> None:
    graph = turtle(server, "/prefixes")
    declared = {
        str(graph.value(node, SH.prefix)): str(graph.value(node, SH.namespace))
        for node in graph.objects(URIRef("https://w3id.org/cebu/prefixes"), SH.declare)
    }
    assert declared == PREFIXES
    page = server.request("/prefixes", "text/html")
    assert page.status == 200
    assert all(f'<tr id="{prefix}">' in page.text for prefix in PREFIXES)


def addresses(reply: Reply) -> list[str]:
    assert reply.type == "application/xml"
    tree = ElementTree.fromstring(reply.body)
    return [
        node.text or "" for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]


def test_crawlers_find_every_page_and_no_query(server: Server) -> None:
    robots = server.request("/robots.txt")
    assert robots.type == "text/plain"
    assert f"Sitemap: {server.url}/sitemap.xml\n" in robots.text
    rules = RobotFileParser()
    rules.parse(robots.text.splitlines())
    found = addresses(server.request("/sitemap.xml"))
    assert len(found) == len(set(found))
    assert f"{server.url}/doc/{PROJECT}" in found
    for address in found:
        assert rules.can_fetch("*", address)
        path = address.removeprefix(server.url)
        assert server.request(path, "text/html").status == 200, path
    for path in ("/sparql?query=x", "/queries/things-called?x=1", "/update", "/graphs?default"):
        assert not rules.can_fetch("*", server.url + path)


def test_a_long_list_of_pages_is_split(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.linked_data.sitemap.MAX_ADDRESSES", 10)
    app = create_app(settings)
    try:
        client = app.test_client()
        parts = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
        pages = [re.findall("<loc>(.*?)</loc>", client.get(part).text) for part in parts]
        assert [len(part) for part in pages[:-1]] == [10] * (len(parts) - 1)
        assert 0 < len(pages[-1]) <= 10
        together = [page for part in pages for page in part]
        assert len(together) == len(set(together)) > 20
        for number in ("0", str(len(parts) + 1)):
            assert client.get(f"/sitemap/{number}.xml").status_code == 404
    finally:
        app.extensions["cebu"].close()
