"""The effect of an operation of SPARQL 1.1 Update, found without making it.

The patterns are evaluated by the engine as a query, and the templates are read by its own parser,
so the cost is that of the WHERE and of the statements concerned, not of the graph. An operation
that is not understood here is made to a copy, which is then compared with the store.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, cast

import pyoxigraph as ox

from server.sparql import syntax
from server.sparql.lexer import Token, tokens
from server.sparql.sequence import Operation
from server.store.deltas import DEFAULT, Effect, GraphName, Name, canonical

# Stands for a variable where the grammar of INSERT DATA wants a term.
_VARIABLE: Final = "urn:cebu:variable:"
_MODIFY: Final = frozenset(("INSERT", "DELETE", "WITH"))
# Operations on whole graphs.
MANAGED: Final = frozenset(("CLEAR", "DROP", "CREATE", "ADD", "COPY", "MOVE"))

Copy = Callable[[], AbstractContextManager[ox.Store]]


class _NotUnderstoodError(Exception):
    """An operation of a form that we cannot take apart."""


def effect_of(operation: Operation, store: ox.Store, copy: Copy) -> Effect:
    """Return what the operation would do to the store, which is not changed.

    `copy` gives a copy of the store that may be changed. Needs the stack of an evaluation. Raises
    `ValueError`, `RuntimeError` or `OSError` as the engine does if it cannot be made.
    """
    words = operation.words
    try:
        if words[:2] in (["INSERT", "DATA"], ["DELETE", "DATA"]):
            return _data(operation, words[0])
        if words and words[0] in _MODIFY:
            return _modify(_parts(operation), store)
        if words and words[0] in MANAGED:
            return _managed(operation, store)
    except (_NotUnderstoodError, SyntaxError):
        # The text has been parsed as a whole: then it is our reading of it that is wrong.
        pass
    return _compared(operation, store, copy)


def _compared(operation: Operation, store: ox.Store, copy: Copy) -> Effect:
    with copy() as after:
        after.update(operation.text, base_iri=syntax.BASE_IRI)
        names, new_names = set(store.named_graphs()), set(after.named_graphs())
        return Effect(
            frozenset(quad for quad in store if quad not in after),
            frozenset(quad for quad in after if quad not in store),
            frozenset(new_names - names),
            frozenset(names - new_names),
        )


def _data(operation: Operation, word: str) -> Effect:
    """Return the effect of INSERT DATA and DELETE DATA (SPARQL 1.1 Update, 3.1.1 and 3.1.2)."""
    data = next(token for token in operation.outer if token.text.upper() == "DATA")
    found = _read(operation.prologue, operation.body[data.end :])
    return Effect(added=found) if word == "INSERT" else Effect(removed=found)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of DELETE/INSERT (SPARQL 1.1 Update, section 3.1.3)."""

    prologue: str
    delete: str
    insert: str
    where: str
    with_: GraphName | None
    using: list[GraphName]
    using_named: list[GraphName]


def _parts(operation: Operation) -> _Parts:
    """Return the parts of the operation. Raises `_NotUnderstoodError`."""
    outer, body = operation.outer, operation.body
    found: dict[str, str] = {}
    with_: GraphName | None = None
    using: list[GraphName] = []
    using_named: list[GraphName] = []
    index = 0
    while index < len(outer):
        word = outer[index].text.upper()
        after = outer[index + 1] if index + 1 < len(outer) else None
        if word in {"DELETE", "INSERT", "WHERE"} and word not in found:
            found[word] = body[outer[index].end : after.start if after else len(body)]
            index += 1
        elif word == "WITH" and after is not None:
            with_ = _resolved(operation.prologue, after)
            index += 2
        elif word == "USING" and after is not None and after.text.upper() == "NAMED":
            using_named.append(_resolved(operation.prologue, outer[index + 2]))
            index += 3
        elif word == "USING" and after is not None:
            using.append(_resolved(operation.prologue, after))
            index += 2
        else:
            raise _NotUnderstoodError
    if "WHERE" not in found:
        raise _NotUnderstoodError
    if not found.get("DELETE", "x").strip() and "INSERT" not in found:  # DELETE WHERE
        found["DELETE"] = found["WHERE"]
    return _Parts(
        operation.prologue,
        found.get("DELETE", ""),
        found.get("INSERT", ""),
        found["WHERE"],
        with_,
        using,
        using_named,
    )


