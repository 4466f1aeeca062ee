"""Member states by their printed names, the formal ones included."""

from __future__ import annotations

from rdflib import URIRef

from ingest.names import NameRegistry
from ingest.source_text import printed_words
from ontology.terms import Cebu


def member_state(names: NameRegistry, printed: str) -> URIRef:
    """Return the state that the words name and nothing else; an article before it is no matter.

    Raises:
        ValueError: they are not the whole name of one; says which known names are like them.

    """
    name = printed_words(printed).removeprefix("the ")
    for mention in names.mentions(printed):
        same = mention.spelling.removeprefix("the ") == name
        if same and mention.thing.kind_of_thing == Cebu.MemberState:
            return mention.thing.iri
    like = "; ".join(names.candidates(name)) or "none"
    raise ValueError(f"{name!r} is the known name of no member state (most like it: {like})")
