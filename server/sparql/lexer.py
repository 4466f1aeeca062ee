"""SPARQL text cut into the few kinds of token that we look at (SPARQL 1.1, section 19.8).

It decides nothing about safety by itself: where `<` could open an IRI or be "less than" it takes
the IRI, as the grammar's longest match does. What must hold whatever the text is, is checked with
the engine's own parser (see `server.sparql.guard`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}
               | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
               | "(?:[^"\\\r\n]|\\.)*"
               | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<name>(?:\w[\w.-]*)?:(?:\\.|[\w.:%-])*)
    | (?P<word>\w+)
    | (?P<bracket>[(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)

# As many tokens behind a keyword are looked at.
_BEHIND: Final = 4


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: its kind (a group name of the pattern), text and place."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order, comments and strings as single tokens."""
    for match in _TOKEN.finditer(text):
        yield Token(match.lastgroup or "", match.group(), match.start(), match.end())


def occurrences(text: str, keyword: str) -> Iterator[tuple[Token, list[Token]]]:
    """Yield each word that may be the keyword, and the tokens behind it, but for SILENT.

    Comments are no tokens here.
    """
    found = [token for token in tokens(text) if token.kind != "comment"]
    for index, token in enumerate(found):
        if token.kind == "word" and token.text.upper() == keyword:
            silent = found[index + 1 : index + 2]
            is_silent = bool(silent) and silent[0].text.upper() == "SILENT"
            first = index + 1 + is_silent
            yield token, found[first : first + _BEHIND]


def replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """Return the text with others in place of its parts from one place to another, in order."""
    pieces, rest = [], 0
    for start, end, other in changes:
        pieces += [text[rest:start], other]
        rest = end
    return "".join([*pieces, text[rest:]])


def nesting(text: str) -> int:
    """Return how deep brackets of any kind are nested in `text`."""
    depth = deepest = 0
    for token in tokens(text):
        if token.kind == "bracket":
            if token.text in "({[":
                depth += 1
                deepest = max(deepest, depth)
            else:
                depth = max(0, depth - 1)
    return deepest
