"""The registry of names: which printed spellings mean which body, state, plan or instrument."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rapidfuzz import process
from rdflib import SKOS, URIRef

from ingest.errors import IngestError, Place
from ingest.values import class_iri
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import resource


@dataclass(frozen=True)
class NamedThing:
    """A thing known by name: its IRI, class, English label, kind and printed spellings."""

    iri: URIRef
    kind_of_thing: URIRef
    label: str
    classification: URIRef | None
    abbreviation: str | None
    spellings: tuple[str, ...]

    @property
    def is_concept(self) -> bool:
        """Tell whether the thing is a term of a SKOS scheme, described there."""
        return self.kind_of_thing == SKOS.Concept


@dataclass(frozen=True)
class Mention:
    """A spelling found in a text, from `start` up to `end`, and the thing it means."""

    start: int
    end: int
    spelling: str
    thing: NamedThing


class NameRegistry:
    """All named things, found by their IRI or by any of their spellings."""

    def __init__(
        self,
        things: list[NamedThing],
        spellings: dict[str, NamedThing],
        phrases: Collection[str] = (),
    ) -> None:
        self.things = {thing.iri: thing for thing in things}
        self._spellings = spellings
        self._phrases = phrases

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(
            {*self._spellings, *self._phrases}, key=lambda name: (-len(name), name)
        )
        spaced = (r"\s+".join(map(re.escape, name.split())) for name in longest_first)
        return re.compile(r"(?<![\w-])(?:" + "|".join(spaced) + r")(?!\w)")

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the names in `text`, the longest at each place, from left to right.

        White space in a name matches any white space of the text. A phrase in which a spelling
        means something else names nothing.
        """
        for match in self._pattern.finditer(text):
            spelling = " ".join(match.group().split())
            if spelling in self._spellings:
                yield Mention(match.start(), match.end(), spelling, self._spellings[spelling])

    def whole(self, text: str) -> NamedThing | None:
        """Return the thing whose name is all of `text`, if there is one."""
        return self._spellings.get(" ".join(text.split()))

    def candidates(self, text: str, limit: int = 3) -> list[str]:
        """Return the known spellings most like `text`, best first."""
        return [name for name, _, _ in process.extract(text, list(self._spellings), limit=limit)]


def read_names(path: Path) -> NameRegistry:
    """Return the registry that the YAML file describes.

    Raises:
        IngestError: an entry is incomplete, or one spelling is given to two things.

    """
    things: list[NamedThing] = []
    spellings: dict[str, NamedThing] = {}
    phrases: set[str] = set()
    for entry in read_yaml(path):
        place = Place(str(path), line_of(entry), str(entry.get("id")))
        missing = [key for key in ("id", "class", "label", "names") if not entry.get(key)]
        if missing:
            raise IngestError(place, f"The entry has no {', '.join(missing)}.", "Complete it.")
        kind = entry.get("kind")
        thing = NamedThing(
            iri=resource(str(entry["id"])),
            kind_of_thing=class_iri(str(entry["class"])),
            label=str(entry["label"]),
            classification=resource(f"concept/body-kind/{kind}") if kind else None,
            abbreviation=entry.get("abbreviation"),
            spellings=tuple(str(name) for name in entry["names"]),
        )
        things.append(thing)
        phrases.update(entry.get("not_in", ()))
        for name in thing.spellings:
            other = spellings.setdefault(name, thing)
            if other is not thing:
                raise IngestError(
                    place,
                    f"The name {name!r} already means {other.label}.",
                    "Give each a name of its own, or settle the place in data/corrections/.",
                )
    return NameRegistry(things, spellings, phrases)
