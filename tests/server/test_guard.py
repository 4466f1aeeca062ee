"""What strangers' queries may not do, and that they cannot do it in disguise."""

import socket
import string

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.http.problems import Problem
from server.sparql import guard, lexer
from tests.server.door import Server

GRAPH = "https://w3id.org/cebu/graph/x"

DISGUISES = [
    "SELECT * { SERVICE <ADDRESS> { ?s ?p ?o } }",
    "SELECT * { service silent <ADDRESS> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1;SERVICE<ADDRESS>{ ?s ?p ?o } }",
    "SELECT * { FILTER(1<2&&?a>1) SERVICE<ADDRESS>{ ?s ?p ?o } }",
    "SELECT * { BIND(<ADDRESS> AS ?where) SERVICE ?where { ?s ?p ?o } }",
    "PREFIX e: <ADDRESS> SELECT * { SERVICE e: { ?s ?p ?o } }",
    "BASE <ADDRESS> SELECT * { SERVICE <x> { ?s ?p ?o } }",
    "ASK { FILTER EXISTS { SERVICE <ADDRESS> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { OPTIONAL { SERVICE <ADDRESS> { ?s ?p ?o } } } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <ADDRESS> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <ADDRESS> { ?s ?p ?o } }",
    "SELECT *{#\nSERVICE#\n<ADDRESS>#\n{ ?s ?p ?o } }",
    # Decoding \u0022 before parsing would make one long string of the whole middle.
    'SELECT * { BIND("\\u0022" AS ?x) SERVICE <ADDRESS> { ?s ?p ?o } BIND("\\u0022" AS ?y) }',
    "SELECT * { BIND('#' AS ?x) SERVICE <ADDRESS> { ?s ?p ?o } }",
    "SELECT * { " + "{ " * 60 + "SERVICE <ADDRESS> { ?s ?p ?o }" + " }" * 60 + " }",
    "SELECT * { ?service ?servicz 'servicy' SERVICE <ADDRESS> { ?s ?p ?o } }",
    "SELECT * { # " + " ".join(f"servic{letter}" for letter in string.ascii_lowercase)
    + "\n SERVICE <ADDRESS> { ?s ?p ?o } }",
]  # fmt: skip


@pytest.fixture
def listener() -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    return listening


def test_no_query_makes_the_server_call_out(server: Server, listener: socket.socket) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with listener:
        for disguise in DISGUISES:
            reply = server.query(disguise.replace("ADDRESS", address))
            assert reply.status in {400, 403}, disguise
        for clause in ("FROM", "FROM NAMED"):
            assert server.query(f"SELECT * {clause} <{address}> {{ ?s ?p ?o }}").status == 400
        for field in ("default-graph-uri", "named-graph-uri"):
            assert server.query("SELECT * { ?s ?p ?o }", **{field: address}).status == 400
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("disguise", DISGUISES)
def test_service_is_seen_in_disguise(disguise: str) -> None:
    with pytest.raises(Problem) as caught:
        guard.check_reach(disguise.replace("ADDRESS", "http://127.0.0.1:1/"), ())
    assert caught.value.slug == "service-refused"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE <http://a/> {}' }",
        "SELECT ?service ?from { ?service ?from 'from' }",
        "PREFIX service: <http://service.example/from#> SELECT * { ?s service:from service:x }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://a/> { } FROM <http://a/>",
        f"SELECT * FROM <{GRAPH}> FROM NAMED <{GRAPH}> {{ ?s ?p ?o }}",
        "PREFIX g: <https://w3id.org/cebu/graph/> SELECT * FROM g:x { ?s ?p ?o }",
    ],
)
def test_mentions_are_no_uses(query: str) -> None:
    guard.check_reach(query, {GRAPH})


def test_a_dataset_that_cannot_be_read_is_refused() -> None:
    deep = f"SELECT * FROM <{GRAPH}> " + "{" * 90 + "}" * 90
    with pytest.raises(Problem) as caught:
        guard.check_reach(deep, {GRAPH})
    assert "default-graph-uri" in caught.value.next_step


def test_nesting_counts_what_nests() -> None:
    assert lexer.nesting("SELECT * { FILTER(((1))) }") == 4
    assert lexer.nesting("{ '((((' \"{{{{\" # [[[[\n '''((' ''' <http://a/((> }") == 1
    assert lexer.nesting("{ 'it\\'s ((' } { }") == 1
    guard.check_size("SELECT * {" + "{}" * 500 + "}")


@given(st.text(alphabet="(){}[]<>'\"#\\ \n?a:", max_size=200))
def test_the_lexer_reads_anything(text: str) -> None:
    found = list(lexer.tokens(text))
    assert all(text[token.start : token.end] == token.text for token in found)
    assert lexer.nesting(text) <= sum(text.count(bracket) for bracket in "({[")


