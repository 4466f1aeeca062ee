"""Values for the variables of a query, put into its text.

pyoxigraph's `substitutions` only take variables that the query projects and do not reach into
subqueries, and a VALUES block in one place binds only its own group. So each group that mentions
the variable gets the same VALUES block: the joins make that equal to writing the value there, in
subqueries, UNION, OPTIONAL, MINUS and EXISTS alike, and the text stays plain SPARQL that any
endpoint runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.sparql.lexer import Token, tokens

_NO_PATTERN = {"CONSTRUCT", "VALUES", "DATA"}


@dataclass(slots=True)
class _Group:
    """A pair of braces: where it opens, whether triples patterns stand in it, its variables."""

    opened: int
    is_pattern: bool
    variables: set[str] = field(default_factory=set)


def bind(text: str, values: Mapping[str, str]) -> str:
    """Return the query `text` with each variable of `values` bound to its term.

    The terms are in SPARQL syntax, such as `<https://w3id.org/cebu/id/state/viet-nam>`.
    Raises `ValueError` if the query does not mention a variable in any group.
    """
    groups = [group for group in _groups(text) if group.is_pattern]
    missing = set(values) - set().union(*(group.variables for group in groups))
    if missing:
        names = ", ".join(f"?{name}" for name in sorted(missing))
        raise ValueError(f"the query has no pattern with {names}")
    pieces = []
    rest = 0
    for group in sorted(groups, key=lambda group: group.opened):
        blocks = [
            f" VALUES ?{name} {{ {values[name]} }}"
            for name in sorted(group.variables & set(values))
        ]
        pieces += [text[rest : group.opened], *blocks]
        rest = group.opened
    return "".join([*pieces, text[rest:]])


def _groups(text: str) -> list[_Group]:
    found: list[_Group] = []
    opened: list[_Group] = []
    word = ""
    stream = [token for token in tokens(text) if token.kind != "comment"]
    for index, token in enumerate(stream):
        if token.kind == "word":
            word = token.text.upper()
        elif token.kind == "variable" and opened:
            opened[-1].variables.add(token.text[1:])
        elif token.text == "{" and token.kind == "bracket":
            after = stream[index + 1] if index + 1 < len(stream) else None
            group = _Group(token.end, word not in _NO_PATTERN and not _is_subquery(after))
            opened.append(group)
            found.append(group)
            word = ""
        elif token.text == "}" and token.kind == "bracket" and opened:
            opened.pop()
            word = ""
    return found


def _is_subquery(token: Token | None) -> bool:
    return token is not None and token.kind == "word" and token.text.upper() == "SELECT"
