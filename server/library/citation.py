"""How to cite an answer: what was asked, of which version of the graph, and its address."""

from collections.abc import Iterable

from server.history.memento import when
from server.services import services

_TITLE = "Cebu: a knowledge graph of ASEAN labour-migration governance"
_DIGITS = 12


def citation(title: str, chosen: Iterable[str], address: str) -> str:
    """Return the citation as plain text; `chosen` are the values that were asked for."""
    data = services().data
    since = when(data.number)
    version = f"version {data.number} ({data.version[:_DIGITS]})"
    dated = f"{version} of {since:%-d %B %Y}" if since else version
    values = "; ".join(chosen)
    asked = f"“{title}” ({values})" if values else f"“{title}”"
    return f"{asked}. {_TITLE}, {dated}. {address}"
