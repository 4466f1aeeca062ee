"""What one query may take of the server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of every query, set by the operator.

    `seconds` from the start of its evaluation, `memory` in bytes beyond what an idle query process
    has, `rows` of a table or statements of a graph, `size` in bytes of a serialised answer.
    `write_seconds` are those of a change, which is made by an operator and may be a whole graph.
    `service_hosts` are the hosts (with a port where it is not the usual one) that SERVICE may call.
    """

    seconds: float = 30.0
    memory: int = 1024 * 1024 * 1024
    rows: int = 1_000_000
    size: int = 128 * 1024 * 1024
    service_hosts: frozenset[str] = frozenset()
    write_seconds: float = 120.0

    def time_for(self, asked: float | None) -> float:
        """Return the time limit of a query in seconds: what it asks for can only lower it."""
        return self.seconds if asked is None else min(self.seconds, asked)
