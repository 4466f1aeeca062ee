"""Hostile requests, three times in a row, to one server process that never restarts.

Each gets its clear refusal, and an ordinary query right after it is answered. Queries that run away
have `timeout=1`, so that they end in the processes that evaluate queries.
"""

import contextlib
import dataclasses
import gzip
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.server.door import Server, serving

ROUNDS = 3
TOKEN = "token-of-the-test"
SCRIPT = "<script>alert(1)</script>"
REFUSED = frozenset(range(400, 500)) - {408, 429}
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Attack:
    """A request and the statuses that refuse it; `raw` is sent byte for byte, if given."""

    name: str
    path: str = "/sparql"
    statuses: frozenset[int] = REFUSED
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


def query(name: str, text: str, *statuses: int, **more: str) -> Attack:
    """A query, sent as a body: those are not bounded by the length of addresses."""
    return Attack(
        name,
        "/sparql" + (f"?{urlencode(more)}" if more else ""),
        frozenset(statuses) or REFUSED,
        "POST",
        text.encode(),
        {"Content-Type": QUERY},
    )


def get(name: str, path: str, *statuses: int, **headers: str) -> Attack:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return Attack(name, path, frozenset(statuses) or REFUSED, headers=sent)


def post(
    name: str, path: str, body: bytes, content_type: str, *statuses: int, **headers: str
) -> Attack:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    sent = {"Content-Type": content_type, **BEARER, **sent}
    return Attack(name, path, frozenset(statuses) or REFUSED, "POST", body, sent)


def raw(name: str, *lines: str, body: bytes = b"") -> Attack:
    return Attack(name, raw="\r\n".join([*lines, "", ""]).encode("latin-1") + body)


PRODUCT = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(7))
PARSER = [
    query("3,000 braces", "SELECT * " + "{" * 3000 + "}" * 3000),
    query("6,000 parentheses", "ASK { FILTER(" + "(" * 6000 + "1" + ")" * 6000 + ") }"),
    query("6,000 square brackets", "ASK { ?s ?p " + "[ ?p " * 3000 + "1" + "]" * 3000 + " }"),
    query("collections in collections", "ASK { ?s ?p " + "(" * 4000 + ")" * 4000 + " }"),
    query("subqueries in subqueries", "SELECT * {" * 900 + "?s ?p ?o" + "}" * 900),
    query("OPTIONAL in OPTIONAL", "SELECT * {" + "OPTIONAL {" * 900 + "}" * 901),
    query("EXISTS in EXISTS", "ASK {" + "FILTER EXISTS {" * 900 + "}" * 901),
    query("GRAPH in GRAPH", "ASK {" + "GRAPH ?g {" * 900 + "}" * 901),
    query("functions in functions", "ASK { FILTER(" + "STR(" * 3000 + "1" + ")" * 3000 + ") }"),
    query("paths in paths", "ASK { ?s " + "(" * 3000 + "<a:b>" + ")*" * 3000 + " ?o }"),
    query("quoted triples in quoted triples", "ASK {" + "<< ?s ?p " * 3000 + "?o" + ">>" * 3000),
    query("braces that do not close", "SELECT * " + "{" * 60_000),
    query("a string that does not close", 'ASK { ?s ?p "' + "x" * 60_000),
    query("over 64 KiB", "ASK {} #" + "x" * 65_536, 413),
    query("10 MB", "ASK {} #" + "x" * 10_000_000, 413),
    post("100,000 fields", "/sparql", b"&".join([b"a=1"] * 100_000), FORM),
    query("1,000 graphs", "ASK {}", **{"default-graph-uri": "http://example.org/" + "x" * 900}),
]
RUNAWAY = [
    query(name, text, 503, timeout="1")
    for name, text in (
        ("a product, counted", f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}"),
        ("a product, distinct", f"SELECT DISTINCT ?s0 ?s6 {{ {PRODUCT} }}"),
        ("a product, sorted", f"SELECT * {{ {PRODUCT} }} ORDER BY ?o6 ?o5 LIMIT 1"),
        ("a product, asked for what is not", f"ASK {{ {PRODUCT} FILTER(?o0 = ?p6) }}"),
        ("a product, described", f"DESCRIBE ?s0 {{ {PRODUCT} FILTER(?o0 = ?p6) }}"),
        ("a product, built", f"CONSTRUCT {{ ?s0 ?p1 ?o2 }} {{ {PRODUCT} FILTER(?o0 = ?p6) }}"),
        ("a product in a subquery", f"ASK {{ {{ SELECT (SUM(1) AS ?n) {{ {PRODUCT} }} }} }}"),
        (
            "a product in NOT EXISTS",
            f"ASK {{ FILTER NOT EXISTS {{ {PRODUCT} FILTER(?o0 = ?p6) }} }}",
        ),
        (
            "a product in MINUS",
            f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c MINUS {{ ?a ?b ?d . {PRODUCT} }} }}",
        ),
        ("a product, concatenated", f"SELECT (GROUP_CONCAT(?o0) AS ?x) {{ {PRODUCT} }}"),
        (
            "every path",
            "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>|^!<a:b>)* ?b . "
            "?c (!<a:b>|^!<a:b>)* ?d . ?e (!<a:b>|^!<a:b>)* ?f }",
        ),
        (
            "paths of paths",
            "SELECT (COUNT(*) AS ?n) "
            "{ ?a ((!<a:b>|^!<a:c>)*/(!<a:d>|^!<a:e>)*/(^!<a:f>|!<a:g>)*)* ?b }",
        ),
        (
            "a regular expression for each row",
            f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} "
            'FILTER(REGEX(STR(?o6), CONCAT("(", STR(?p0), "|a+)+$"))) }',
        ),
        (
            "a regular expression that repeats",
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
            'FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "((a{0,30}){0,30}){0,30}$")) }',
        ),
        (
            "text that grows tenfold, and again",
            "SELECT (STRLEN(?x9) AS ?n) { BIND('aaaaaaaaaa' AS ?x0) "
            + " ".join(f"BIND(REPLACE(?x{n}, 'a', 'aaaaaaaaaa') AS ?x{n + 1})" for n in range(9))
            + " }",
        ),
        (
            "hashes of everything",
            f"SELECT (MAX(SHA512(CONCAT(STR(?o0), STR(?o6)))) AS ?n) {{ {PRODUCT} }}",
        ),
    )
]


