"""`/validate`: the report on what anyone sends, and what is refused."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from rdflib import RDF, SH, Graph, URIRef

from ontology import Cebu
from server.http.rdf_input import SYNTAXES, read
from server.validation.routes import MAX_DATA
from server.validation.validators import PROCESSES, WAITING
from tests.server.door import Reply, Server, serving
from tests.server.test_hostile import XML_BOMB
from tests.server.test_pages import Outline

BODY = "https://w3id.org/cebu/id/body/a"
FAULTY = f"""\
@prefix cebu: <https://w3id.org/cebu/ontology#> .

<{BODY}> a cebu:Body .
"""
EMPTY = "<https://example.org/a> <https://example.org/b> 1 .\n"
RDF_TYPES = [*SYNTAXES]
FORM = "application/x-www-form-urlencoded"


def post(
    server: Server,
    body: bytes | str,
    media_type: str = "text/turtle",
    accept: str | None = "application/json",
    path: str = "/validate",
) -> Reply:
    sent = body.encode() if isinstance(body, str) else body
    return server.request(
        path, accept, method="POST", body=sent, headers={"Content-Type": media_type}
    )


def send_form(server: Server, accept: str = "text/html", **fields: str) -> Reply:
    return post(server, urlencode(fields), FORM, accept)


def multipart(name: str, data: bytes, **fields: str) -> tuple[bytes, str]:
    parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + data)
    lines = [b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts]
    return b"".join(lines) + b"--x--\r\n", "multipart/form-data; boundary=x"


def shapes_broken(graph: Graph) -> set[str]:
    return {str(shape).rpartition("#")[2] for shape in graph.objects(None, SH.sourceShape)}


@pytest.mark.parametrize("media_type", RDF_TYPES)
def test_each_rdf_type_is_read_and_answered(server: Server, media_type: str) -> None:
    quads = ox.parse(FAULTY, format=ox.RdfFormat.TURTLE)
    sent = ox.serialize((quad.triple for quad in quads), format=SYNTAXES[media_type].rdf)
    assert sent is not None
    reply = post(server, sent, media_type, media_type)
    assert (reply.status, reply.type) == (200, media_type)
    assert reply.headers["Cebu-Conforms"] == "false"
    assert reply.headers["Cebu-Validated-Against"] == "ontology"
    assert reply.headers["Cache-Control"] == "no-store"
    report = read(reply.body, SYNTAXES[media_type])
    (node,) = report.subjects(RDF.type, SH.ValidationReport)
    assert str(report.value(node, SH.conforms)) == "false"
    assert {"Resource-label", "Evidenced-passage"} <= shapes_broken(report)
    assert URIRef(BODY) in set(report.objects(None, SH.focusNode))


def test_json_and_text_name_shape_message_and_line(server: Server) -> None:
    report = post(server, FAULTY).json()
    assert (report["conforms"], report["against"]) == (False, "ontology")
    label = next(r for r in report["results"] if r["sourceShape"].endswith("#Resource-label"))
    assert (label["entity"], label["location"]) == (BODY, ["data.ttl:3"])
    assert label["message"]
    text = post(server, FAULTY, accept="text/plain")
    assert text.type == "text/plain"
    assert f"<{BODY}>\n  data.ttl:3\n" in text.text


def test_data_without_faults_conforms(server: Server) -> None:
    reply = post(server, EMPTY)
    assert reply.status == 200
    assert reply.json() == {"against": "ontology", "conforms": True, "results": []}
    assert post(server, EMPTY, accept="text/plain").text == "No problems found.\n"


def test_named_graphs_are_validated_as_one(server: Server) -> None:
    trig = f"<a:g> {{ <{BODY}> a <https://w3id.org/cebu/ontology#Body> }}"
    assert post(server, trig, "application/trig").json()["conforms"] is False


def test_format_goes_before_accept(server: Server) -> None:
    reply = post(server, FAULTY, accept="text/html", path="/validate?format=nt")
    assert reply.type == "application/n-triples"
    assert post(server, FAULTY, path="/validate?format=rq").json()["type"].endswith("#parameter")
    assert post(server, FAULTY, accept="image/png").status == 406


PROJECT = "https://w3id.org/cebu/id/project/action-plan-2018-2025/900"
STATE = "https://w3id.org/cebu/id/state/viet-nam"
# The state is described in the graph that is served, and not in what is sent.
PART = f"""\
<{PROJECT}> a <https://w3id.org/cebu/ontology#Project> ;
    <https://w3id.org/cebu/ontology#coordinator> <{STATE}> .