HOSTS = {"a.example", "b.example:81"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }",
        "SELECT * { service silent <https://a.example/sparql?x=1> { ?s ?p ?o } }",
        "SELECT * { SERVICE # a\n <http://b.example:81/> {} SERVICE <http://a.example> {} }",
    ],
)
def test_service_may_call_the_hosts_that_are_named(query: str) -> None:
    guard.check_reach(query, (), HOSTS)


@pytest.mark.parametrize(
    "address",
    [
        "http://c.example/",
        "http://a.example.c.example/",
        "http://a.example:80/",
        "http://b.example/",
        "http://a.example@c.example/",
        "http://c.example/?a.example/",
        "http://c.example#a.example/",
        "http://a.example\\@c.example/",
        "http:a.example/",
        "//a.example/",
        "file://a.example/",
        "HTTP://A.EXAMPLE/",
        "http://\\u0061.example/",
    ],
)
def test_service_may_call_no_other_host(address: str) -> None:
    for query in (
        f"SELECT * {{ SERVICE <{address}> {{ }} }}",
        f"SELECT * {{ SERVICE <http://a.example/> {{ }} SERVICE SILENT <{address}> {{ }} }}",
    ):
        with pytest.raises(Problem) as caught:
            guard.check_reach(query, (), HOSTS)
        assert caught.value.slug in {"service-refused", "query-syntax"}


@pytest.mark.parametrize("disguise", [*DISGUISES, "SELECT * { SERVICE ?where { } }"])
def test_named_hosts_open_no_disguise(disguise: str) -> None:
    with pytest.raises(Problem) as caught:
        guard.check_reach(disguise.replace("ADDRESS", "http://127.0.0.1:1/"), (), HOSTS)
    assert caught.value.slug == "service-refused"


def test_a_string_that_mentions_an_open_host_is_no_call() -> None:
    query = "SELECT * { ?s ?p 'SERVICE <http://a.example/>' SERVICE <http://c.example/> { } }"
    with pytest.raises(Problem):
        guard.check_reach(query, (), HOSTS)


PIECES = st.lists(
    st.sampled_from(
        (
            "SELECT * ", "SELECT ?graph ", "SELECT(?a<'x>'AS?from)", "DESCRIBE <http://e/s> ",
            "FROM<http://e/g>", "fromx:g ", "FROM NAMED <http://e/g> ", "{", "}", "}", "{",
            "graph?g{", "GRAPHx:g{", "1GRAPH ?g {", "?s ?p ?o ", "?s x:p 1 ", ". ", "?graph ?p ?o ",
            "FILTER(?a<'x>') ", "FILTER(1<2)", "FILTER(1<2||3>2) ", "FILTER('GRAPH'='a') ",
            "# graph\n", "# '\n", "'", "x:graph ", "\\u0047RAPH ?g {", "OPTIONAL{", "MINUS {",
        )
    ),
    max_size=7,
)  # fmt: skip
BODY = st.one_of(
    PIECES.map(lambda pieces: "".join(pieces)),
    PIECES.map(lambda pieces: "SELECT * { " + "".join(pieces) + " }"),
)


@given(BODY)
@settings(max_examples=3000, deadline=None)
@example("SELECT * { ?s ?p 1GRAPH ?g { ?a ?b ?c } }")
@example("SELECT * { FILTER(1<'x>') GRAPH ?g { ?s ?p ?o } FILTER('a'='a') }")
@example("SELECT * { GRAPHx:g { ?s ?p ?o } }")
@example("SELECT * FROMx:g { ?s ?p ?o }")
@example("SELECT * { GR\\u0041PH ?g { ?s ?p ?o } }")
def test_who_names_no_graph_needs_the_default_graph_only(body: str) -> None:
    text = "PREFIX x: <http://e/> " + body
    if guard.names_graphs(text):
        return
    answers = []
    for store in (WHOLE, DEFAULT_ONLY):
        try:
            results = store.query(text)
        except SyntaxError as error:
            answers.append(str(error))
        else:
            if isinstance(results, ox.QueryTriples):
                answers.append(str(sorted(map(str, results))))
            else:
                answers.append(str(results.serialize(format=ox.QueryResultsFormat.CSV)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?from { ?s ?p ?from } # of the graph",
        "SELECT ?graph { ?graph ?p 'from a graph', <http://example.org/graph> }",
        "SELECT * { ?s ?p ?o FILTER(?s < ?o) }",
    ],
)
def test_a_word_that_is_no_keyword_names_no_graph(text: str) -> None:
    assert not guard.names_graphs(text)


def _stores() -> tuple[ox.Store, ox.Store]:
    whole, default = ox.Store(), ox.Store()
    s, p = ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p")
    whole.add(ox.Quad(s, p, ox.Literal(1)))
    default.add(ox.Quad(s, p, ox.Literal(1)))
    whole.add(ox.Quad(s, p, ox.Literal(2), ox.NamedNode("http://e/g")))
    return whole, default


WHOLE, DEFAULT_ONLY = _stores()