def bomb(coding: str) -> bytes:
    zeros = b"#" * 50_000_000
    return gzip.compress(zeros, 9) if coding == "gzip" else zlib.compress(zeros, 9)


ZIPPED, DEFLATED = bomb("gzip"), bomb("deflate")
XML_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(10))
    + b']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="a:b"><rdf:value>&a10;</rdf:value></rdf:Description></rdf:RDF>'
)
GRAPHS = "/graphs?graph=" + quote("https://w3id.org/cebu/graph/hostile", safe="")
BOMBS = [
    post("gzip bomb as a query", "/sparql", ZIPPED, QUERY, Content_Encoding="gzip"),
    post("gzip in gzip", "/sparql", gzip.compress(ZIPPED), QUERY, Content_Encoding="gzip, gzip"),
    post("deflate bomb as a form", "/sparql", DEFLATED, FORM, Content_Encoding="deflate"),
    post("gzip bomb as an update", "/update", ZIPPED, UPDATE, Content_Encoding="gzip"),
    post("gzip bomb as a graph", GRAPHS, ZIPPED, "text/turtle", Content_Encoding="gzip"),
    # The process that reads it ends at its limit of memory.
    post("entities in entities", GRAPHS, XML_BOMB, "application/rdf+xml", 400, 503),
    post("JSON 100,000 deep", GRAPHS, b"[" * 100_000, "application/ld+json"),
    post("Turtle 100,000 deep", GRAPHS, b"<a:b> <a:c> " + b"(" * 100_000, "text/turtle"),
    post(
        "JSON-LD with a context elsewhere",
        GRAPHS,
        b'{"@context": "http://127.0.0.1:1/", "@id": "a:b", "x": 1}',
        "application/ld+json",
    ),
]
HOST = "Host: example.org"
HTTP = [
    raw("a line that is no request", "HELLO"),
    raw("HTTP/9.9", "GET / HTTP/9.9", HOST),
    raw("NUL in the address", "GET /doc/\0 HTTP/1.1", HOST),
    raw("a header without a name", "GET / HTTP/1.1", HOST, ": x"),
    raw("a header that goes on", "GET / HTTP/1.1", HOST, "X-A: b", " Y-C: d", "Z\0: e"),
    raw(
        "two lengths",
        "POST /sparql HTTP/1.1",
        HOST,
        "Content-Length: 5",
        "Content-Length: 6",
        body=b"ASK {}",
    ),
    raw("a length below nothing", "POST /sparql HTTP/1.1", HOST, "Content-Length: -5"),
    raw("a length beyond all", "POST /sparql HTTP/1.1", HOST, "Content-Length: " + "9" * 40),
    raw(
        "chunks that are none",
        "POST /sparql HTTP/1.1",
        HOST,
        f"Content-Type: {QUERY}",
        "Transfer-Encoding: chunked",
        "Connection: close",
        body=b"zz\r\nASK {}\r\n0\r\n\r\n",
    ),
    raw("10,000 headers", "GET /health HTTP/1.1", HOST, *(f"X-{n}: y" for n in range(10_000))),
    raw("a header of 1 MB", "GET /health HTTP/1.1", HOST, "X-A: " + "b" * 1_000_000),
    raw("an address of 1 MB", "GET /doc/" + "a" * 1_000_000 + " HTTP/1.1", HOST),
    raw("script as the host", "GET /dataset HTTP/1.1", f"Host: {SCRIPT}", "Connection: close"),
    raw(
        "a path as the host", "GET /robots.txt HTTP/1.1", "Host: a/../../b?c#d", "Connection: close"
    ),
    raw("credentials as the host", "GET /sitemap.xml HTTP/1.1", "Host: a:b@c", "Connection: close"),
    get("a line break in a thing", "/id/state/viet-nam%0d%0aX-Injected:%20yes"),
    get("a line break in a suffix", "/doc/state/viet-nam.ttl%0d%0aX-Injected:%20yes"),
    get("a line break in a page", "/doc/state/viet-nam?page=1%0d%0aX-Injected:%20yes"),
    get("a line break in a version", "/ontology/0.1.0%0d%0aX-Injected:%20yes"),
    get(
        "a line break in a graph", "/sparql?query=ASK%7B%7D&default-graph-uri=%0d%0aX-Injected:%20y"
    ),
    get("a type that is none", "/doc/state/viet-nam", Accept="a" * 8000 + "/" + "b" * 8000),
    post(
        "multipart of 10,000 parts",
        "/sparql",
        b"--x\r\n\r\n" * 10_000,
        "multipart/form-data; boundary=x",
    ),
    post("a charset of its own", "/sparql", b"+AEEAUwBL-", f"{QUERY}; charset=utf-7"),
    Attack("TRACE", "/health", method="TRACE"),
    Attack(
        "CONNECT", "/health", raw=b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n"
    ),
    raw(
        "an address of another host",
        "GET http://169.254.169.254/latest/ HTTP/1.1",
        HOST,
        "Connection: close",
    ),
]
TRAVERSAL = [
    get(f"traversal: {path}", path)
    for path in (
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/..%5c..%5cpyproject.toml",
        "/static//etc/passwd",
        "/static/%00cebu.css",
        "/static/%252e%252e%252fsettings.py",
        "/queries/..%2f..%2fpyproject.toml",
        "/queries/../../etc/passwd",
        "/graph/..%2f..%2fsettings",
        "/graph/%2e%2e%2f%2e%2e%2fetc%2fpasswd.ttl",
        "/ontology/..%2f..%2fcebu.ttl",
        "/shapes/..%2fbody.ttl",
        "/doc/../../etc/passwd",
        "/id/document/..%2f..%2f..%2fetc%2fpasswd",
        "/sitemap/..%2f1.xml",
    )
]
NOT_UTF8 = [
    get("bad UTF-8 in a path", "/doc/state/%ff%fe"),
    get("overlong UTF-8 in a path", "/doc/%c0%ae%c0%ae/%c0%ae%c0%ae/etc"),
    get("bad UTF-8 in a query", "/sparql?query=ASK%7B%7D%23%ff", 400),
    get("half a surrogate in a query", "/sparql?query=ASK%7B%7D%23%ed%a0%80", 400),
    query("half a surrogate, escaped", 'ASK { ?s ?p "\\uD800" }', 400),
    post("a query in UTF-16", "/sparql", "ASK {}".encode("utf-16"), QUERY),
    post("bad UTF-8 in a form", "/sparql", b"query=ASK{}%23%ff", FORM),
    query("NUL in a query", "ASK { ?s \0 ?o }", 400),
]
REFLECTED = [
    get(f"script: {path}", path.replace("SCRIPT", quote(SCRIPT, safe="")), Accept="text/html")
    for path in (
        "/doc/SCRIPT",
        "/doc/state/SCRIPT.html",
        "/id/SCRIPT",
        "/doc/state/viet-nam?page=SCRIPT",
        "/graph/SCRIPT",
        "/dataset.SCRIPT",
        "/ontology/SCRIPT",
        "/shapes/SCRIPT",
        "/queries/SCRIPT",
        "/SCRIPT",
        "/sparql?query=SCRIPT",
        "/sparql?query=ASK%7B%7D&timeout=SCRIPT",
        "/sparql?query=ASK%7B%7D&default-graph-uri=SCRIPT",
        "/sparql?query=SELECT%20*%20FROM%20%3Chttp://x/%22SCRIPT%3E%20%7B%7D",
    )
]


