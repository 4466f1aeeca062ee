"""Searches in one index: what is found, in which order, by which words, and how it divides."""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, product
from pathlib import Path
from typing import Any, Final

from server.search.documents import FACETS
from server.search.questions import ADDRESSES
from server.search.words import Vocabulary, folded, words

MAX_WORDS: Final = 16

# label, names, aliases, title, text, notes, context: how much a word counts in each.
_BM25: Final = "bm25(words, 8.0, 6.0, 4.0, 5.0, 2.0, 1.5, 0.7)"
_RANKED: Final = f"SELECT rowid, {_BM25} FROM words WHERE words MATCH ?"  # noqa: S608 (no input)
# By how much what has a name that begins with the words goes before.
_BEGINS: Final = 1.5
_BEGIN, _END = "\x02", "\x03"
_SNIPPET_WORDS: Final = 28
# The columns of the index that are shown where the words are, in this order.
_SHOWN: Final = {"text": 4, "notes": 5, "title": 3, "names": 1, "context": 6}
_EXCERPTS: Final = ", ".join(
    f"snippet(words, {column}, '{_BEGIN}', '{_END}', '…', {_SNIPPET_WORDS})"
    for column in _SHOWN.values()
)
_MARKED: Final = (
    f"SELECT highlight(words, 0, '{_BEGIN}', '{_END}'), {_EXCERPTS} "  # noqa: S608 (no input)
    "FROM words WHERE words MATCH ? AND rowid = ?"
)
_SPELLINGS: Final = 8
# Words that a question is made of; they need not be in what is found.
_OF_QUESTIONS: Final = frozenset(
    (
        *"a about all an and any are as at be been by can did do does".split(),  # noqa: SIM905 (read more easily)
        *"for find from give had has have how i in is it its list me".split(),  # noqa: SIM905 (read more easily)
        *"my of on or please show tell than that the their them there".split(),  # noqa: SIM905 (read more easily)
        *"these they this those to was we were what when where which".split(),  # noqa: SIM905 (read more easily)
        *"who whom whose why will with you".split(),  # noqa: SIM905 (read more easily)
    )
)
_START_CHARACTERS: Final = 220

Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `marked` if it is a word that was searched."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet: how many results have it, and whether it was chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A thing that was found, with the words that matched, and its source documents."""

    iri: str
    kind: str
    kind_label: str
    label: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    sources: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Return the label without marks."""
        return "".join(piece.text for piece in self.label)


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search.

    `corrected` are words that nothing has, with those searched instead; `unknown` those for which
    there is none. `partial` says that no thing has all words, and these have some.
    """

    total: int
    results: tuple[Result, ...]
    facets: Mapping[str, tuple[Value, ...]]
    corrected: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    partial: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A thing that is called so, for who still types."""

    iri: str
    label: str
    kind_label: str


@dataclass(slots=True)
class _Query:
    """A search as FTS5 reads it: the groups that must all match, and what became of the words."""

    groups: list[str] = field(default_factory=list)
    # Those of them that say what is asked about.
    telling: list[str] = field(default_factory=list)
    corrected: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def expressions(self) -> list[tuple[str, bool]]:
        """Return what to search, one after another until something is found.

        With each stands whether it finds what has some of the words only.
        """
        both = [(" AND ".join(self.groups), False), (" AND ".join(self.telling), False)]
        return [
            item for item in (*both, (" OR ".join(self.telling or self.groups), True)) if item[0]
        ]


class SearchIndex:
    """An index that was built, open for reading by any number of threads.

    Raises `sqlite3.Error` if the file is none.
    """

    def __init__(self, path: Path, version: str) -> None:
        self.version = version
        self._path = path
        self._local = threading.local()
        rows = self._rows
        self.vocabulary = Vocabulary(dict(rows("SELECT word, things FROM word")))
        self._labels = {(f, v): text for f, v, text in rows("SELECT * FROM value")}
        self._weights = dict(rows("SELECT id, weight FROM thing"))
        self._things = dict(rows("SELECT iri, id FROM thing"))
        sets: dict[tuple[str, str], set[int]] = {}
        for name, value, thing in rows("SELECT field, value, thing FROM facet"):
            sets.setdefault((name, value), set()).add(thing)
        self._facets = {pair: frozenset(things) for pair, things in sets.items()}
        self._of_field = {
            name: [pair for pair in self._facets if pair[0] == name] for name in FACETS
        }

    @property
    def iris(self) -> Iterable[str]:
        """Return the things of the graph that it has."""
        return (iri for iri in self._things if not iri.startswith(ADDRESSES))

    def label(self, name: str, value: str) -> str | None:
        """Return the label of a facet's value, None if nothing has it."""
        return self._labels.get((name, value)) if (name, value) in self._facets else None

    def values(self, name: str) -> list[str]:
        """Return the values of a facet."""
        return sorted(value for _, value in self._of_field[name])

    def search(
        self,
        text: str,
        filters: Filters,
        *,
        first: int = 0,
        size: int = 20,
        without: frozenset[str] = frozenset(),
    ) -> Found:
        """Return results `first` and following, `size` at most, and how all of them divide.

        Chosen values of one facet widen, those of several facets narrow. `without` are things
        that are not to be found.
        """
        query = self._query(text)
        gone = frozenset(self._things[iri] for iri in without if iri in self._things)
        scores: dict[int, float] = {}
        expression, partial = "", False
        for expression, partial in query.expressions():  # noqa: B007 (the last one tried counts)
            scores = self._scores(text, query, expression)
            if scores:
                break
        partial = bool(scores) and (partial or bool(query.unknown))
        hits = scores.keys() - gone if words(text) else set(self._weights) - gone
        chosen = {
            name: frozenset().union(*(self._facets.get((name, v), frozenset()) for v in values))
            for name, values in filters.items()
            if values
        }
        matching = _within(hits, chosen.values())
        order = self._ordered(matching, scores)
        return Found(
            len(matching),
            tuple(self._results(order[first : first + size], expression)),
            {name: self._divided(name, hits, chosen, filters.get(name, ())) for name in FACETS},
            tuple(query.corrected),
            tuple(query.unknown),
            partial,
        )

    def suggest(
        self, text: str, limit: int, without: frozenset[str] = frozenset()
    ) -> list[Suggestion]:
        """Return things whose names have the words, the last of which may be unfinished."""
        typed = words(text)[:MAX_WORDS]
        if not typed:
            return []
        ids = self._named(" ".join(typed), typed, limit)
        if len(ids) < limit:
            known = [self._finished(word) for word in typed[:-1]]
            last = typed[-1]
            if last not in self.vocabulary and not self.vocabulary.completions(last):
                last = self.vocabulary.closest(last) or last
            others = [*known, last]
            if others != typed:
                ids = list(dict.fromkeys([*ids, *self._named(" ".join(others), others, limit)]))
        shown = self._about(ids)
        return [
            Suggestion(iri, label, self._labels["kind", kind])
            for iri, kind, label, _ in (shown[number] for number in ids)
            if iri not in without
        ][:limit]

    def _finished(self, word: str) -> str:
        return word if word in self.vocabulary else self.vocabulary.closest(word) or word

    def _named(self, start: str, typed: Sequence[str], limit: int) -> list[int]:
        """Return things by name: called so, then beginning so, then having the words."""
        begun = self._rows(
            "SELECT thing, MIN(folded != ?) AS other, MAX(own) AS own, MIN(LENGTH(folded)) AS n "
            "FROM name JOIN thing ON thing.id = thing WHERE folded >= ? AND folded < ? "
            "GROUP BY thing ORDER BY other, CASE other WHEN 0 THEN 1 - own END, "
            "weight DESC, own DESC, n, label LIMIT ?",
            (start, start, start + "\U0010ffff", limit),
        )
        ids = [row[0] for row in begun]
        if len(ids) < limit:
            match = " AND ".join([*map(self._either, typed[:-1]), self._either(typed[-1], "*")])
            ids += self._ids(
                "SELECT names.rowid FROM names JOIN thing ON thing.id = names.rowid "
                "WHERE names MATCH ? ORDER BY bm25(names, 2.0, 1.0) * weight LIMIT ?",
                (match, 2 * limit),
            )
        return list(dict.fromkeys(ids))

    def _either(self, word: str, end: str = "") -> str:
        forms = [_quoted(form) + end for form in (word, *self.vocabulary.variants(word))]
        return f"({' OR '.join(forms)})"

    def _query(self, text: str) -> _Query:
        """Return the query for what somebody typed; words in quotation marks stay together."""
        query = _Query()
        room = MAX_WORDS
        for number, part in enumerate(text.replace("“", '"').replace("”", '"').split('"')):
            typed = words(part)[:room]
            room -= len(typed)
            if number % 2 and len(typed) > 1:
                query.groups.append(_quoted(" ".join(typed)))
                query.telling.append(query.groups[-1])
            else:
                self._add(query, typed)
        return query

    def _add(self, query: _Query, typed: Sequence[str]) -> None:
        """Add words that must all match, each in one of its spellings."""
        joined = [a + b if a + b in self.vocabulary else "" for a, b in pairwise(typed)]
        at = 0
        while at < len(typed):
            group = self._spellings(query, typed[at])
            tells = typed[at] not in _OF_QUESTIONS
            if at < len(joined) and joined[at]:
                # Written apart here, in one word there.
                both = f"{group} AND {self._spellings(query, typed[at + 1])}"
                group = f"(({both}) OR {_quoted(joined[at])})"
                at += 1
            at += 1
            if group:
                query.groups.append(group)
                query.telling += [group] if tells else []

    def _spellings(self, query: _Query, word: str) -> str:
        """Return the expression for a word: itself and its variants, or what comes closest."""
        known = self.vocabulary
        forms = self._forms(word) or known.completions(word)
        if not forms:
            instead = known.closest(word)
            if instead is None:
                query.unknown.append(word)
                return ""
            query.corrected.append((word, instead))
            forms = self._forms(instead)
        listed = " OR ".join(map(_quoted, forms))
        return f"({listed})" if len(forms) > 1 else listed

    def _forms(self, word: str) -> list[str]:
        """Return the word and its other spellings, together or apart, as far as they are known."""
        known = self.vocabulary
        forms = [word] if word in known or self._matches(_quoted(word)) else []
        forms += known.variants(word)
        pairs = (f"{one} {two}" for one, two in known.parts(word))
        return [*forms, *(pair for pair in pairs if self._matches(_quoted(pair)))]

    def _matches(self, expression: str) -> bool:
        return bool(self._rows("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (expression,)))

    def _scores(self, text: str, query: _Query, expression: str) -> dict[int, float]:
        """Return the things that match with their scores; the least goes first.

        What is called exactly so goes before all others, then what has all words in its names.
        """
        scores = self._ranked(expression)
        for start in self._called(text, query):
            end = start + "\U0010ffff"
            for number, same, own in self._rows(
                "SELECT thing, folded = ?, own FROM name WHERE folded >= ? AND folded < ?",
                (start, start, end),
            ):
                if same:
                    bonus = 1e6 if own else 1e5
                    scores[number] = scores.get(number, 0) - bonus * self._weights[number]
                elif own and number in scores and scores[number] > -1e3:
                    scores[number] = scores[number] * _BEGINS - 1e3
        in_names = f"{{label names aliases}} : ({expression})"
        for number in self._ids("SELECT rowid FROM words WHERE words MATCH ?", (in_names,)):
            if scores[number] > -1e3:
                scores[number] -= 1e3
        return scores

    def _called(self, text: str, query: _Query) -> set[str]:
        """Return what was typed as a name, corrected and in a few other spellings."""
        instead = dict(query.corrected)
        typed = [instead.get(word, word) for word in words(text)[:MAX_WORDS]]
        spellings = product(*([word, *self.vocabulary.variants(word)] for word in typed))
        return {folded(text), *(" ".join(some) for some in islice(spellings, _SPELLINGS))}

    def _ranked(self, expression: str) -> dict[int, float]:
        weights = self._weights
        found = self._rows(_RANKED, (expression,))
        return {number: score * weights[number] for number, score in found}

    def _ordered(self, matching: Iterable[int], scores: Mapping[int, float]) -> list[int]:
        weights = self._weights
        return sorted(matching, key=lambda n: (scores.get(n, 0.0), -weights[n], n))

    def _divided(
        self,
        name: str,
        hits: Iterable[int],
        chosen: Mapping[str, frozenset[int]],
        values: Sequence[str],
    ) -> tuple[Value, ...]:
        """Return the values of a facet, counted in what all other facets let through."""
        rest = _within(hits, [things for other, things in chosen.items() if other != name])
        counted = [
            Value(value, self._labels[name, value], number, value in values)
            for name, value in self._of_field[name]
            if (number := len(rest & self._facets[name, value])) or value in values
        ]
        if name == "year":
            return tuple(sorted(counted, key=lambda item: item.value, reverse=True))
        return tuple(sorted(counted, key=lambda item: (-item.count, item.label, item.value)))

    def _results(self, ids: Sequence[int], expression: str) -> list[Result]:
        about = self._about(ids)
        marks = self._marks(ids, expression) if expression else {}
        found = []
        for number in ids:
            iri, kind, label, text = about[number]
            marked, excerpt = marks.get(number, ("", ""))
            if not excerpt:
                excerpt = _start(text)
            sources = [
                (value, self._labels[name, value])
                for name, value in self._of_field["source"]
                if number in self._facets[name, value]
            ]
            found.append(
                Result(
                    iri,
                    kind,
                    self._labels["kind", kind],
                    _pieces(marked or label),
                    _pieces(excerpt),
                    tuple(sorted(sources, key=lambda item: item[1])),
                )
            )
        return found

    def _about(self, ids: Sequence[int]) -> dict[int, tuple[str, str, str, str]]:
        statement = "SELECT id, iri, kind, label, excerpt FROM thing WHERE id = ?"
        rows = [row for number in ids for row in self._rows(statement, (number,))]
        return {row[0]: row[1:] for row in rows}

    def _marks(self, ids: Sequence[int], expression: str) -> dict[int, tuple[str, str]]:
        """Return labels with the words that matched between marks, and an excerpt likewise."""
        found = {}
        for number in ids:
            for label, *excerpts in self._rows(_MARKED, (expression, number)):
                marked = (excerpt for excerpt in excerpts if _BEGIN in excerpt)
                # Other names say nothing new where the label has the words already.
                best = next(marked, "") if _BEGIN not in label or _BEGIN in excerpts[0] else ""
                found[number] = (label, best)
        return found

    def _ids(self, statement: str, values: tuple[object, ...]) -> list[int]:
        return [row[0] for row in self._rows(statement, values)]

    def _rows(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Written once: nothing need be locked. It may be removed while it is read.
            connection = self._local.connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
        return connection.execute(statement, values).fetchall()


def _within(hits: Iterable[int], sets: Iterable[frozenset[int]]) -> set[int]:
    found = set(hits)
    for things in sets:
        found &= things
    return found


def _quoted(text: str) -> str:
    """Return a string of FTS5: what is in it is words, never an operator."""
    return f'"{text}"'


def _start(text: str) -> str:
    if len(text) <= _START_CHARACTERS:
        return text
    return text[:_START_CHARACTERS].rpartition(" ")[0] + "…"


def _pieces(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text in which marks stand around the words that matched."""
    pieces = []
    for number, part in enumerate(text.split(_BEGIN)):
        marked, end, rest = part.partition(_END) if number else ("", "", part)
        if end:
            pieces.append(Piece(marked, marked=True))
        if rest:
            pieces.append(Piece(rest))
    return tuple(pieces)