"""


def test_the_served_graph_completes_the_data_if_asked(server: Server) -> None:
    def faults(path: str) -> set[tuple[str, str]]:
        reply = post(server, PART, path=path)
        assert reply.status == 200, reply.text
        assert reply.headers["Cebu-Validated-Against"] == reply.json()["against"]
        return {
            (r["focusNode"], r["sourceShape"].rpartition("#")[2]) for r in reply.json()["results"]
        }

    alone, together = faults("/validate"), faults("/validate?against=graph")
    assert (PROJECT, "Project-coordinator") in alone
    assert (PROJECT, "Project-coordinator") not in together
    assert (PROJECT, "Resource-label") in together
    # Faults of things that the data does not name are not of this request.
    assert {node for node, _ in together} <= {PROJECT, STATE, str(Cebu.Project)}
    wrong = post(server, PART, path="/validate?against=all")
    assert (wrong.status, wrong.json()["type"].rpartition("#")[2]) == (400, "parameter")


def test_the_form_is_labelled_and_works_without_a_script(server: Server) -> None:
    pages = [
        server.request("/validate", "text/html"),
        send_form(server, data=FAULTY),
        send_form(server, data="<a:b> <a:c> ."),
    ]
    assert [reply.status for reply in pages] == [200, 200, 400]
    for reply in pages:
        outline = Outline()
        outline.feed(reply.text)
        expected = {"find", "data", "file", "type", "against"}
        assert set(outline.fields) == set(outline.labelled) == expected
        assert len(outline.ids) == len(set(outline.ids))
        assert outline.headings[0] == 1
        assert not outline.inline
    assert "The data does not conform." in pages[1].text
    assert "line 3" in pages[1].text
    assert "validated alone, with the ontology" in pages[1].text
    assert f"&lt;{BODY}&gt; a cebu:Body" in pages[1].text
    assert "Line 1, column 13" in pages[2].text
    assert '<a href="/validate">' in server.request("/about", "text/html").text


def test_the_form_takes_files_by_their_suffix(server: Server) -> None:
    document = json.dumps({"@id": BODY, "@type": "https://w3id.org/cebu/ontology#Body"}).encode()
    body, media_type = multipart("a b.jsonld", document, against="graph")
    reply = post(server, body, media_type, "text/html")
    assert reply.status == 200
    assert "The data does not conform." in reply.text
    assert "together with the graph" in reply.text
    body, media_type = multipart("data.txt", document, type="application/ld+json")
    assert post(server, body, media_type).json()["conforms"] is False
    assert post(server, *multipart("data.txt", document)).status == 400


def test_what_was_sent_is_shown_as_text(server: Server) -> None:
    script = "<script>alert(1)</script>"
    data = f'{FAULTY}<{BODY}> <http://www.w3.org/2000/01/rdf-schema#label> "{script}" . # {script}'
    for reply in (send_form(server, data=data), send_form(server, data=data + " <")):
        assert reply.type == "text/html"
        assert script not in reply.text
        assert "&lt;script&gt;" in reply.text


XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
JSON_DEEP = '{"@id":"a:b","a:c":' * 20_000 + "1" + "}" * 20_000
TRIPLES_DEEP = "<a:b> <a:c> " + "<<( <a:b> <a:b> " * 30_000 + "<a:b>" + " )>>" * 30_000 + " ."
XML_DEEP = XML + "<rdf:value><rdf:Description>" * 20_000
MALFORMED = [
    ("text/turtle", "<a:b> <a:c> <a:d> .\n<a:b> <a:c> .", "data-syntax", 2),
    ("text/turtle", '<a:b> <a:c> "\n', "data-syntax", 1),
    ("text/turtle", b'<a:b> <a:c> "\xff" .', "data-syntax", 1),
    ("text/turtle", "<relative> <a:c> 1 .", "data-syntax", 1),
    ("text/turtle", "<a:b> <a:c> <<( <a:b> <a:c> 1 )>> .", "data-syntax", None),
    ("application/n-triples", "<a:b> <a:c> 1 .", "data-syntax", 1),
    ("application/n-quads", "<a:b> <a:c> <a:d> .\n<a:b>", "data-syntax", 2),
    ("application/trig", "<a:g> {\n<a:b> <a:c> }", "data-syntax", 2),
    ("application/ld+json", '{"@id": "a:b",\n"a:c": }', "data-syntax", 2),
    ("application/rdf+xml", XML + "<rdf:value>1</rdf:valu>", "data-syntax", 2),
    ("application/ld+json", '{"@context": "http://127.0.0.1:1/", "x": 1}', "data-syntax", None),
    ("application/rdf+xml", XML_BOMB, "data-syntax", 1),
    (
        "application/rdf+xml",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n' + XML,
        "data-syntax",
        1,
    ),
    ("application/ld+json", "[" * 100_000, "data-too-deep", 1),
    ("application/ld+json", JSON_DEEP, "data-too-deep", 1),
    ("text/turtle", "<a:b> <a:c> " + "[ <a:c> " * 100_000, "data-too-deep", 1),
    ("text/turtle", "<a:b> <a:c> " + "(" * 100_000 + ")" * 100_000 + " .", "data-too-deep", 1),
    ("text/turtle", TRIPLES_DEEP, "data-too-deep", 1),
    ("application/rdf+xml", XML_DEEP, "data-too-deep", 2),
    ("text/turtle", "", "data-missing", None),
    (FORM, "data=+%0d%0a", "data-missing", None),
    (FORM, "data=x&type=text/csv", "parameter", None),
]


@pytest.mark.parametrize(("media_type", "body", "kind", "line"), MALFORMED)
def test_what_cannot_be_read_is_a_problem_with_its_line(
    server: Server, media_type: str, body: str | bytes, kind: str, line: int | None
) -> None:
    reply = post(server, body, media_type)
    problem = reply.json()
    assert (reply.status, problem["type"].rpartition("#")[2]) == (400, kind)
    assert problem.get("line") == line
    assert problem["next"]
    assert b"root:" not in reply.body


def test_types_that_are_no_rdf_are_refused(server: Server) -> None:
    for media_type in ("text/plain", "application/json", "text/turtle; charset=utf-16"):
        reply = post(server, EMPTY, media_type)
        assert reply.status == 415
        assert "application/ld+json" in reply.headers["Accept-Post"]
    reply = server.request(
        "/validate",
        method="POST",
        body=EMPTY,
        headers={"Content-Type": "text/turtle", "Content-Encoding": "gzip"},
    )
    assert reply.status == 415
    assert "text/turtle" in server.request("/validate", method="OPTIONS").headers["Accept-Post"]


def test_more_than_the_limit_is_refused(server: Server) -> None:
    large = f'<a:b> <a:c> "{"x" * MAX_DATA}" .'
    assert post(server, large).status == 413
    assert post(server, *multipart("a.ttl", large.encode())).status == 413
    assert send_form(server, data=large).status == 413


HARMLESS = [
    ("a huge literal", f'<a:b> <a:c> "{"x" * 3_000_000}" .'),
    (
        "a huge number",
        f'<a:b> <a:c> "{"9" * 1_000_000}"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    ),
    ("a huge list", "<a:b> <a:c> (" + " 1" * 30_000 + " ) ."),
    (
        "shapes that would run code",
        "<a:s> a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/2002/07/owl#imports> "
        "<http://127.0.0.1:1/> ; <http://www.w3.org/ns/shacl#targetNode> <a:s> ; "
        "<http://www.w3.org/ns/shacl#nodeKind> <http://www.w3.org/ns/shacl#Literal> .",
    ),
]


@pytest.mark.parametrize(("name", "body"), HARMLESS)
def test_odd_data_is_validated_all_the_same(server: Server, name: str, body: str) -> None:
    reply = post(server, body)
    assert reply.status == 200, (name, reply.text[:300])
    shapes = {result["sourceShape"] for result in reply.json()["results"]}
    assert all(shape.startswith("https://w3id.org/cebu/shapes#") for shape in shapes)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("narrow")


@pytest.fixture(scope="module")
def narrow(store: Path) -> Iterator[Server]:
    """A server that gives each validation little memory."""
    with serving(store, CEBU_QUERY_MEMORY=str(64 * 1024**2)) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gives each validation little time."""
    with serving(tmp_path_factory.mktemp("hasty"), CEBU_TIMEOUT="2") as running:
        yield running


