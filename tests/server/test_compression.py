"""Content codings (RFC 9110, sections 8.4 and 12.5.3)."""

import gzip
import sys
from urllib.parse import urlencode

import brotli
import pytest

from server.http.compression import MIN_BYTES
from server.http.negotiation import choose_coding
from tests.server.door import Server

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
LONG = "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 50"})


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip ; q=0 , br", "br"),
        ("*", "zstd"),
        ("*, zstd;q=0", "br"),
        ("*;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("identity", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("deflate", "identity"),
        ("gzip;q=nonsense", "identity"),
    ],
)
def test_the_coding_that_the_header_prefers(header: str | None, coding: str | None) -> None:
    assert choose_coding(header, ("zstd", "br", "gzip")) == coding


@pytest.mark.parametrize("coding", DECODERS)
@pytest.mark.parametrize("path", ["/", "/ontology", "/shapes.rdf", "/static/cebu.css", LONG])
def test_a_long_answer_is_encoded(server: Server, path: str, coding: str) -> None:
    plain = server.request(path)
    coded = server.request(path, headers={"Accept-Encoding": coding})
    assert coded.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in coded.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert DECODERS[coding](coded.body) == plain.body
    assert len(coded.body) < len(plain.body)
    assert int(coded.headers["Content-Length"]) == len(coded.body)
    assert coded.headers["ETag"] != plain.headers["ETag"]


def test_a_short_answer_is_not_encoded(server: Server) -> None:
    reply = server.request("/health", headers={"Accept-Encoding": "gzip"})
    assert len(reply.body) < MIN_BYTES
    assert "Content-Encoding" not in reply.headers


def test_a_refused_coding_is_not_used(server: Server) -> None:
    for header in ("gzip;q=0", "br;q=0, gzip;q=0.0", "*;q=0", "identity;q=0"):
        reply = server.request("/ontology", headers={"Accept-Encoding": header})
        assert reply.status == 200
        assert "Content-Encoding" not in reply.headers


def test_an_encoded_answer_to_head_has_its_length(server: Server) -> None:
    coding = {"Accept-Encoding": "br"}
    head = server.request("/ontology", method="HEAD", headers=coding)
    whole = server.request("/ontology", headers=coding)
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    assert head.headers["Content-Encoding"] == "br"