def elsewhere(port: int) -> list[Attack]:
    """Requests that would have the server call 127.0.0.1:`port`, or a host that clouds have."""
    places = [
        f"http://127.0.0.1:{port}/",
        f"http://localhost:{port}/",
        f"http://LOCALHOST.:{port}/",
        f"http://2130706433:{port}/",
        f"http://0x7f000001:{port}/",
        f"http://0x7f.0.0.1:{port}/",
        f"http://0177.0.0.1:{port}/",
        f"http://127.1:{port}/",
        f"http://0:{port}/",
        f"http://[::1]:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://[::ffff:7f00:1]:{port}/",
        f"http://w3id.org@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}/#w3id.org/cebu/",
        f"https://w3id.org.127.0.0.1.nip.io:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/",
        "file:///etc/passwd",
        f"gopher://127.0.0.1:{port}/_x",
        f"ftp://127.0.0.1:{port}/",
    ]
    attacks = [
        attack
        for place in places
        for attack in (
            query(f"SERVICE {place}", f"SELECT * {{ SERVICE <{place}> {{ ?s ?p ?o }} }}"),
            query(f"FROM {place}", f"SELECT * FROM <{place}> {{ ?s ?p ?o }}"),
            query(f"FROM NAMED {place}", f"SELECT * FROM NAMED <{place}> {{ GRAPH ?g {{}} }}"),
            query(f"default-graph-uri {place}", "ASK {}", **{"default-graph-uri": place}),
            post(f"LOAD {place}", "/update", f"LOAD <{place}>".encode(), UPDATE),
        )
    ]
    here = f"http://127.0.0.1:{port}/"
    inner = f"SERVICE <{here}> {{ ?s ?p ?o }}"
    return [
        *attacks,
        query("SERVICE SILENT", f"SELECT * {{ SERVICE SILENT <{here}> {{ ?s ?p ?o }} }}"),
        query("sErViCe", f"SELECT * {{ sErViCe<{here}>{{ ?s ?p ?o }} }}"),
        query(
            "SERVICE by a prefix", f"PREFIX x: <{here}> SELECT * {{ SERVICE x:y {{ ?s ?p ?o }} }}"
        ),
        query("SERVICE by a base", f"BASE <{here}> SELECT * {{ SERVICE <x> {{ ?s ?p ?o }} }}"),
        query(
            "SERVICE by a variable",
            f"SELECT * {{ VALUES ?g {{ <{here}> }} SERVICE ?g {{ ?s ?p ?o }} }}",
        ),
        query(
            "SERVICE with escapes",
            f"SELECT * {{ SERVICE <\\u0068ttp://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}",
        ),
        query("SERVICE as escapes", f"SELECT * {{ \\u0053ERVICE <{here}> {{ ?s ?p ?o }} }}"),
        query("SERVICE behind a comment", f"SELECT * {{ SERVICE # x\n<{here}> {{ ?s ?p ?o }} }}"),
        query("SERVICE in EXISTS", f"ASK {{ FILTER EXISTS {{ {inner} }} }}"),
        query("SERVICE in a subquery", f"ASK {{ {{ SELECT * {{ {inner} }} }} }}"),
        query("SERVICE in OPTIONAL", f"ASK {{ OPTIONAL {{ {inner} }} }}"),
        query("SERVICE in MINUS", f"ASK {{ MINUS {{ {inner} }} }}"),
        query("FROM with escapes", f"ASK FROM <\\u0068ttp://127.0.0.1:{port}/> {{}}"),
        query("FROM by a base", f"BASE <{here}> ASK FROM <x> {{}}"),
        query("LOAD as a query", f"LOAD <{here}>"),
        post("LOAD to the endpoint", "/sparql", f"update=LOAD+<{here}>".encode(), FORM),
        post(
            "USING elsewhere",
            "/update?using-graph-uri=" + quote(here, safe=""),
            b"INSERT { <a:b> <a:c> ?o } WHERE { ?s ?p ?o }",
            UPDATE,
        ),
        Attack("a graph elsewhere", "/graphs?graph=" + quote(here, safe=""), headers=BEARER),
    ]


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes


