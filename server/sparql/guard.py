"""What a query must satisfy before the engine sees it.

Three rules. It is bounded in length and nesting. It has no SERVICE but for hosts that the operator
named: the engine would call whatever address stands there and has no switch against it. Its
dataset (FROM, FROM NAMED) is made of graphs that are here, because an empty answer about a graph
that is not is taken for "no data".

Whether SERVICE is *used* or only mentioned (in a string, a comment, a name) is asked of the
engine's own parser: the same text with the word spelled in a way that is no keyword parses if and
only if the word is no keyword there. A second parser could be led to another opinion than the
engine's, for instance by escapes that one of them decodes earlier; the engine's own cannot.
"""

import re
import string
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from server.http.problems import Problem
from server.sparql import syntax
from server.sparql.lexer import nesting, occurrences, replaced, tokens

MAX_BYTES: Final = 64 * 1024
MAX_NESTING: Final = 100
_NAMING_WORDS: Final = ("GRAPH", "FROM", "DESCRIBE")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The addresses of the graphs that a query is over (SPARQL 1.1, section 13.2)."""

    defaults: tuple[str, ...]
    named: tuple[str, ...]


def check_size(text: str) -> None:
    """Raise `Problem` if the query is longer or deeper than we let a parser see."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        raise Problem(
            "query-too-long",
            f"The query has {length:,} bytes; at most {MAX_BYTES:,} are taken.",
            more={"limit": MAX_BYTES},
        )
    depth = too_deep(text)
    if depth:
        raise Problem(
            "query-too-deep",
            f"The brackets of the query are nested {depth:,} deep; "
            f"at most {MAX_NESTING} are taken.",
            more={"limit": MAX_NESTING},
        )


def too_deep(text: str) -> int:
    """Return how deep brackets are nested if that is more than we let a parser see, else 0."""
    # Fewer brackets than the limit cannot nest deeper than it: most texts stop here.
    if sum(text.count(bracket) for bracket in "({[") <= MAX_NESTING:
        return 0
    depth = nesting(text)
    return depth if depth > MAX_NESTING else 0


def check_reach(text: str, graphs: Collection[str], hosts: Collection[str] = ()) -> Dataset | None:
    """Return the dataset that the query's own FROM clauses name, None if it has none.

    Raises `Problem` if it would call a server that is not among `hosts` or names a graph not among
    `graphs`. Parses, so it needs as much stack as evaluating does (see `server.engine.evaluation`).
    """
    if _uses(without_calls(text, hosts) if hosts else text, "SERVICE"):
        raise Problem(
            "service-refused",
            "The query uses SERVICE, which would make this server call another.",
            next_step=f"Write the full address of an endpoint at {', '.join(sorted(hosts))}."
            if hosts
            else "",
        )
    if not _uses(text, "FROM"):
        return None
    dataset = _dataset(text)
    check_graphs([*dataset.defaults, *dataset.named], graphs)
    return dataset


def names_graphs(text: str) -> bool:
    """Say whether the answer may depend on more than the default graph; if in doubt, yes.

    The engine describes a thing by the statements of all graphs. An escape could spell the words,
    and the engine's parser takes them without a space behind or before.
    """
    upper = text.upper()
    if "\\U" in upper:
        return True
    if not any(word in upper for word in _NAMING_WORDS):
        return False
    # What is "less than" is read as the start of an IRI up to the next ">". Between the two no
    # keyword has room, for what follows it has a character that is in no IRI; but a single quote
    # has, and from there on strings and the rest would be taken for each other.
    return any(
        "'" in token.text
        if token.kind == "iri"
        else token.kind in {"word", "name"}
        and any(word in token.text.upper() for word in _NAMING_WORDS)
        for token in tokens(text)
    )


def check_graphs(names: Collection[str], graphs: Collection[str]) -> None:
    """Raise `Problem` if one of `names` is not the address of a graph among `graphs`."""
    for name in names:
        if name not in graphs:
            raise Problem("graph-unknown", f"<{name}> is not a graph of this dataset.")


def without_calls(text: str, hosts: Collection[str]) -> str:
    """Return the text with GRAPH in place of each SERVICE whose address is at one of `hosts`.

    The two keywords stand in the same places of the grammar. The address is the very one that the
    engine will read: an absolute IRI in full, without escapes or a prefix. Whatever other SERVICE
    there is stays, for the engine's own parser to find.
    """
    return replaced(
        text,
        (
            (word.start, after[0].start, "GRAPH ")
            for word, after in occurrences(text, "SERVICE")
            if after and after[0].kind == "iri" and _is_at(after[0].text[1:-1], hosts)
        ),
    )


def _is_at(address: str, hosts: Collection[str]) -> bool:
    """Say whether the address is an http one at one of `hosts`, and nothing in it is unusual."""
    match = re.fullmatch(r"https?://([a-z0-9.-]+(?::[0-9]{1,5})?)(?:/[^\\]*)?", address)
    return match is not None and match[1] in hosts


def _uses(text: str, keyword: str) -> bool:
    """Say whether `keyword` is used as one.

    Raises `Problem` if the query does not parse whichever way the word is spelled, so that a text
    of which the parser said nothing certain is never evaluated.
    """
    if keyword not in text.upper():
        return False
    other = other_spelling(text, keyword)
    if other is None:
        return True
    mistake = syntax.find_mistake(re.sub(keyword, other, text, flags=re.IGNORECASE))
    if mistake is None:
        return False
    if other in mistake.near.lower():
        return True
    raise syntax.problem(mistake)


def other_spelling(text: str, keyword: str) -> str | None:
    """Return a word as long as `keyword` that is no keyword and stands nowhere in `text`."""
    lower = text.lower()
    for letter in string.ascii_lowercase[::-1]:
        word = keyword[:-1].lower() + letter
        if letter != keyword[-1].lower() and word not in lower:
            return word
    return None


def _dataset(text: str) -> Dataset:
    """Return the addresses in the query's FROM and FROM NAMED clauses, made absolute."""
    # Loading it takes a tenth of the server's start; query processes have it loaded.
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        clauses = translateQuery(parseQuery(text), base=syntax.BASE_IRI).algebra.datasetClause
    except Exception as error:  # rdflib raises many kinds, RecursionError among them
        raise Problem(
            "graph-unknown",
            "The query has a FROM clause, and its graphs could not be read from it.",
            next_step="Send them as default-graph-uri and named-graph-uri instead.",
        ) from error
    return Dataset(
        tuple(str(clause.default) for clause in clauses if clause.default),
        tuple(str(clause.named) for clause in clauses if clause.named),
    )
