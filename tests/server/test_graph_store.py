"""Whole graphs over HTTP: every method, every format, and nothing changed by what fails."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from tests.server.door import DATA, Reply, Server, cebu, environment, serving, without_record

TOKEN = "a-token-of-the-tests"
NAME = "http://g/1"
AT = f"/graphs?graph={quote(NAME, safe='')}"
TURTLE = "<http://a> <http://b> <c> ."
TRIPLE = ox.Triple(ox.NamedNode("http://a"), ox.NamedNode("http://b"), ox.NamedNode("http://g/c"))
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # Each write starts all query processes anew: few of them are enough here.
    store = tmp_path_factory.mktemp("writable")
    with serving(store, CEBU_TOKEN=TOKEN, CEBU_WORKERS="2") as running:
        yield running


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> None:
    """Take away what the test before has written."""
    if "writable" in request.fixturenames:
        server: Server = request.getfixturevalue("writable")
        assert send(server, "DELETE", AT).status in {204, 404}


def send(
    server: Server,
    method: str,
    path: str,
    body: str | bytes | None = None,
    media_type: str = "text/turtle",
    **headers: str,
) -> Reply:
    sent = {"Authorization": f"Bearer {TOKEN}", **headers}
    if body is not None:
        sent["Content-Type"] = media_type
    return server.request(path, method=method, body=body, headers=sent)


def triples(reply: Reply) -> list[ox.Triple]:
    assert reply.status == 200, reply.text
    return [quad.triple for quad in ox.parse(reply.body, format=FORMATS[reply.type])]


def slug(reply: Reply) -> str:
    return str(reply.json()["type"]).rpartition("#")[2]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", [AT, "/graphs?default", "/graphs", "/graphs/a", "/graph/schemes"])
def test_writes_need_the_token(server: Server, writable: Server, method: str, path: str) -> None:
    headers = {"Content-Type": "text/turtle"}
    off = server.request(path, method=method, body=TURTLE, headers=headers)
    assert (off.status, slug(off)) == (403, "forbidden")
    wrong = writable.request(path, method=method, body=TURTLE, headers=headers)
    assert (wrong.status, slug(wrong)) == (401, "unauthorized")
    assert "WWW-Authenticate" in wrong.headers


def test_a_graph_from_its_making_to_its_end(writable: Server) -> None:
    assert writable.request(AT).status == 404
    assert send(writable, "PUT", AT, TURTLE).status == 201
    assert triples(writable.request(AT)) == [TRIPLE]
    assert send(writable, "POST", AT, TURTLE.replace("<c>", "'more'")).status == 204
    assert len(triples(writable.request(AT))) == 2
    assert send(writable, "PUT", AT, TURTLE).status == 204
    assert triples(writable.request(AT)) == [TRIPLE]
    head = writable.request(AT, method="HEAD")
    assert (head.status, head.type, head.body) == (200, "text/turtle", b"")
    assert send(writable, "DELETE", AT).status == 204
    for method in ("GET", "HEAD", "DELETE"):
        assert send(writable, method, AT).status == 404


def test_an_empty_graph_is_a_graph(writable: Server) -> None:
    assert send(writable, "PUT", AT, "").status == 201
    assert triples(writable.request(AT)) == []
    assert send(writable, "PUT", AT, "").status == 204


@pytest.mark.parametrize("media_type", FORMATS)
def test_each_format_goes_in_and_comes_out(writable: Server, media_type: str) -> None:
    body = ox.serialize([TRIPLE], format=FORMATS[media_type])
    assert send(writable, "PUT", AT, body, media_type).status == 201
    reply = writable.request(AT, media_type)
    assert reply.type == media_type
    assert triples(reply) == [TRIPLE]


@pytest.mark.parametrize(
    ("body", "media_type", "status", "kind"),
    [
        ("<http://a> <http://b>", "text/turtle", 400, "body-malformed"),
        ("<a> <b> <c> .", "application/n-triples", 400, "body-malformed"),
        ("<rdf:RDF", "application/rdf+xml", 400, "body-malformed"),
        ('{"@id": ', "application/ld+json", 400, "body-malformed"),
        ('{"@context": "http://127.0.0.1:1/x", "@id": "http://a"}', "application/ld+json", 400,
         "body-malformed"),
        ('{"@id": "http://n", "@graph": {"@id": "http://a", "http://b": 1}}',
         "application/ld+json", 400, "body-malformed"),
        (b"<http://a> <http://b> '\xff' .", "text/turtle", 400, "body-malformed"),
        (TURTLE, "text/plain", 415, "media-type"),
        (TURTLE, "application/trig", 415, "media-type"),
        (TURTLE, "text/turtle; charset=latin-1", 415, "media-type"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_bad_body_leaves_the_graph(
    writable: Server, method: str, body: str | bytes, media_type: str, status: int, kind: str
) -> None:
    send(writable, "PUT", AT, TURTLE)
    reply = send(writable, method, AT, body, media_type)
    assert (reply.status, slug(reply)) == (status, kind), reply.text
    assert triples(writable.request(AT)) == [TRIPLE]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("<http://a> <http://b> " + "[ <http://b> " * 200_000, "text/turtle"),
        ("<http://a> <http://b> " + "(" * 200_000, "text/turtle"),
        ("[" * 200_000, "application/ld+json"),
        ('{"http://b":' * 100_000 + "1" + "}" * 100_000, "application/ld+json"),
        ("<a>" * 200_000, "application/rdf+xml"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
            + "".join(
                f'<!ENTITY {b} "{f"&{a};" * 10}">'
                for a, b in zip("abcdefghi", "bcdefghij", strict=True)
            )
            + ']><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            "<r:Description><e:p>&j;</e:p></r:Description></r:RDF>",
            "application/rdf+xml",
        ),
    ],
)
def test_a_hostile_body_is_refused_and_the_server_stays(
    writable: Server, body: str, media_type: str
) -> None:
    reply = send(writable, "PUT", AT, body, media_type)
    assert reply.status in {400, 500, 503}, reply.status
    assert writable.request(AT).status == 404
    assert send(writable, "PUT", AT, TURTLE).status == 201


def test_a_body_that_is_too_large_is_refused(writable: Server) -> None:
    reply = send(writable, "PUT", AT, b"#" * (33 * 1024 * 1024))
    assert (reply.status, slug(reply)) == (413, "too-large")


def test_bodies_beyond_the_size_of_queries_are_taken(writable: Server) -> None:
    body = "".join(f"<http://a> <http://b> {number} .\n" for number in range(20_000))
    assert len(body) > 256 * 1024
    assert send(writable, "PUT", AT, body).status == 201
    assert len(triples(writable.request(AT, "application/n-triples"))) == 20_000


def test_the_parts_of_a_form_are_documents(writable: Server) -> None:
    parts = [("text/turtle", TURTLE), ("application/ld+json", '{"@id": "http://a", "http://b": 7}')]
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n'
        f"Content-Type: {media_type}\r\n\r\n{text}\r\n"
        for (media_type, text), name, extra in zip(
            parts, "ab", ("", '; filename="b.json"'), strict=True
        )
    )
    form = 'multipart/form-data; boundary="x"'
    assert send(writable, "POST", AT, body + "--x--\r\n", form).status == 201
    assert len(triples(writable.request(AT))) == 2
    unread = send(
        writable, "POST", AT, body.replace("text/turtle", "image/png") + "--x--\r\n", form
    )
    assert (unread.status, slug(unread)) == (415, "media-type")
    for broken in ("", "--x--\r\n", "nothing"):
        assert send(writable, "POST", AT, broken, form).status == 400
    assert len(triples(writable.request(AT))) == 2


@pytest.mark.parametrize(
    "query",
    ["graph=relative", "graph=/a", "graph=", "graph=http://a%20b", "graph=http://a&default",
     "graph=http://a&graph=http://b", "default&default"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_one_graph_is_named_in_full(writable: Server, method: str, query: str) -> None:
    reply = send(writable, method, f"/graphs?{query}", TURTLE)
    assert (reply.status, slug(reply)) == (400, "graph-address")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_whole_dataset_is_not_replaced(writable: Server, method: str) -> None:
    reply = send(writable, method, "/graphs", TURTLE)
    assert (reply.status, slug(reply)) == (400, "graph-address")


def test_a_new_graph_gets_an_address_that_reads_it(writable: Server) -> None:
    reply = send(writable, "POST", "/graphs", "<> <http://b> 1 .")
    assert reply.status == 201
    path = reply.headers["Location"].removeprefix(writable.url)
    (triple,) = triples(writable.request(path))
    assert triple.subject == ox.NamedNode(f"https://w3id.org/cebu{path}")
    # The address is a name too, and at any host the same one.
    indirect = f"/graphs?graph={quote(reply.headers['Location'], safe='')}"
    assert triples(writable.request(indirect)) == [triple]
    assert send(writable, "DELETE", path).status == 204
    assert writable.request(path).status == 404


def test_a_graph_of_linked_data_is_written_at_its_own_address(writable: Server) -> None:
    assert send(writable, "PUT", "/graph/notes", "<> <http://b> 1 .").status == 201
    assert triples(writable.request("/graph/notes", "text/turtle")) == triples(
        writable.request("/graphs?graph=https://w3id.org/cebu/graph/notes")
    )
    assert send(writable, "DELETE", "/graph/notes").status == 204
    assert writable.request("/graph/notes").status == 404


def test_datasets_go_in_and_come_out_whole(writable: Server) -> None:
    quads = f'<http://a> <http://b> "q" <{NAME}> .'
    assert send(writable, "POST", "/graphs", quads, "application/n-quads").status == 204
    for media_type, format_ in (
        ("application/trig", ox.RdfFormat.TRIG),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
    ):
        reply = writable.request("/graphs", media_type)
        assert (reply.status, reply.type) == (200, media_type)
        found = list(ox.parse(reply.body, format=format_))
        assert {quad.graph_name for quad in found} >= {ox.NamedNode(NAME)}
        assert all(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in found)
    assert writable.request("/graphs", "text/html").status == 406


def test_the_union_takes_more_and_loses_nothing_of_others(writable: Server) -> None:
    def union() -> int:
        dump = writable.request("/graphs?default", "application/n-triples").text
        return len(without_record(dump))

    size = union()
    assert send(writable, "POST", "/graphs?default", TURTLE).status == 204
    assert union() == size + 1
    for method in ("PUT", "DELETE"):
        reply = send(writable, method, "/graphs?default", TURTLE)
        assert (reply.status, slug(reply)) == (409, "default-graph")
    assert send(writable, "DELETE", "/graph/default").status == 204
    assert union() == size


def test_conditions_are_kept(writable: Server) -> None:
    assert send(writable, "PUT", AT, TURTLE, **{"If-Match": "*"}).status == 412
    assert send(writable, "PUT", AT, TURTLE, **{"If-None-Match": "*"}).status == 201
    assert send(writable, "PUT", AT, "", **{"If-None-Match": "*"}).status == 412
    assert send(writable, "PUT", AT, "", **{"If-Match": '"old"'}).status == 412
    assert triples(writable.request(AT)) == [TRIPLE]
    assert send(writable, "PUT", AT, "", **{"If-Match": "*"}).status == 204


def test_the_methods_are_told(writable: Server) -> None:
    for path in ("/graphs", AT, "/graphs/a"):
        reply = writable.request(path, method="OPTIONS")
        assert set(reply.headers["Allow"].split(", ")) == {
            "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS",
        }  # fmt: skip
        assert "text/turtle" in reply.headers["Accept-Post"]
        assert send(writable, "PATCH", path, "").status == 405


def test_what_is_written_is_there_after_a_restart(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
            assert send(server, "POST", AT, f"<http://a> <http://b> {number} .").status < 300
            version = server.request("/health").json()["dataset"]
    with serving(tmp_path, CEBU_WORKERS="1") as server:
        assert len(triples(server.request(AT))) == 3
        assert server.request("/health").json()["dataset"] == version
        assert send(server, "DELETE", AT).status == 403
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert folders == {version}
    assert json.loads((tmp_path / version / "meta.json").read_text())["change"] == 3


def test_a_changed_graph_does_not_drop_what_was_written(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        send(server, "PUT", AT, TURTLE)
    strict = environment(tmp_path, 1, CEBU_DEFAULT_GRAPH="strict", PORT="8099")
    stopped = cebu("serve", env=strict)
    assert stopped.returncode == 1
    assert "1 changes written to the former" in stopped.stderr
    assert str(tmp_path / "current") in stopped.stderr
    with serving(tmp_path, CEBU_WORKERS="1") as server:
        assert triples(server.request(AT)) == [TRIPLE]
    (tmp_path / "current").unlink()
    (tmp_path / "changes.log").unlink()
    with serving(tmp_path, CEBU_WORKERS="1", CEBU_DEFAULT_GRAPH="strict") as server:
        assert server.request(AT).status == 404


def test_in_the_strict_setting_the_default_graph_is_its_own(tmp_path: Path) -> None:
    with serving(
        tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1", CEBU_DEFAULT_GRAPH="strict"
    ) as server:
        assert send(server, "PUT", "/graphs?default", TURTLE).status == 204
        assert len(triples(server.request("/graphs?default"))) == 1
        assert send(server, "PUT", "/graphs?default", "").status == 204
        assert triples(server.request("/graphs?default")) == []
        assert server.request("/graph/default").status == 404


def test_every_seed_graph_can_be_fetched(server: Server) -> None:
    for path in (DATA / "graph").glob("*.ttl"):
        reply = server.request(f"/graphs?graph=https://w3id.org/cebu/graph/{path.stem}")
        assert len(triples(reply)) > 0
