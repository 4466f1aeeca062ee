"""Three clients that know nothing of us get the same answer."""

import csv
import io
import subprocess
from pathlib import Path
from typing import Any

from rdflib import URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, TURTLE, XML, SPARQLWrapper

from tests.server.door import Server

QUERY = """PREFIX cebu: <https://w3id.org/cebu/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?project ?title WHERE {
  ?project cebu:coordinator <https://w3id.org/cebu/id/state/viet-nam> ; dcterms:title ?title
} ORDER BY ?project"""


def convert(wrapper: SPARQLWrapper) -> Any:  # noqa: ANN401 (it depends on the format)
    return wrapper.queryAndConvert()


def test_wrapper_store_and_curl_agree(server: Server, tmp_path: Path) -> None:
    wrapper = SPARQLWrapper(server.endpoint)
    wrapper.setQuery(QUERY)
    wrapper.setReturnFormat(JSON)
    bindings = convert(wrapper)["results"]["bindings"]
    by_wrapper = [(row["project"]["value"], row["title"]["value"]) for row in bindings]

    store = SPARQLStore(server.endpoint)
    by_store = [(str(row[0]), str(row[1])) for row in store.query(QUERY)]  # type: ignore[index]

    file = tmp_path / "query.rq"
    file.write_text(QUERY, encoding="utf-8")
    curl = subprocess.run(
        ["curl", "-sS", "-H", "Accept: text/csv", "--data-urlencode", f"query@{file}", "-G",
         server.endpoint],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    by_curl = [tuple(row) for row in csv.reader(io.StringIO(curl.stdout))][1:]

    assert by_wrapper == by_store == by_curl
    assert [title for _, title in by_curl] == ['Workshop on "education"', "Study on portability"]


def test_wrapper_reads_each_format(server: Server) -> None:
    wrapper = SPARQLWrapper(server.endpoint)
    wrapper.setQuery(QUERY)
    for name in (JSON, XML, CSV):
        wrapper.setReturnFormat(name)
        wrapper.setMethod("POST" if name == XML else "GET")
        assert b"Study on portability" in wrapper.query().response.read()
    wrapper.setQuery("DESCRIBE <https://w3id.org/cebu/id/state/viet-nam>")
    wrapper.setReturnFormat(TURTLE)
    assert b"Viet Nam" in convert(wrapper)


def test_the_store_client_reads_triples(server: Server) -> None:
    store = SPARQLStore(server.endpoint)
    thing = URIRef("https://w3id.org/cebu/id/state/viet-nam")
    found = {str(triple[2]) for triple, _ in store.triples((thing, None, None))}
    assert found == {"Viet Nam", "https://w3id.org/cebu/ontology#MemberState"}
