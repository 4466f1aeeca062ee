"""SPARQL 1.1 Protocol, through the door."""

import csv
import gzip
import io
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from rdflib import Graph

from server.sparql import guard
from tests.server.door import Reply, Server

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

PREFIX = "PREFIX cebu: <https://w3id.org/cebu/ontology#> "
GRAPHS = "https://w3id.org/cebu/graph/"
NUMBERS = PREFIX + "SELECT ?number WHERE { ?project cebu:number ?number } ORDER BY ?number"
CONSTRUCT = PREFIX + "CONSTRUCT WHERE { ?project cebu:number ?number }"
ASK = PREFIX + "ASK { ?project cebu:number '26' }"


def post(server: Server, body: str | bytes, type_: str | None, path: str = "/sparql") -> Reply:
    headers = {"Content-Type": type_} if type_ else {}
    return server.request(path, method="POST", body=body, headers=headers)


def test_all_three_ways_to_send_a_query_give_the_same(server: Server) -> None:
    replies = [
        server.query(NUMBERS),
        post(server, urlencode({"query": NUMBERS}), FORM),
        post(server, NUMBERS, DIRECT),
        post(server, NUMBERS.encode(), f"{DIRECT}; charset=UTF-8"),
    ]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    rows = replies[0].json()["results"]["bindings"]
    assert [row["number"]["value"] for row in rows] == ["1", "26"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/json", "application/json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/xml", "application/xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_a_table_comes_in_the_format_asked_for(
    server: Server, accept: str | None, answered: str
) -> None:
    for query in (NUMBERS, ASK):
        reply = server.query(query, accept)
        assert (reply.status, reply.type) == (200, answered)
        assert "Accept" in reply.headers["Vary"]


def test_tables_say_the_same_in_each_format(server: Server) -> None:
    rows = list(csv.reader(io.StringIO(server.query(NUMBERS, "text/csv").text)))
    assert rows == [["number"], ["1"], ["26"]]
    tsv = server.query(NUMBERS, "text/tab-separated-values").text
    assert tsv.splitlines() == ["?number", '"1"', '"26"']
    xml = ElementTree.fromstring(server.query(NUMBERS, "application/sparql-results+xml").body)
    space = "{http://www.w3.org/2005/sparql-results#}"
    assert [item.text for item in xml.iter(f"{space}literal")] == ["1", "26"]
    assert server.query(ASK, "application/sparql-results+json").json()["boolean"] is True
    assert b"<boolean>true</boolean>" in server.query(ASK, "application/xml").body
    page = server.query(NUMBERS, "text/html").text
    assert "2 rows" in page
    assert '<span class="text">26</span>' in page


@pytest.mark.parametrize(
    ("accept", "answered", "parser"),
    [
        (None, "text/turtle", "turtle"),
        ("text/turtle", "text/turtle", "turtle"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/n-triples", "application/n-triples", "nt"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
    ],
)
def test_a_graph_comes_in_the_format_asked_for(
    server: Server, accept: str | None, answered: str, parser: str
) -> None:
    for query in (CONSTRUCT, "DESCRIBE <https://w3id.org/cebu/id/state/viet-nam>"):
        reply = server.query(query, accept)
        assert (reply.status, reply.type) == (200, answered)
        assert len(Graph().parse(reply.body, format=parser)) == 2


def test_turtle_of_a_graph_uses_our_prefixes(server: Server) -> None:
    assert 'cebu:number "26"' in server.query(CONSTRUCT, "text/turtle").text


def test_the_format_field_overrides_the_header(server: Server) -> None:
    assert server.query(NUMBERS, "text/html", format="csv").type == "text/csv"
    assert server.query(NUMBERS, "text/csv", format="turtle").type == "text/csv"


def test_a_format_of_the_wrong_kind_is_not_acceptable(server: Server) -> None:
    reply = server.query(NUMBERS, "text/turtle")
    assert reply.status == 406
    reply = server.query(CONSTRUCT, "text/csv")
    assert reply.status == 406
    assert "text/turtle" in reply.json()["available"]


def test_a_triple_of_two_documents_counts_once(server: Server) -> None:
    query = PREFIX + "SELECT (COUNT(*) AS ?n) { ?state a cebu:MemberState }"
    assert server.query(query, "text/csv").text.split() == ["n", "2"]


def test_the_request_can_name_the_dataset(server: Server) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"

    def count(text: str, **dataset: str) -> int:
        return int(server.query(text, "text/csv", **dataset).text.split()[1])

    paper = {"default-graph-uri": GRAPHS + "priorities-paper-2017"}
    assert count(query, **paper) == 4
    assert count(named, **paper) == 0
    assert count(named, **{"named-graph-uri": GRAPHS + "priorities-paper-2017"}) == 4
    assert count(query, **{"named-graph-uri": GRAPHS + "priorities-paper-2017"}) == 0
    two = urlencode([("query", query), *(("default-graph-uri", GRAPHS + g) for g in
                     ("priorities-paper-2017", "action-plan-2018-2025"))])  # fmt: skip
    alone = count(query, **{"default-graph-uri": GRAPHS + "action-plan-2018-2025"})
    both = int(server.request("/sparql?" + two, "text/csv").text.split()[1])
    assert both == alone + 4 - 2
    paper_and_plan = ("priorities-paper-2017", "action-plan-2018-2025")
    froms = "".join(f"FROM <{GRAPHS}{name}> " for name in paper_and_plan)
    assert count(query.replace("{", froms + "{", 1)) == both
    direct = server.request(
        "/sparql?" + urlencode(paper),
        "text/csv",
        method="POST",
        body=query,
        headers={"Content-Type": DIRECT},
    )
    assert direct.text.split()[1] == "4"


@pytest.mark.parametrize(
    ("status", "slug", "arguments"),
    [
        (400, "query-missing", {"format": "json", "default-graph-uri": "x"}),
        (400, "query-missing", {"query": "  "}),
        (400, "graph-unknown", {"query": NUMBERS, "default-graph-uri": "http://example.org/g"}),
        (400, "graph-unknown", {"query": NUMBERS, "named-graph-uri": "http://example.org/g"}),
        (400, "graph-unknown", {"query": NUMBERS, "named-graph-uri": "not an address"}),
        (400, "graph-unknown", {"query": "ASK FROM <http://example.org/g> {}"}),
        (400, "graph-unknown", {"query": "ASK FROM NAMED <http://example.org/g> {}"}),
        (400, "query-syntax", {"query": "SELECT * WHERE { ?s ?p }"}),
        (400, "query-syntax", {"query": "CLEAR ALL"}),
        (400, "update-refused", {"update": "CLEAR ALL"}),
        (400, "query-too-deep", {"query": "SELECT * " + "{" * 101 + "}" * 101}),
        (403, "service-refused", {"query": "SELECT * { SERVICE <http://example.org/> {} }"}),
    ],
)
def test_bad_queries_are_told_what_is_wrong(
    server: Server, status: int, slug: str, arguments: dict[str, str]
) -> None:
    by_get = server.request("/sparql?" + urlencode(arguments), "application/json")
    by_post = post(server, urlencode(arguments), FORM)
    for reply in (by_get, by_post):
        problem = reply.json()
        assert (reply.status, reply.type) == (status, "application/problem+json")
        assert problem["status"] == status
        assert problem["type"] == f"https://w3id.org/cebu/problems#{slug}"
        assert problem["title"]
        assert problem["detail"]
        assert problem["next"]


def test_a_query_that_does_not_parse_is_told_line_and_column(server: Server) -> None:
    problem = server.query("SELECT *\nWHERE {\n  ?s ?p }").json()
    assert (problem["line"], problem["column"]) == (3, 9)
    assert "a variable" in problem["expected"]


def test_an_undeclared_prefix_of_ours_is_told_the_line_to_add(server: Server) -> None:
    problem = server.query("SELECT *\nWHERE { ?s cebu:number ?o }").json()
    assert (problem["line"], problem["column"]) == (2, 12)
    assert "PREFIX cebu: <https://w3id.org/cebu/ontology#>" in problem["next"]


def test_two_queries_are_refused(server: Server) -> None:
    twice = urlencode([("query", NUMBERS), ("query", ASK)])
    replies = [
        server.request("/sparql?" + twice),
        post(server, twice, FORM),
        post(server, NUMBERS, DIRECT, "/sparql?" + urlencode({"query": ASK})),
    ]
    for reply in replies:
        assert reply.status == 400
        assert reply.json()["type"].endswith("#query-repeated")


def test_no_query_at_all_is_no_results(server: Server) -> None:
    assert server.request("/sparql", "application/sparql-results+json").status == 400
    assert post(server, "", FORM).status == 400
    assert post(server, "", DIRECT).status == 400


def test_other_body_types_are_refused(server: Server) -> None:
    for type_ in (None, "text/plain", "application/json", "application/sparql-update",
                  f"{DIRECT}; charset=latin-1"):  # fmt: skip
        reply = post(server, NUMBERS, type_)
        assert reply.status == 415, type_
        assert DIRECT in reply.headers["Accept-Post"]


def test_a_body_that_is_not_utf_8_is_refused(server: Server) -> None:
    reply = post(server, b"SELECT * { ?s ?p '\xff' }", DIRECT)
    assert reply.status == 400
    assert "UTF-8" in reply.json()["detail"]


def test_other_methods_are_refused_with_allow(server: Server) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        reply = server.request("/sparql", method=method)
        assert reply.status == 405
        assert {"GET", "POST"} <= set(reply.headers["Allow"].replace(" ", "").split(","))


def test_fields_that_are_not_utf_8_are_refused(server: Server) -> None:
    bad = "ASK%20%7B%20%3Fs%20%3Fp%20%22%FF%22%20%7D"
    for reply in (
        server.request("/sparql?query=" + bad),
        post(server, "query=" + bad, FORM),
        post(server, b"query=ASK{?s ?p '\xff'}", FORM),
        server.request("/sparql?default-graph-uri=%C3%28&query=ASK%7B%7D"),
    ):
        assert reply.status == 400
        assert "UTF-8" in reply.json()["detail"]


def test_head_is_get_without_a_body(server: Server) -> None:
    for path in ("/sparql", "/sparql?" + urlencode({"query": NUMBERS})):
        head, whole = server.request(path, method="HEAD"), server.request(path)
        assert (head.status, head.body) == (200, b"")
        for name in ("Content-Type", "Content-Length", "Vary"):
            assert head.headers[name] == whole.headers[name]
    assert server.request("/sparql?query=ASK", method="HEAD").status == 400


def test_a_relative_address_is_relative_to_the_permanent_endpoint(server: Server) -> None:
    query = PREFIX + "ASK { <id/state/viet-nam> a cebu:MemberState }"
    assert server.query(query).json()["boolean"] is True
    query = "ASK FROM <graph/priorities-paper-2017> { ?s ?p ?o }"
    assert server.query(query).json()["boolean"] is True
    problem = server.query("ASK { <a> <b> }").json()
    assert (problem["line"], problem["column"]) == (1, 15)


def test_fields_are_read_from_address_and_form_together(server: Server) -> None:
    graph = urlencode({"default-graph-uri": GRAPHS + "priorities-paper-2017"})
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    reply = post(server, urlencode({"query": query}), FORM, "/sparql?" + graph)
    assert reply.json()["results"]["bindings"][0]["n"]["value"] == "4"
    both = post(server, urlencode({"query": ASK}), FORM, "/sparql?" + urlencode({"query": ASK}))
    assert both.json()["type"].endswith("#query-repeated")


def test_a_compressed_body_is_refused_unread(server: Server) -> None:
    headers = {"Content-Type": DIRECT, "Content-Encoding": "gzip"}
    body = gzip.compress(b" " * 1_000_000 + ASK.encode())
    reply = server.request("/sparql", method="POST", body=body, headers=headers)
    assert (reply.status, reply.headers["Accept-Encoding"]) == (415, "identity")
    headers["Content-Encoding"] = "identity"
    assert server.request("/sparql", method="POST", body=ASK, headers=headers).status == 200


def test_other_form_types_are_refused(server: Server) -> None:
    reply = post(server, "--x--", "multipart/form-data; boundary=x")
    assert reply.status == 415


def test_sizes_are_bounded(server: Server) -> None:
    padded = NUMBERS + " " * (guard.MAX_BYTES - len(NUMBERS))
    assert post(server, padded, DIRECT).status == 200
    long = post(server, padded + " ", DIRECT)
    assert (long.status, long.json()["limit"]) == (413, guard.MAX_BYTES)
    for type_ in (DIRECT, FORM):
        assert post(server, "query=" + "x" * 300_000, type_).status == 413
    assert server.query(ASK).status == 200


@pytest.mark.parametrize(
    "body",
    [
        "SELECT * {" + "UNION".join(["{}"] * 9000) + "}",
        "SELECT * {" + "FILTER EXISTS{}" * 4000 + "}",
        "SELECT * {FILTER(" + "!" * 60000 + "?a)}",
        "SELECT * {" + "MINUS{}" * 9000 + "}",
        # Read as an address by one grammar and as "less than" with parentheses by another.
        "SELECT * { FILTER(1<" + "(" * 15000 + "1" + ")" * 15000 + ">0) }",
    ],
    ids=["union", "exists", "not", "minus", "disguised"],
)
def test_no_long_query_ends_the_server(server: Server, body: str) -> None:
    assert post(server, body, DIRECT).status in {200, 400}
    assert server.query(ASK).status == 200


def test_without_a_query_a_browser_gets_the_workbench(server: Server) -> None:
    page = server.request("/sparql", "text/html")
    assert page.status == 200
    assert "PREFIX cebu: &lt;https://w3id.org/cebu/ontology#&gt;" in page.text
    assert 'method="post" action="/sparql">' in page.text


def test_the_workbench_keeps_a_query_that_fails(server: Server) -> None:
    reply = server.request(
        "/sparql",
        "text/html",
        method="POST",
        body=urlencode({"query": "SELECT * { <script> }"}),
        headers={"Content-Type": FORM},
    )
    assert (reply.status, reply.type) == (400, "text/html")
    assert "&lt;script&gt; }</textarea>" in reply.text
    assert "Line 1, column" in reply.text


def test_the_workbench_shows_labels_and_graphs(server: Server) -> None:
    page = server.query("SELECT ?x { ?x a <https://w3id.org/cebu/ontology#MemberState> }",
                        "text/html").text  # fmt: skip
    assert '<a href="/doc/state/viet-nam">Viet Nam</a>' in page
    assert "cebu:number" in server.query(CONSTRUCT, "text/html").text
    assert "Yes (true)" in server.query(ASK, "text/html").text
    assert "No rows" in server.query("SELECT * { ?x a <http://example.org/> }", "text/html").text


def test_a_cut_page_says_so(server: Server) -> None:
    numbers = " ".join(str(number) for number in range(35))
    query = f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    page = server.query(query, "text/html").text
    assert "1,225 rows; this page shows the first 1,000" in page


def test_the_service_description_is_true(server: Server) -> None:
    reply = server.request("/sparql", "text/turtle")
    graph = Graph().parse(reply.body, format="turtle")
    rows = graph.query(
        """PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
        PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?endpoint ?triples (GROUP_CONCAT(?name) AS ?names) {
          ?s a sd:Service ; sd:endpoint ?endpoint ; sd:feature sd:UnionDefaultGraph ;
            sd:defaultDataset ?d .
          ?d sd:defaultGraph/void:triples ?triples ; sd:namedGraph/sd:name ?name .
        } GROUP BY ?endpoint ?triples"""
    )
    ((endpoint, triples, names),) = [tuple(row) for row in rows if isinstance(row, tuple)]
    assert str(endpoint) == server.endpoint
    counted = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").text.split()[1]
    assert str(triples) == counted
    listed = server.query("SELECT DISTINCT ?g { GRAPH ?g {} }", "text/csv").text.split()[1:]
    assert sorted(str(names).split()) == sorted(listed)


def test_unusual_addresses_are_read(server: Server) -> None:
    assert server.request("/sparql?query=" + quote(ASK, safe="")).status == 200
    assert server.request("/sparql?query=%").status == 400
