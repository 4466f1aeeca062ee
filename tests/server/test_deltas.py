"""What a change has done: for any update, exactly the difference between after and before."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.engine.limits import Limits
from server.http.problems import Problem
from server.sparql import effects
from server.sparql.sequence import Operation
from server.store import deltas
from server.store.changes import Document, GraphChange, SparqlUpdate
from server.store.deltas import Delta, Ledger
from server.store.drafts import Draft
from server.store.store import copied

ROUNDS = 150
PREFIX = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
OBJECTS = [
    ":a",
    ":b",
    ":c",
    "1",
    "'1'^^xsd:integer",
    "'01'^^xsd:integer",
    "1.0",
    "'x'",
    "'x'@en-GB",
]
GRAPHS = [":g", ":h", ":k"]


def _term(chance: random.Random, variables: tuple[str, ...], options: list[str]) -> str:
    return chance.choice(variables) if chance.random() < 0.5 else chance.choice(options)


def _statement(chance: random.Random, variables: tuple[str, ...] = ()) -> str:
    def term(options: list[str]) -> str:
        return _term(chance, variables, options) if variables else chance.choice(options)

    return f"{term([':a', ':b', ':c'])} {term([':p', ':q'])} {term(OBJECTS)} . "


def _block(chance: random.Random, variables: tuple[str, ...] = ()) -> str:
    pieces = []
    for _ in range(chance.randint(1, 3)):
        statement = _statement(chance, variables)
        if chance.random() < 0.7:
            name = _term(chance, variables, GRAPHS) if variables else chance.choice(GRAPHS)
            statement = f"GRAPH {name} {{ {statement} }} "
        pieces.append(statement)
    return "{ " + "".join(pieces) + "}"


def _update(chance: random.Random) -> str:
    variables = ("?x", "?y", "$z")
    silent = chance.choice(["", "SILENT "])
    kind = chance.randrange(12)
    match kind:
        case 0 | 1:
            return f"INSERT DATA {_block(chance)}"
        case 2:
            return f"DELETE DATA {_block(chance)}"
        case 3:
            return f"DELETE WHERE {_block(chance, variables)}"
        case 4 | 5 | 6 | 7:
            head = chance.choice(["", "WITH :g ", "WITH <h> "])
            delete = f"DELETE {_block(chance, variables)} " if chance.random() < 0.7 else ""
            insert = f"INSERT {_block(chance, variables)} "
            using = chance.choice(["", "", "USING :g ", "USING NAMED :h ", "USING :g USING :h "])
            bind = chance.choice(
                ["", " { BIND('01'^^xsd:integer AS $z) }", " FILTER(?x != :b) # ?q } {\n"]
            )
            return f"{head}{delete}{insert}{using}WHERE {{ {_block(chance, variables)}{bind} }}"
        case 8:
            return f"CLEAR {silent}{_target(chance)}"
        case 9:
            return f"DROP {silent}{_target(chance)}"
        case 10:
            return f"CREATE {silent}GRAPH {chance.choice(GRAPHS)}"
        case _:
            verb = chance.choice(["ADD", "COPY", "MOVE"])
            names = [*GRAPHS, "DEFAULT", "GRAPH :g"]
            return f"{verb} {silent}{chance.choice(names)} TO {chance.choice(names)}"


def _target(chance: random.Random) -> str:
    return chance.choice(["DEFAULT", "NAMED", "ALL", "GRAPH :g", "GRAPH :h"])


def _difference(before: ox.Store, after: ox.Store, *, union: bool) -> Delta:
    """Return the difference of two stores by looking at all of both."""

    def lines(store: ox.Store) -> set[str]:
        found = (
            quad for quad in store if not (union and isinstance(quad.graph_name, ox.DefaultGraph))
        )
        return set((ox.serialize(found, format=ox.RdfFormat.N_QUADS) or b"").decode().splitlines())

    def names(store: ox.Store) -> set[str]:
        return {str(name) for name in store.named_graphs()}

    old, new = lines(before), lines(after)
    return Delta(
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        tuple(sorted(names(after) - names(before))),
        tuple(sorted(names(before) - names(after))),
    )


def _is_union(store: ox.Store) -> bool:
    default = set(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    everything = {quad.triple for quad in store}
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, ox.DefaultGraph)}
    return {quad.triple for quad in default} == everything == named


@pytest.fixture(params=[0, 50], ids=["at once", "one by one"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove statements in both ways that there are."""
    monkeypatch.setattr(deltas, "_FEW", request.param)
    monkeypatch.setattr(deltas, "_MANY", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("union", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_delta_is_the_full_difference(seed: int, union: bool) -> None:
    chance = random.Random(f"{seed} {union}")
    store = ox.Store()
    made = 0
    for _ in range(ROUNDS):
        text = PREFIX + " ;\n".join(_update(chance) for _ in range(chance.choice([1, 1, 2])))
        draft = copied(store)
        try:
            delta = Draft(draft, union, Limits()).change(SparqlUpdate(text)).delta
        except Problem as problem:
            assert problem.slug in {"update-failed", "default-graph", "graph-unknown"}, text
            continue
        assert delta == _difference(store, draft, union=union), text
        if union:
            assert _is_union(draft), text
        back = copied(draft)
        Ledger(back, union).make(delta.inverse().effect())
        assert not _difference(store, back, union=False), text
        made += 1
        store = draft
        if len(store) > 60:
            store = ox.Store()
    assert made > ROUNDS / 3


@pytest.mark.parametrize("seed", range(8))
def test_an_update_does_what_the_engine_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    whole = effects._compared

    def count(*arguments: object) -> object:
        compared.append("once")
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(effects, "_compared", count)
    chance = random.Random(seed)
    store = ox.Store()
    for _ in range(ROUNDS):
        text = PREFIX + _update(chance)
        expected, draft = copied(store), copied(store)
        try:
            expected.update(text, base_iri="https://w3id.org/cebu/sparql")
        except (ValueError, RuntimeError, OSError):
            with pytest.raises(Problem):
                Draft(draft, False, Limits()).change(SparqlUpdate(text))
            continue
        try:
            Draft(draft, False, Limits()).change(SparqlUpdate(text))
        except Problem as problem:
            assert problem.slug == "graph-unknown", text  # ours, before the engine sees it
            continue
        assert not _difference(expected, draft, union=False), text
        store = draft if len(draft) < 60 else ox.Store()
    assert not compared, "these forms are all to be understood without comparing"


def test_blank_nodes_of_a_template_are_new_for_each_solution() -> None:
    store = ox.Store()
    data = "INSERT DATA { <a:a> <a:p> 1, 2 . <a:b> <a:p> 1 }"
    Draft(store, False, Limits()).change(SparqlUpdate(data))
    text = "INSERT { ?o <a:x> 3 . _:b <a:q> ?s . _:b <a:r> [ <a:s> () ] } WHERE { ?s <a:p> ?o }"
    delta = Draft(store, False, Limits()).change(SparqlUpdate(text)).delta
    assert len(delta.added) == 9
    assert len({line.split()[0] for line in delta.added}) == 6


def test_the_cost_follows_the_change_and_not_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def never() -> Iterator[ox.Store]:
        raise AssertionError("the store was copied")
        yield

    monkeypatch.setattr(Draft, "_copy", lambda self: never())
    store = ox.Store()
    for text in (
        "INSERT DATA { GRAPH <a:g> { <a:a> <a:b> 1 } }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s ?p 2 } } "
        "WHERE { GRAPH ?g { ?s ?p ?o } }",
        "COPY <a:g> TO <a:h>",
        "DELETE WHERE { GRAPH <a:h> { ?s ?p ?o } }",
    ):
        assert Draft(store, True, Limits()).change(SparqlUpdate(text)).delta


def test_what_another_graph_holds_is_moved_to_the_default_graph() -> None:
    store = ox.Store()
    draft = Draft(store, True, Limits())
    draft.change(SparqlUpdate("INSERT DATA { GRAPH <a:g> { <a:a> <a:b> 1 } }"))
    text = "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
    delta = draft.change(SparqlUpdate(text)).delta
    assert [line.split()[3] for line in delta.added] == ["<https://w3id.org/cebu/graph/default>"]
    assert [line.split()[3] for line in delta.removed] == ["<a:g>"]
    assert _is_union(store)


@pytest.mark.parametrize("union", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_delta_of_a_graph_that_is_sent_is_the_difference_too(seed: int, union: bool) -> None:
    chance = random.Random(seed)
    store = ox.Store()
    for _ in range(100):
        action = chance.choice(["put", "add", "drop"])
        name = chance.choice(["http://e/g", "http://e/h", None])
        whole = action == "add" and chance.random() < 0.3
        body = " ".join(_statement(chance) for _ in range(chance.randint(0, 3)))
        if whole:
            body = f"{body} :g {{ {body} }}"
        media_type = "application/trig" if whole else "text/turtle"
        documents = (Document((PREFIX + body).encode(), media_type, "http://e/"),)
        change = GraphChange(
            action,  # type: ignore[arg-type]
            None if whole else name,
            () if action == "drop" else documents,
            whole=whole,
        )
        draft = copied(store)
        try:
            changed = Draft(draft, union, Limits()).change(change)
        except Problem as problem:
            assert problem.slug in {"graph-unknown", "default-graph"}
            continue
        assert changed.delta == _difference(store, draft, union=union)
        store = draft


def test_the_fallback_compares_with_a_copy(tmp_path: Path) -> None:
    store = ox.Store(str(tmp_path / "db"))
    draft = Draft(store, True, Limits(), tmp_path)
    draft.change(SparqlUpdate("INSERT DATA { GRAPH <a:g> { <a:a> <a:b> 1 } }"))
    operation = Operation("", "INSERT DATA { GRAPH <a:h> { <a:a> <a:b> 2 } }; CLEAR GRAPH <a:g>")
    effect = effects._compared(operation, store, draft._copy)
    ledger = Ledger(store, True)
    ledger.make(effect)
    assert [len(ledger.delta().added), len(ledger.delta().removed)] == [1, 1]
    assert _is_union(store)