def _modify(parts: _Parts, store: ox.Store) -> Effect:
    delete = _read(parts.prologue, parts.delete) if parts.delete else frozenset()
    insert = _read(parts.prologue, parts.insert) if parts.insert else frozenset()
    names = sorted(_variables(parts.delete) | _variables(parts.insert))
    has_blank = any(isinstance(term, ox.BlankNode) for quad in insert for term in _terms(quad))
    # A blank node of a template is another one for each solution, equal ones included.
    distinct = "" if has_blank else "DISTINCT "
    chosen = " ".join(f"?{name}" for name in names) or "(1 AS ?cebu_solution)"
    query = f"{parts.prologue}\nSELECT {distinct}{chosen} WHERE {parts.where}"
    default, named = _dataset(parts)
    solutions = store.query(
        query, base_iri=syntax.BASE_IRI, default_graph=default, named_graphs=named
    )
    if not isinstance(solutions, ox.QuerySolutions):
        raise _NotUnderstoodError
    removed: set[ox.Quad] = set()
    added: set[ox.Quad] = set()
    for solution in solutions:
        values = {name: solution[name] for name in names}
        removed.update(_made(delete, values, parts.with_))
        added.update(_made(insert, values, parts.with_))
    return Effect(canonical(removed), canonical(added))


def _dataset(parts: _Parts) -> tuple[list[Name] | None, list[GraphName] | None]:
    """Return the default and named graphs of the WHERE, None for the usual ones.

    WITH names the default graph, unless USING names the dataset.
    """
    if parts.using or parts.using_named:
        return [*parts.using], parts.using_named
    return ([parts.with_] if parts.with_ is not None else None), None


def _read(prologue: str, template: str) -> frozenset[ox.Quad]:
    """Return the statements of a template or of data, with names in place of variables.

    Raises `SyntaxError` if it is none.
    """
    pieces, rest = [], 0
    for token in tokens(template):
        if token.kind == "variable":
            pieces += [template[rest : token.start], f" <{_VARIABLE}{token.text[1:]}> "]
            rest = token.end
    text = "".join([*pieces, template[rest:]])
    scratch = ox.Store()
    scratch.update(f"{prologue}\nINSERT DATA {text}", base_iri=syntax.BASE_IRI)
    return frozenset(scratch)


def _variables(template: str) -> set[str]:
    return {token.text[1:] for token in tokens(template) if token.kind == "variable"}


def _terms(quad: ox.Quad) -> Iterator[object]:
    waiting: list[object] = [*quad]
    while waiting:
        term = waiting.pop()
        if isinstance(term, ox.Triple):
            waiting.extend(term)
        yield term


def _made(
    template: Iterable[ox.Quad], values: dict[str, object], with_: GraphName | None
) -> Iterator[ox.Quad]:
    """Yield the statements of a template for one solution; those that are none are left out."""
    blank: dict[str, ox.BlankNode] = {}

    def filled(term: object) -> object:
        if isinstance(term, ox.NamedNode) and term.value.startswith(_VARIABLE):
            value = values[term.value.removeprefix(_VARIABLE)]
            if value is None:  # unbound: in the place of a graph it would be the default graph
                raise TypeError
            return value
        if isinstance(term, ox.BlankNode):
            return blank.setdefault(term.value, ox.BlankNode())
        if isinstance(term, ox.Triple):
            return ox.Triple(*(filled(part) for part in term))  # type: ignore[arg-type]
        if isinstance(term, ox.DefaultGraph) and with_ is not None:
            return with_
        return term

    for quad in template:
        try:
            yield ox.Quad(*(filled(term) for term in quad))  # type: ignore[arg-type]
        except TypeError:  # unbound, or a literal where none may stand
            continue


