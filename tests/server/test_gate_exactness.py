"""The gate validates only what a change can alter, and says what full validation would say."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from oxrdflib._converter import from_ox
from rdflib import RDF, SH, Graph

from server.http.problems import Problem
from server.settings import Settings
from server.store.deltas import Delta
from server.store.store import GraphStore
from server.validation.findings import FILE as KEPT
from server.validation.gate import ShapesGate
from shapes import ValidationReport, validate
from tests.server.door import Reply, Server, serving, without_record

TOKEN = "a-token-of-the-tests"
ROUNDS = 24
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PROJECT = "https://w3id.org/cebu/id/project/action-plan-2018-2025/26"

Key = tuple[object, ...]


def update(server: Server, text: str, accept: str = "application/json") -> Reply:
    return server.request(
        "/update",
        accept,
        method="POST",
        body=text.encode(),
        headers={"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"},
    )


def statements(server: Server) -> list[ox.Quad]:
    body = server.request("/graphs", "application/n-quads").text
    return sorted(ox.parse(body, format=ox.RdfFormat.N_QUADS), key=str)


def facts(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return the statements but those that the server writes of its changes."""
    lines = without_record("\n".join(f"{quad} ." for quad in quads))
    return sorted(ox.parse("\n".join(lines), format=ox.RdfFormat.N_QUADS), key=str)


def full(quads: Iterable[ox.Quad]) -> ValidationReport:
    """Return the report of full validation on the union of the graphs."""
    graph: Any = Graph(bind_namespaces="none")
    for quad in quads:
        graph.add(tuple(map(from_ox, (quad.subject, quad.predicate, quad.object))))
    return validate(graph)


def keys(results: Iterable[dict[str, Any]]) -> "Counter[Key]":
    """Return what the results are, without their words, which name things by their labels."""
    names = ("focusNode", "entity", "path", "value", "severity", "problem")
    return Counter(
        (*(result[name] for name in names), result["sourceShape"], result["constraint"])
        if "://" in result["sourceShape"]
        else tuple(result[name] for name in names)
        for result in results
    )


def written(quads: Iterable[ox.Quad]) -> str:
    return " ".join(
        f"GRAPH {quad.graph_name} {{ {quad.subject} {quad.predicate} {quad.object} }}"
        for quad in quads
    )


def changes(chance: random.Random, now: list[ox.Quad]) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return statements to remove, and statements to add that are made of parts of others."""
    removed = set(chance.sample(now, chance.randint(0, 2)))
    added = set()
    for _ in range(chance.randint(0, 2)):
        one, other = chance.choice(now), chance.choice(now)
        added.add(ox.Quad(one.subject, other.predicate, other.object, one.graph_name))
    return removed, added - removed - set(now)


def test_random_writes_get_the_report_of_full_validation(tmp_path: Path) -> None:
    chance = random.Random(20)
    statuses: Counter[int] = Counter()
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        now, record = statements(server), set[ox.Quad]()
        before = keys(result.to_dict() for result in full(now).results)
        for _ in range(ROUNDS):
            removed, added = changes(chance, now)
            after = sorted({*now, *added} - removed, key=str)
            # Together with what the server has recorded of its changes so far.
            report = full((*after, *record))
            found = keys(result.to_dict() for result in report.results)
            expected = found - before
            accept = chance.choice(["application/json", "text/turtle"])
            reply = update(
                server,
                f"DELETE DATA {{ {written(removed)} }} ; INSERT DATA {{ {written(added)} }}",
                accept,
            )
            is_refused = any("Violation" in key for key in expected)
            wanted = 422 if is_refused else 200 if expected else 204
            assert reply.status == wanted, (removed, added, expected, reply.text)
            statuses[reply.status] += 1
            if wanted != 204 and accept == "text/turtle":
                graph = Graph().parse(data=reply.body, format="turtle")
                (about,) = graph.subjects(RDF.type, SH.ValidationReport)
                assert graph.value(about, SH.conforms).toPython() is not is_refused  # type: ignore[union-attr]
                nodes = Counter(
                    str(graph.value(result, SH.focusNode))
                    for result in graph.objects(about, SH.result)
                )
                assert nodes == Counter(str(key[0]) for key in expected.elements())
            elif wanted != 204:
                results = reply.json()["results"]
                assert keys(results) == expected
                words = {result.message for result in report.results}
                assert {result["message"] for result in results} <= words
            if not is_refused:
                now, before = after, found
                there = statements(server)
                assert facts(there) == now
                record = set(there) - set(now)
        assert before == keys(result.to_dict() for result in full(statements(server)).results)
    assert min(statuses[422], statuses[204]) > 2


def test_a_write_does_not_wait_for_ever_for_the_first_validation(settings: Settings) -> None:
    data, gate = GraphStore.open(settings), ShapesGate(0.1)
    learning = threading.Thread(target=gate.prepare, args=(data,))
    try:
        learning.start()
        with pytest.raises(Problem) as refused, data.draft() as draft:
            while learning.is_alive():
                time.sleep(0.05)
                gate.check(data, draft, Delta())
        assert refused.value.slug == "busy"
        assert int(refused.value.headers["Retry-After"]) > 0
    finally:
        gate.close()
        learning.join()
        data.close()


def rename(name: str) -> str:
    """Rename a thing that has a fault already, which is no new one then."""
    return (
        f"DELETE {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> ?old }} }} "
        f'INSERT {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> "{name}"@en }} }} '
        f"WHERE {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> ?old }} }}"
    )


def test_what_was_found_is_kept_for_the_next_start(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        assert update(server, rename("One")).status == 204
    kept = tmp_path / (tmp_path / "current").read_text().strip() / KEPT
    program, _, found = kept.read_text(encoding="utf-8").splitlines()
    rows = json.loads(found)
    assert rows["results"]
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        assert update(server, rename("Two")).status == 204
    # That it is read shows in this: what it does not have is taken for new.
    kept = tmp_path / (tmp_path / "current").read_text().strip() / KEPT
    version = kept.parent.name
    text = f"{program}\n{version}\n{json.dumps(rows | {'results': []})}\n"
    kept.write_text(text, encoding="utf-8")
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        assert update(server, rename("Three")).status == 422


def test_what_was_found_with_other_shapes_or_is_damaged_is_found_again(tmp_path: Path) -> None:
    bad = f'INSERT DATA {{ GRAPH <http://g/1> {{ <{PROJECT}> <{LABEL}> "Another"@en }} }}'
    with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        expected = update(server, bad)
        assert expected.status == 422
    (kept,) = tmp_path.glob(f"*/{KEPT}")
    program, version, found = kept.read_text(encoding="utf-8").splitlines()
    number = len(json.loads(found)["results"])
    other = json.dumps(json.loads(found) | {"basis": "0" * 64, "results": []})
    head = f"{program}\n{version}"
    for text in (f"{head}\n{other}\n", f"{head}\n{found[:100]}", f"{program}\n0\n{found}\n"):
        kept.write_text(text, encoding="utf-8")
        with serving(tmp_path, CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
            assert update(server, bad).json()["results"] == expected.json()["results"]
        again = kept.read_text(encoding="utf-8").splitlines()
        assert (again[:2], len(json.loads(again[2])["results"])) == ([program, version], number)
