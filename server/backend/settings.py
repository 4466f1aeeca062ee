"""How another SPARQL engine is reached, as the environment says."""

import re
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """The addresses of a SPARQL engine, and who we are there.

    `query` takes queries (SPARQL 1.1 Protocol). Only `cebu publish` writes: to `store` (Graph Store
    HTTP Protocol) or to `update` (SPARQL 1.1 Protocol). `seconds` lie between two looks at which
    data there are.
    """

    query: str = ""
    store: str = ""
    update: str = ""
    user: str = ""
    # Never shown, not even by accident.
    password: str = field(default="", repr=False)
    seconds: int = 10


_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+(?:/[^\s#]*)?(?:\?[^\s#]*)?")


def is_address(text: str) -> bool:
    """Say whether this is an http address without a name and password in it (RFC 3986)."""
    return _ADDRESS.fullmatch(text) is not None
