"""What could be meant while one types a query: classes, properties and things, with their labels.

Classes and properties are few and are compared one by one, with slips of the pen forgiven; things
are found by the search index.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from flask import Blueprint, Response, g, json, request
from rapidfuzz import fuzz, process

from ontology.namespaces import ID, PREFIXES
from server.endpoint.labels import labels_of
from server.http import caching
from server.http.problems import Problem
from server.http.responses import answer
from server.linked_data.labels import definition, short
from server.search import builds
from server.search.words import folded, words
from server.services import services
from server.store.kept import kept_by_version
from server.store.store import GraphStore

blueprint = Blueprint("completion", __name__)

KINDS: Final = ("class", "property", "thing")
MAX_QUERY: Final = 100
"""Characters of what was typed."""
MAX_SIZE: Final = 50
"""Suggestions of an answer."""

_SIZE: Final = 20
_FIELDS: Final = frozenset(("kind", "q", "size"))
_EXCERPT: Final = 200
# Of 100: so alike must a term be to what was typed if it does not have it in its name.
_ALIKE: Final = 75
_USED: Final = {
    "class": "SELECT ?term (COUNT(*) AS ?n) { ?s a ?term } GROUP BY ?term",
    "property": "SELECT ?term (COUNT(*) AS ?n) { ?s ?term ?o } GROUP BY ?term",
}
# What the ontology has a word for, though nothing here uses it yet.
_DEFINED: Final = {
    "class": ("owl:Class", "rdfs:Class"),
    "property": ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term or thing: how a query writes it, its name, and what it is.

    `name` is a prefixed name, None if only the whole address will do; `uses` is the number of
    things of a class, or of statements with a property.
    """

    iri: str
    name: str | None
    label: str
    definition: str
    uses: int | None = None
    of: str | None = None


@dataclass(frozen=True, slots=True)
class _Terms:
    """The classes or the properties, the most used first, and the words to find them by."""

    terms: tuple[Suggestion, ...]
    words: tuple[str, ...]


@blueprint.get("/sparql/complete")
def complete() -> Response:
    """Suggest terms of the graph for what was typed so far (`kind=`, `q=`, `size=`)."""
    kind, typed, size = _asked()
    found = things(typed, size) if kind == "thing" else terms(services().data, kind, typed, size)
    body: dict[str, Any] = {
        "kind": kind,
        "query": typed,
        "results": [asdict(suggestion) for suggestion in found],
    }
    response = answer(json.dumps(body, ensure_ascii=False) + "\n", "application/json")
    if g.get("index_is_old"):
        response.cache_control.no_store = True
    return response


def terms(data: GraphStore, kind: str, typed: str, size: int) -> list[Suggestion]:
    """Return the classes or properties that `typed` may mean; the most used if it is empty."""
    known = _known(data)[kind]
    wanted = folded(_words_of(typed))
    if not wanted:
        return list(known.terms[:size])
    ranked: list[tuple[int, int]] = []
    for place, text in enumerate(known.words):
        names = text.split("\n")
        if any(name.startswith(wanted) for name in names):
            ranked.append((0, place))
        elif any(f" {wanted}" in f" {name}" for name in names):
            ranked.append((1, place))
        elif all(word in text for word in wanted.split()):
            ranked.append((2, place))
    if not ranked:
        near = process.extract(
            wanted, known.words, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE, limit=size
        )
        ranked = [(round(100 - score), place) for _, score, place in near]
    return [known.terms[place] for _, place in sorted(ranked)[:size]]


def things(typed: str, size: int) -> list[Suggestion]:
    """Return the things that `typed` may mean, by the search index; none if it is empty."""
    if not words(typed):
        return []
    here = services()
    current = builds.current(here.data, here.settings)
    if current.is_old:
        g.index_is_old = True
        caching.do_not_tag()
    text = _words_of(typed)
    begun = [item.iri for item in current.index.suggest(text, size, current.gone)]
    found = current.index.search(text, {}, size=size, without=current.gone)
    by_iri = {item.iri: item for item in found.results}
    # What is called so, then what is called so in part, then what has the words anywhere.
    order = dict.fromkeys([*by_iri, *begun] if found.results else begun)
    names = labels_of(here.data, [iri for iri in order if iri not in by_iri])
    suggestions = []
    for iri in list(order)[:size]:
        item = by_iri.get(iri)
        suggestions.append(
            Suggestion(
                iri,
                prefixed(iri),
                item.name if item else names[iri],
                "".join(piece.text for piece in item.excerpt)[:_EXCERPT] if item else "",
                of=item.kind_label if item else None,
            )
        )
    return suggestions


def prefixed(iri: str) -> str | None:
    """Return the prefixed name of an IRI (SPARQL 1.1, section 4.1.1), None if it has none."""
    name = short(iri)
    return name if not iri.startswith(ID) and name != iri else None


@kept_by_version
def _known(data: GraphStore) -> dict[str, _Terms]:
    """Return the terms of the graph as it is now; they are listed once for each version."""
    return {kind: _list(data, kind) for kind in _USED}


def _list(data: GraphStore, kind: str) -> _Terms:
    uses = {row["term"]: int(row["n"]) for row in data.select(_USED[kind])}
    for type_ in _DEFINED[kind]:
        prefix, _, name = type_.partition(":")
        for row in data.select(f"SELECT ?term {{ ?term a <{PREFIXES[prefix]}{name}> }}"):
            uses.setdefault(row["term"], 0)
    iris = sorted(
        (iri for iri in uses if iri.startswith(("http:", "https:", "urn:"))),
        key=lambda iri: (-uses[iri], iri),
    )
    names = labels_of(data, iris)
    listed = tuple(
        Suggestion(iri, prefixed(iri), names[iri], definition(data.graph, iri), uses[iri])
        for iri in iris
    )
    return _Terms(listed, tuple(map(_findable, listed)))


def _findable(term: Suggestion) -> str:
    """Return the names of a term in words, one a line: its label and the end of its address."""
    end = re.split(r"[/#]", term.iri)[-1]
    return f"{folded(term.label)}\n{folded(_words_of(end))}\n{folded(end)}"


def _words_of(name: str) -> str:
    """Return a name such as `leadCountry`, `cebu:lead` or `id/state/viet-nam` as words."""
    plain = name.rpartition(":")[2] if re.match(r"[\w-]*:(?!//)", name) else name
    plain = plain.removeprefix(ID)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)


def _asked() -> tuple[str, str, int]:
    for name in request.args:
        if name not in _FIELDS:
            raise Problem(
                "parameter",
                f"Completion has no parameter {name[:50]!r}.",
                next_step=f"Use some of {', '.join(sorted(_FIELDS))}.",
            )
    kind = request.args.get("kind", "thing")
    if kind not in KINDS:
        raise Problem(
            "parameter",
            f"kind is {kind[:50]!r}.",
            next_step=f"Take one of {', '.join(KINDS)}.",
            more={"available": list(KINDS)},
        )
    typed = " ".join(request.args.get("q", "").split())
    if len(typed) > MAX_QUERY:
        raise Problem(
            "parameter",
            f"q has {len(typed)} characters, and {MAX_QUERY} are the most.",
            next_step="Send the word that is being typed.",
        )
    size = request.args.get("size", str(_SIZE))
    if not (size.isascii() and size.isdigit() and len(size) < 4 and 1 <= int(size) <= MAX_SIZE):
        raise Problem(
            "parameter", f"size is not a number from 1 to {MAX_SIZE}.", next_step="Leave it out."
        )
    return kind, typed, int(size)