def _resolved(prologue: str, token: Token) -> GraphName:
    """Return the name of the graph that an IRI or a prefixed name stands for."""
    if token.kind not in {"iri", "name"}:
        raise _NotUnderstoodError
    scratch = ox.Store()
    scratch.update(f"{prologue}\nCREATE SILENT GRAPH {token.text}", base_iri=syntax.BASE_IRI)
    return next(iter(scratch.named_graphs()))


def _managed(operation: Operation, store: ox.Store) -> Effect:
    """Return the effect of an operation on whole graphs (SPARQL 1.1 Update, section 3.2)."""
    outer = operation.outer
    word, rest = outer[0].text.upper(), outer[1:]
    silent = bool(rest) and rest[0].text.upper() == "SILENT" and rest[0].kind == "word"
    rest = rest[1:] if silent else rest
    if word in {"ADD", "COPY", "MOVE"}:
        return _transferred(operation.prologue, word, rest, store, silent=silent)
    names = _targets(operation.prologue, rest, store)
    if word == "CREATE":
        (name,) = names
        if not silent and store.contains_named_graph(cast(GraphName, name)):
            raise ValueError(f"The graph {name} already exists")
        return Effect(created=frozenset([cast(GraphName, name)]))
    if not silent:
        for name in names:
            _check(name, store)
    gone = frozenset(quad for name in names for quad in _quads(store, name))
    return Effect(gone, dropped=_named(names) if word == "DROP" else frozenset())


def _transferred(
    prologue: str, word: str, rest: list[Token], store: ox.Store, *, silent: bool
) -> Effect:
    """Return the effect of ADD, COPY and MOVE (sections 3.2.3 to 3.2.5)."""
    at = next((i for i, token in enumerate(rest) if token.text.upper() == "TO"), None)
    if at is None:
        raise _NotUnderstoodError
    (source,) = _targets(prologue, rest[:at], store)
    (target,) = _targets(prologue, rest[at + 1 :], store)
    if source == target:
        return Effect()
    if word == "MOVE" and not silent:
        _check(source, store)
    moved = frozenset(_quads(store, source))
    added = frozenset(ox.Quad(q.subject, q.predicate, q.object, target) for q in moved)
    match word:
        case "ADD":
            return Effect(added=added)
        case "COPY":
            return Effect(frozenset(_quads(store, target)), added, dropped=_named([target]))
        case _:
            removed = frozenset((*moved, *_quads(store, target)))
            return Effect(removed, added, dropped=_named([source, target]))


def _targets(prologue: str, rest: list[Token], store: ox.Store) -> list[Name]:
    words = [token.text.upper() if token.kind == "word" else "" for token in rest]
    match words:
        case ["DEFAULT"]:
            return [DEFAULT]
        case ["NAMED"]:
            return list(store.named_graphs())
        case ["ALL"]:
            return [DEFAULT, *store.named_graphs()]
        case ["GRAPH", ""] | [""]:
            return [_resolved(prologue, rest[-1])]
    raise _NotUnderstoodError


def _check(name: Name, store: ox.Store) -> None:
    if not isinstance(name, ox.DefaultGraph) and not store.contains_named_graph(name):
        raise ValueError(f"The graph {name} does not exist")


def _quads(store: ox.Store, name: Name) -> Iterator[ox.Quad]:
    return iter(store.quads_for_pattern(None, None, None, name))


def _named(names: Iterable[Name]) -> frozenset[GraphName]:
    return frozenset(name for name in names if not isinstance(name, ox.DefaultGraph))
