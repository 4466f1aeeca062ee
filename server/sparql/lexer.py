"""SPARQL text cut into the few kinds of token that we look at (SPARQL 1.1, section 19.8).

It decides nothing about safety by itself: where `<` could open an IRI or be "less than" it takes
the IRI, as the grammar's longest match does. What must hold whatever the text is, is checked with
the engine's own parser (see `server.sparql.guard`).
"""

import re
from collections.abc import Iterator
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
