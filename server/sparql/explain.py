"""Why a query answers nothing: the first pattern of it that has no match.

The patterns that every solution must match are asked for one more at a time, each time with ASK
through the same engine, until there is no match. What need not match (OPTIONAL, MINUS, the sides of
a UNION) is left out, and so are subqueries, whose variables are their own. Filters come last.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from rdflib import BNode, Variable
from rdflib.paths import Path
from rdflib.term import Identifier

from ontology.namespaces import PREFIXES
from server.engine.evaluation import Answer, QueryRequest
from server.http.problems import Problem
from server.sparql.guard import Dataset

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue

Ask = Callable[[QueryRequest], Answer]

# More patterns than that are not looked at: each costs a query.
MAX_PATTERNS: Final = 50

# What an algebra node must match is in its `p` (both sides of a join apart).
_THROUGH: Final = {
    "SelectQuery", "AskQuery", "ConstructQuery", "DescribeQuery", "Project", "Distinct", "Reduced",
    "OrderBy", "Slice", "Extend", "Filter", "Group", "AggregateJoin",
}  # fmt: skip


def explanation(request: QueryRequest, ask: Ask) -> dict[str, Any]:
    """Return `empty`, and if it is true, `reason` and the `pattern` without a match.

    Raises `Problem` if the query cannot be taken apart or one of the questions fails.
    """
    from rdflib.plugins.sparql.algebra import translateQuery  # as in `server.sparql.guard`
    from rdflib.plugins.sparql.parser import parseQuery

    if not _is_empty(ask(_plain(request))):
        return {"empty": False}
    try:
        query = translateQuery(parseQuery(request.text))
        patterns = list(_patterns(query.algebra, ""))
        dataset = request.dataset or _dataset(query.algebra)
    except Exception as error:  # rdflib raises many kinds, RecursionError among them
        raise Problem(
            "query-failed", "This query is too intricate to explain.", status=400
        ) from error

    def matches(some: list[str]) -> bool:
        text = "ASK { " + " ".join(some) + " }"
        return not _is_empty(ask(_plain(request._replace(text=text, dataset=dataset))))

    for count in range(1, min(len(patterns), MAX_PATTERNS) + 1):
        if matches(patterns[:count]):
            continue
        pattern = patterns[count - 1]
        is_alone = count == 1 or not matches([pattern])
        reason = "has no match" if is_alone else "has no match that fits the patterns before it"
        return {
            "empty": True,
            "reason": f"The pattern {_short(pattern)} {reason}.",
            "pattern": _short(pattern),
            "matches_alone": not is_alone,
            "before": [_short(one) for one in patterns[: count - 1]],
        }
    return {
        "empty": True,
        "reason": "Every pattern has a match together with the others: what leaves nothing is a "
        "FILTER, MINUS, UNION, VALUES, HAVING, LIMIT or OFFSET.",
        "pattern": None,
        "before": [_short(one) for one in patterns[:MAX_PATTERNS]],
    }


def _plain(request: QueryRequest) -> QueryRequest:
    """Return the request in formats of which the first lines tell whether there is anything."""
    return request._replace(bindings="tsv", boolean="tsv", graph="nt")


def _is_empty(result: Answer) -> bool:
    """Say whether the query has no solution."""
    match result.kind:
        case "boolean":
            return result.body.strip() == b"false"
        case "graph":
            return not result.body
        case "bindings":
            return result.body.count(b"\n") <= 1


def _patterns(node: "CompValue", graph: str) -> Iterator[str]:
    """Yield the triple patterns that every solution must match, as SPARQL text."""
    if node.name == "BGP":
        for triple in node.triples:
            text = " ".join(_text(term) for term in triple) + " ."
            yield f"GRAPH {graph} {{ {text} }}" if graph else text
    elif node.name == "Join":
        yield from _patterns(node.p1, graph)
        yield from _patterns(node.p2, graph)
    elif node.name in {"LeftJoin", "Minus"}:
        yield from _patterns(node.p1, graph)
    elif node.name == "Graph":
        yield from _patterns(node.p, _text(node.term))
    elif node.name in _THROUGH and hasattr(node.get("p"), "name"):
        yield from _patterns(node.p, graph)


def _text(term: Identifier | Path) -> str:
    if isinstance(term, BNode):
        return str(Variable(f"blank_{term}").n3())
    if isinstance(term, Path):
        return f"({term.n3()})"
    return str(term.n3())


def _short(pattern: str) -> str:
    """Return the pattern with our prefixes, for people."""
    for name, namespace in PREFIXES.items():
        pattern = re.sub(rf"<{re.escape(str(namespace))}([\w-]*)>", rf"{name}:\1", pattern)
    return pattern.removesuffix(" .")


def _dataset(algebra: "CompValue") -> Dataset | None:
    clauses = algebra.datasetClause
    if not clauses:
        return None
    return Dataset(
        tuple(str(clause.default) for clause in clauses if clause.default),
        tuple(str(clause.named) for clause in clauses if clause.named),
    )