def send(server: Server, attack: Attack) -> Answer:
    if attack.raw is not None:
        return send_raw(server, attack.raw)
    reply = server.request(
        attack.path, method=attack.method, body=attack.body, headers=attack.headers
    )
    return Answer(reply.status, bytes(reply.headers), reply.body)


def send_raw(server: Server, data: bytes) -> Answer:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        # The refusal may come, and the connection end, before all is sent.
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        received = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            connection.settimeout(3)
            while piece := connection.recv(65_536):
                received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), received[:100]
    return Answer(int(head[9:12]), head, body)


def check(server: Server, attack: Attack) -> list[str]:
    """Return what is wrong with the answer, and with that to an ordinary query after it."""
    wrong = []
    try:
        answer = send(server, attack)
    except (OSError, AssertionError) as error:
        wrong.append(f"{attack.name}: {error!r}")
    else:
        if answer.status not in attack.statuses:
            wrong.append(f"{attack.name}: {answer.status} {answer.body[:200]!r}")
        if b"x-injected" in answer.head.lower():
            wrong.append(f"{attack.name}: a header was injected")
        if SCRIPT.encode() in answer.body and b"text/html" in answer.head:
            wrong.append(f"{attack.name}: the script is in the page")
        if b"Traceback" in answer.body or b"root:" in answer.body:
            wrong.append(f"{attack.name}: {answer.body[:200]!r}")
    after = server.query("SELECT ?s { ?s a <https://w3id.org/cebu/ontology#MemberState> }")
    if after.status != 200 or not after.json()["results"]["bindings"]:
        wrong.append(f"after {attack.name}: {after.status}")
    return wrong


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("store"), CEBU_TOKEN=TOKEN) as running:
        yield running