LONG = "".join(f"<a:b{n}> a <https://w3id.org/cebu/ontology#Body> .\n" for n in range(30_000))
MANY = "".join(f"<a:{n}> <a:{n}> <a:{n}>.\n" for n in range(120_000))
ENTITY = (
    f'<!DOCTYPE r [<!ENTITY a "{"a" * 500}">]>{XML}<rdf:Description rdf:about="a:b"><rdf:value>'
    + "&a;" * 1_000_000
    + "</rdf:value></rdf:Description></rdf:RDF>"
)


def kind_of(reply: Reply) -> str:
    kind: str = reply.json()["type"].rpartition("#")[2]
    return kind


@pytest.mark.parametrize(
    ("body", "media_type"), [(ENTITY, "application/rdf+xml"), (MANY, "text/turtle")]
)
def test_a_validation_ends_at_its_memory_limit_and_leaves_nothing(
    narrow: Server, store: Path, body: str, media_type: str
) -> None:
    reply = post(narrow, body, media_type)
    assert (reply.status, kind_of(reply)) == (503, "validation-memory")
    assert reply.json()["limit"] == 64 * 1024**2
    assert not list(store.glob(".snapshot-validate-*"))
    assert post(narrow, EMPTY).json()["conforms"] is True
    counted = narrow.request("/metrics").text
    assert 'cebu_validations_total{outcome="validation-memory"}' in counted


def test_validations_end_in_time_and_keep_nobody_waiting(hasty: Server) -> None:
    replies: list[Reply] = []

    def send() -> None:
        replies.append(post(hasty, LONG))

    threads = [threading.Thread(target=send) for _ in range(PROCESSES + WAITING + 6)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert hasty.query("ASK { ?s ?p ?o }").json()["boolean"] is True
    assert hasty.request("/health").status == 200
    assert time.monotonic() - started < 2
    for thread in threads:
        thread.join()
    assert {reply.status for reply in replies} == {503}
    assert {kind_of(reply) for reply in replies} == {"validation-timeout", "busy"}
    refused = [reply for reply in replies if kind_of(reply) == "busy"]
    assert len(refused) >= 6
    assert all(reply.headers["Retry-After"] for reply in refused)
