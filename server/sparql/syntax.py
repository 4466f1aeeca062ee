"""Where and why a query does not parse, in a reader's words.

The engine's parser names the farthest place that any attempt reached. A keyword that does not
match counts as reached to its own length, so that place lies up to fourteen characters behind the
mistake, and often hides it. We parse the text once more with wide gaps between its parts: then the
farthest place falls into the part (or the gap behind it) where the parser really stopped.
"""

import re
import secrets
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import BASE, PREFIXES
from server.http.problems import Problem
from server.sparql.lexer import Token, tokens

# Relative addresses in a query without BASE are relative to the endpoint's own address, at its
# permanent host (RFC 3986, section 5.1): `<id/state/viet-nam>` is one of ours on every host.
BASE_IRI: Final = BASE + "sparql"
# Longer than the longest keyword of the grammar, ENCODE_FOR_URI.
_GAP: Final = " " * 24
_MESSAGE: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_CLASS: Final = re.compile(r"\[[^\]]*'[^\]]*\]|\[_\]|\s*\|\s*")
_TEXT: Final = re.compile(r"\S+")
_NAMES: Final = {
    "?": "a variable",
    "<": "an address",
    "'": "a string",
    "{": "{",
    "}": "}",
    "(": "(",
    ")": ")",
}
# Parts of the language that this server refuses.
_NOT_OFFERED: Final = {"SERVICE", "LATERAL"}
_UNDECLARED: Final = "Prefix not found"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A place where a query stops making sense.

    `line` and `column` count from 1; `near` is the part of the text that stands there, empty at
    the end of the query; `reason` is the engine's, if it names one; `expected` are some of the
    things that could stand there.
    """

    line: int
    column: int
    near: str
    reason: str
    expected: tuple[str, ...]


def find_mistake(text: str, error: Callable[[str], str | None] | None = None) -> Mistake | None:
    """Return the first place where `text` is no query, or None if it parses.

    `error` says what the parser finds wrong with a text, None for nothing; without it the parser
    of queries is asked.

    Nothing is evaluated on data. The parser goes as deep as the text asks: give it the stack
    (see `server.engine.evaluation`).
    """
    error = error or _error
    if error(text) is None:
        return None
    spaced, places = _spaced(text)
    message = error(spaced)
    if message is None:
        return None
    match = _MESSAGE.match(message)
    if match is None:
        return Mistake(1, 1, "", message, ())
    at = _offset(spaced, int(match[1]), int(match[2]))
    index = max(0, bisect_right(places, (at, len(text))) - 1)
    spaced_start, start = places[index]
    near = spaced[spaced_start:].partition(_GAP)[0].strip()
    reason, expected = _explanation(match[3], at - spaced_start)
    if name := _undeclared(text, start, start + len(near)):
        start, near, reason = name.start, name.text, _UNDECLARED
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Mistake(line, column, near, reason, expected)


def problem(mistake: Mistake) -> Problem:
    """Return the problem that tells a client of the mistake and how to mend it."""
    near = f"near {mistake.near[:60]!r}" if mistake.near else "at the end"
    place = f"Line {mistake.line}, column {mistake.column}, {near}"
    more = {"line": mistake.line, "column": mistake.column, "expected": list(mistake.expected)}
    prefix = mistake.near.partition(":")[0]
    if mistake.reason == _UNDECLARED:
        namespace = PREFIXES.get(prefix, "...")
        where = "this line at the top of the query" if prefix in PREFIXES else "its address"
        return Problem(
            "query-syntax",
            f"{place}: the prefix {prefix}: is not declared.",
            next_step=f"Add {where}: PREFIX {prefix}: <{namespace}>",
            more=more,
        )
    detail = place
    if mistake.reason:
        detail += f": {mistake.reason}"
    elif mistake.expected:
        detail += f": expected {' or '.join(mistake.expected)}, among others"
    return Problem("query-syntax", detail + ".", more=more)


def _undeclared(text: str, start: int, end: int) -> Token | None:
    """Return the first prefixed name between `start` and `end` whose prefix is not declared.

    The engine often stops behind such a name for another reason that reaches farther.
    """
    found = [token for token in tokens(text) if token.kind in {"word", "name"}]
    declared = {name.text for word, name in pairwise(found) if word.text.upper() == "PREFIX"}
    for token in found:
        if start <= token.start < end and token.kind == "name":
            prefix = token.text.partition(":")[0] + ":"
            if prefix not in declared and prefix != "_:":
                return token
    return None


def _error(text: str) -> str | None:
    # A value for a variable that is nowhere in the text is refused after the parse and before the
    # evaluation, which could last even on no data (VALUES, joined often enough). No text can guess
    # the name.
    absent: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]
    absent = {ox.Variable(f"absent{secrets.token_hex(8)}"): ox.Literal("")}
    try:
        ox.Store().query(text, base_iri=BASE_IRI, substitutions=absent)
    except SyntaxError as error:
        return str(error)
    except RuntimeError:
        return None
    raise AssertionError("the engine no longer refuses values for variables that are not there")


def _spaced(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return `text` with wide gaps, and for each part its start there and its start in `text`.

    The last entry is the end of the text.
    """
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length = 0
    for start, end in _parts(text):
        places.append((length, start))
        pieces.append(text[start:end] + _gap(text[start:end]))
        length += len(pieces[-1])
    places.append((length, len(text.rstrip())))
    return "".join(pieces), places


def _gap(part: str) -> str:
    """Return the gap behind a part: the engine takes no space between COALESCE and its list."""
    return "" if part.upper().endswith("COALESCE") else _GAP


def _parts(text: str) -> list[tuple[int, int]]:
    """Return the spans of `text` between white space and comments, braces and parentheses alone.

    Strings, names and addresses stay whole, with the operators that touch them.
    """
    parts: list[tuple[int, int]] = []
    was_alone = True
    for start, end, alone in _units(text):
        if parts and parts[-1][1] == start and not alone and not was_alone:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
        was_alone = alone
    return parts


def _units(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the span of each token and each operator, and whether it is a brace or parenthesis."""
    rest = 0
    for token in tokens(text):
        yield from (
            (found.start(), found.end(), False) for found in _TEXT.finditer(text, rest, token.start)
        )
        if token.kind != "comment":
            yield token.start, token.end, token.kind == "bracket" and token.text in "(){}"
        rest = token.end
    yield from ((found.start(), found.end(), False) for found in _TEXT.finditer(text, rest))


def _offset(text: str, line: int, column: int) -> int:
    """Return the index in `text` of a line and column that both count from 1."""
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return min(start + column - 1, len(text))


def _explanation(listed: str, depth: int) -> tuple[str, tuple[str, ...]]:
    """Return the reason among what the parser lists, and what it expected `depth` characters back.

    A keyword counts if its attempt began where the part begins; a sentence is a reason; the rest
    (character classes) says nothing to a reader.
    """
    items = [item.strip() for item in _CLASS.sub("", listed).split(", ")]
    reason = next((item for item in items if re.fullmatch(r"\w+( \w+)+", item)), "")
    keywords = [
        item
        for item in items
        if re.fullmatch(r"[A-Z_]{2,}", item) and len(item) == depth and item not in _NOT_OFFERED
    ]
    signs = {item[1:-1] for item in items} if depth == 0 else set()
    named = [name for sign, name in _NAMES.items() if sign in signs]
    return reason, tuple([*named, *keywords][:8])