class Trap:
    """A listener that counts who calls."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port: int = self._socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.calls += 1
                connection.close()


@pytest.fixture(scope="module")
def trap() -> Trap:
    return Trap()


def workers(server: Server) -> list[int]:
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return sorted(map(int, path.read_text(encoding="ascii").split()))


GROUPS = {
    "parser": PARSER,
    "runaway": RUNAWAY,
    "bombs": BOMBS,
    "http": HTTP,
    "traversal": TRAVERSAL,
    "utf8": NOT_UTF8,
    "reflected": REFLECTED,
}


def test_there_are_enough() -> None:
    assert sum(map(len, GROUPS.values())) + len(elsewhere(1)) >= 60
    names = [attack.name for group in GROUPS.values() for attack in group]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_every_hostile_request_is_refused_and_the_next_query_answered(
    attacked: Server, trap: Trap, round_: int
) -> None:
    process, before = attacked.process.pid, workers(attacked)
    wrong = [
        complaint
        for group in (*GROUPS.values(), elsewhere(trap.port))
        for attack in group
        for complaint in check(attacked, attack)
    ]
    assert not wrong, "\n".join(wrong)
    assert trap.calls == 0
    assert attacked.process.poll() is None
    assert (attacked.process.pid, workers(attacked)) == (process, before)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_slow_senders_keep_nobody_waiting(attacked: Server, round_: int) -> None:
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 100\r\n\r\nASK"
    )
    with contextlib.ExitStack() as stack:

        def begin(data: bytes) -> socket.socket:
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", attacked.port)))
            opened.settimeout(20)
            opened.sendall(data)
            return opened

        bodies = [begin(head) for _ in range(100)]
        heads = [begin(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ") for _ in range(100)]
        time.sleep(0.5)
        started = time.monotonic()
        assert attacked.query("ASK { ?s ?p ?o }").json()["boolean"] is True
        assert time.monotonic() - started < 2
        # All but a few bodies are turned away at once; who never ends the head is cut off.
        refused = 0
        for opened in bodies:
            opened.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                assert opened.recv(4096).startswith(b"HTTP/1.1 503 ")
                refused += 1
        assert refused >= 60
        for opened in heads:
            with contextlib.suppress(ConnectionError):
                assert opened.recv(4096)[:12] in {b"", b"HTTP/1.1 408"}
    posted = dataclasses.replace(query("an ordinary query", "ASK {}"), statuses=frozenset({200}))
    deadline = time.monotonic() + 5
    while send(attacked, posted).status != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert check(attacked, posted) == []


def test_the_server_was_never_restarted(attacked: Server) -> None:
    os.kill(attacked.process.pid, 0)
    assert attacked.request("/health").status == 200
