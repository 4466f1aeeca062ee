"""Whether servers give the same answers: no ratio is taken where they do not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from tests.bench.target import Answer, Rows, Target

_NUMBER: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?")
_SECONDS: Final = 60.0


@dataclass
class Comparison:
    """What the servers answered: differences and seconds by server and query, bytes by query."""

    differences: dict[tuple[str, str], str] = field(default_factory=dict)
    # So that slow queries get time enough under load.
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def same(self, target: str, query: str) -> bool:
        """Say whether the server answered the query as the first one did."""
        return (target, query) not in self.differences


def compare(targets: Sequence[Target], queries: Mapping[str, str]) -> Comparison:
    """Ask every server every query, and compare with the first server's rows as multisets."""
    found = Comparison()
    first, *others = targets
    for name, text in queries.items():
        expected = first.ask(text, _SECONDS)
        if expected.status != 200:
            raise RuntimeError(f"{first.name} refused {name}: {expected.body[:300]!r}")
        found.seconds[first.name, name] = expected.seconds
        found.sizes[name] = len(expected.body)
        for target in others:
            try:
                answer = target.ask(text, _SECONDS)
            except OSError:
                found.differences[target.name, name] = f"no answer within {_SECONDS:.0f} s"
                continue
            found.seconds[target.name, name] = answer.seconds
            if said := difference(expected, answer):
                found.differences[target.name, name] = said
    return found


def difference(expected: Answer, answer: Answer) -> str:
    """Say in a few words how an answer differs; nothing if it does not."""
    if answer.status != 200:
        words = " ".join(answer.body.decode(errors="replace").split())
        return f"refused with {answer.status}: {words[:100]}"
    one, other = expected.rows, answer.rows
    if one == other:
        return ""
    if _numbers(one) == _numbers(other):
        return "the same numbers, written otherwise"
    return f"other rows: {(one - other).total()} lack, {(other - one).total()} are not asked for"


def _numbers(rows: Rows) -> Rows:
    """Return the rows with each number written in one way."""
    plain = Rows()
    for row, count in rows.items():
        plain[tuple(map(_number, row))] += count
    return plain


def _number(cell: str) -> str:
    if not _NUMBER.fullmatch(cell):
        return cell
    try:
        return str(Decimal(cell).normalize())
    except InvalidOperation:
        return cell
