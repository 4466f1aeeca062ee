"""What `cebu build` found in a graph is what the gate begins from, if it is that very graph."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ontology.namespaces import new_graph
from server.commands.checks import check_graph
from server.settings import ROOT
from server.store.loader import graph_files, sums
from server.validation import findings
from server.validation.record import versions
from shapes.incremental import IncrementalValidator
from tests.server.door import DATA, Reply, Server, serving, serving_with

TOKEN = "a-token-of-the-tests"
PROJECT = "https://w3id.org/cebu/id/project/action-plan-2018-2025/26"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def update(server: Server, name: str) -> Reply:
    """Rename a thing that has a fault already, which is no new one then."""
    text = (
        f"DELETE {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> ?old }} }} "
        f'INSERT {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> "{name}"@en }} }} '
        f"WHERE {{ GRAPH ?g {{ <{PROJECT}> <{LABEL}> ?old }} }}"
    )
    headers = {"Content-Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    return server.request("/update", method="POST", body=text, headers=headers)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with what was found in its graph, as the commands leave it."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    graph = new_graph()
    files = graph_files(folder / "graph")
    for file in files:
        graph.parse(file.path, format="ox-turtle")
    found = check_graph(graph, {}, folder / "annotations", [])
    assert found.former is not None
    assert found.former.found
    assert found.record(folder, sums(files)) == ""
    return folder


def forget(data: Path) -> None:
    """Take the results from what was found: whoever believes it takes old faults for new."""
    path = data / findings.FILE
    program, states, found = path.read_text(encoding="utf-8").splitlines()
    emptied = json.dumps(json.loads(found) | {"results": []})
    path.write_text("\n".join((program, states, emptied, "")), encoding="utf-8")


def change_one_character(path: Path, near: str) -> None:
    text = path.read_text(encoding="utf-8")
    place = text.index(near) + len(near) - 1
    other = "x" if text[place] != "x" else "y"
    path.write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")


def test_what_was_found_is_what_the_gate_would_find(data: Path, tmp_path: Path) -> None:
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "1", "CEBU_DATA": str(data)}
    (handed,) = data.glob(findings.FILE)
    program, _, found = handed.read_text(encoding="utf-8").splitlines()
    handed.unlink()
    with serving(tmp_path / "store", **more) as server:
        assert update(server, "One").status == 204
        state = server.request("/changes/1.json").json()
    assert state["number"] == 1
    (version,) = versions(sums(graph_files(data / "graph")))[:1]
    kept = (tmp_path / "store" / version / findings.FILE).read_text(encoding="utf-8").splitlines()
    assert kept[:2] == [program, version]

    def rows(text: str) -> list[tuple[Any, ...]]:
        # Results have no names of their own: those of their nodes are made anew each time.
        return sorted(
            (root, focus, sound, sorted(said[1:] for said in statements))
            for root, focus, _, sound, statements in json.loads(text)["results"]
        )

    assert rows(kept[2]) == rows(found)


@pytest.mark.parametrize("default", ["union", "strict"])
def test_a_server_begins_from_what_the_commands_found(
    data: Path, tmp_path: Path, default: str
) -> None:
    more = {"CEBU_TOKEN": TOKEN, "CEBU_DATA": str(data), "CEBU_DEFAULT_GRAPH": default}
    with serving(tmp_path / "one", CEBU_WORKERS="1", **more) as server:
        assert update(server, "One").status == 204
    forget(data)
    # That it is read shows in this: what it does not have is taken for new.
    with serving(tmp_path / "two", CEBU_WORKERS="1", **more) as server:
        assert update(server, "One").status == 422


@pytest.mark.parametrize(
    ("file", "near"),
    [
        ("", ""),
        ("data/graph/schemes.ttl", 'rdfs:label "P'),
        ("shapes/project.ttl", 'sh:message "A'),
        ("ontology/cebu.ttl", 'skos:definition "A'),
        ("shapes/root_shapes.py", '"""pySHACL'),
    ],
)
def test_whatever_has_changed_by_one_character_it_is_not_believed(
    data: Path, tmp_path: Path, file: str, near: str
) -> None:
    for name in ("server", "shapes", "ontology"):
        shutil.copytree(ROOT / name, tmp_path / name)
    forget(data)
    if file:
        change_one_character(tmp_path / file, near)
    more = {"CEBU_TOKEN": TOKEN, "CEBU_WORKERS": "1", "CEBU_DATA": str(data)}
    with serving_with(tmp_path, tmp_path / "store", more) as server:
        reply = update(server, "One")
        assert reply.status == (204 if file else 422), reply.text


@pytest.mark.parametrize("text", ["[] a <http://a> .", "<http://a> <http://b> 1.50 ."])
def test_what_a_store_would_hold_otherwise_is_not_handed_over(tmp_path: Path, text: str) -> None:
    graph = new_graph()
    graph.parse(data=text, format="ox-turtle")
    found = check_graph(graph, {}, tmp_path, [])
    assert found.former is None


def test_what_is_damaged_is_not_believed(data: Path) -> None:
    path, basis = data / findings.FILE, IncrementalValidator().basis
    (version, _) = versions(sums(graph_files(data / "graph")))
    whole = path.read_text(encoding="utf-8")
    assert findings.read(path, version, basis) is not None
    assert findings.read(path, "0" * 32, basis) is None
    assert findings.read(path, version, "0" * 64) is None
    for text in ("", "\n\n", whole[:-100], whole.replace("pyshacl ", "pyshacl 9")):
        path.write_text(text, encoding="utf-8")
        assert findings.read(path, version, basis) is None
    path.unlink()
    assert findings.read(path, version, basis) is None
