"""Changes of the dataset in plain values that another process can be sent."""

from dataclasses import dataclass, field
from typing import Literal

from server.store.deltas import Delta, net
from server.store.rdf_patch import Heading

Action = Literal["put", "add", "drop"]


@dataclass(frozen=True, slots=True)
class SparqlUpdate:
    """A SPARQL 1.1 Update request.

    `defaults` and `named` are the dataset that the request itself names (SPARQL 1.1 Protocol,
    section 2.2.3).
    """

    text: str
    defaults: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """An RDF document: its bytes, their media type, and what its addresses are relative to."""

    body: bytes
    media_type: str
    base: str


@dataclass(frozen=True, slots=True)
class GraphChange:
    """A change of one graph (SPARQL 1.1 Graph Store HTTP Protocol, section 5).

    `put` makes the graph what the documents say, `add` adds that, `drop` removes the graph.
    `graph` is its address, None for the default graph. With `whole` the documents say themselves
    to which graphs their statements belong. `expects` says that the graph must be there, or that it
    must not.
    """

    action: Action
    graph: str | None
    documents: tuple[Document, ...] = ()
    whole: bool = False
    expects: bool | None = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """A change that makes a delta.

    All of it: whatever of it is so already is a conflict; unless `partly`, then that stays so.
    """

    delta: Delta
    partly: bool = False


Wanted = SparqlUpdate | GraphChange | Restoration


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change that, if it changes anything, is recorded under a heading (PROV-O)."""

    wanted: Wanted
    heading: Heading


Change = Wanted | Recorded


@dataclass(frozen=True, slots=True)
class Changed:
    """That a change was made to the draft, and what it did.

    `created` says that it made the graph that it was to be made to. `record` is what was written
    into the graph of provenance beside it.
    """

    created: bool = False
    delta: Delta = field(default_factory=Delta)
    record: Delta = field(default_factory=Delta)

    @property
    def whole(self) -> Delta:
        """Return both."""
        return net((self.delta, self.record))
