"""A graph of the same kind as the real one, of any size, the same for the same seed.

Every class and property is the ontology's, every statement has its claim and its passage, and the
whole conforms to the shapes. It is written as it is made: memory does not grow with its size.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import pyoxigraph as ox

from server.settings import ROOT
from tests.bench.document import Document, Statement, day, english, printed, thing
from tests.bench.words import CITIES, STATES, sentence, title

# Statements of a document: the real ones have 4,000 to 160,000.
_DOCUMENT: Final = 25_000
_SHARED: Final = ("ontology.ttl", "schemes.ttl")
_STATUSES: Final = ("planned", "on-going", "completed", "recurring")
_CLUSTERS: Final = (
    "protection",
    "enforcement",
    "education-information",
    "recourse",
    "reintegration",
)
_ACTS: Final = ("ratified", "acceded", "signed", "not-party")
_KINDS: Final = ("Convention", "Declaration", "Instrument", "NationalLaw")
_BODY_KINDS: Final = ("asean-sectoral-body", "government-agency", "office", "programme")
_UNITS: Final = ("activities", "cases", "languages", "laws")


def generate(data: Path, triples: int, seed: int = 0) -> int:
    """Write a data folder with about that many statements; return how many, each counted once.

    The last entity is written whole: there are at most some hundred statements more.
    """
    for name in ("graph", "sources"):
        (data / name).mkdir(parents=True, exist_ok=True)
    written = 0
    for name in _SHARED:
        shutil.copyfile(ROOT / "data" / "graph" / name, data / "graph" / name)
        path = str(data / "graph" / name)
        written += sum(1 for _ in ox.parse(path=path, format=ox.RdfFormat.TURTLE))
    things = Things(Random(seed))
    number = 0
    while written < triples:
        number += 1
        with Document.open(data, f"generated-{number}") as document:
            things.begin(document)
            while document.triples < _DOCUMENT and written + document.triples < triples:
                things.next()
        written += document.triples
    return written


class Things:
    """Makes one entity after the other; each points only to such as are there already."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._bodies = self._plans = self._projects = self._meetings = self._instruments = 0
        self._numbers = 0
        self._document: Document
        self._turns = self._schedule()

    def begin(self, document: Document) -> None:
        """Go on in another document."""
        self._document = document
        name = f"dataset/{document.slug}"
        document.describe(thing(name), "qb:DataSet", f"Figures of {document.slug}", [])

    def next(self) -> None:
        """Write the next entity."""
        next(self._turns)()

    def _schedule(self) -> Iterator[Callable[[], None]]:
        """Yield what makes an entity: the states, then for ever plans with what belongs to them."""
        for slug in STATES:
            yield lambda slug=slug: self._state(slug)  # type: ignore[misc]
        while True:
            yield from (self._body,) * 4
            yield self._plan
            yield from (self._meeting, self._meeting, self._instrument, self._instrument)
            for _ in range(4):
                yield from (self._project,) * 4
                yield from (self._initiative,) * 4
                yield from (self._finding,) * 3
                yield from (self._provision, self._recommendation, self._observation)
                yield from (self._treaty_status, self._treaty_status, self._observation)
            yield self._discrepancy

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _any_state(self) -> str:
        return thing("state/" + self._random.choice(tuple(STATES)))

    def _any_body(self) -> str:
        return thing(f"body/organ-{self._random.randint(1, self._bodies)}")

    def _any_actor(self) -> str:
        return self._any_state() if self._random.random() < 0.6 else self._any_body()

    def _cluster(self) -> Statement:
        slug = self._random.choice(_CLUSTERS)
        return Statement("cebu:theme", thing(f"concept/action-plan-cluster/{slug}"))

    def _days(self) -> list[Statement]:
        """Return the bounds of one to four years."""
        year = self._random.randint(2005, 2024)
        last = year + self._random.randint(0, 3)
        return [day("cebu:earliest", f"{year}-01-01"), day("cebu:latest", f"{last}-12-31")]

    def _state(self, slug: str) -> None:
        label, code = STATES[slug]
        statements = [Statement("skos:notation", f'"{code}"')]
        self._document.entity(f"state/{slug}", "cebu:MemberState", label, statements)

    def _body(self) -> None:
        self._bodies += 1
        number = self._bodies
        kind = thing("concept/body-kind/" + self._random.choice(_BODY_KINDS))
        statements = [
            Statement("org:classification", kind),
            printed("cebu:abbreviation", f"ORG{number}"),
        ]
        if number > 1:
            parent = thing(f"body/organ-{number // 4 or 1}")
            statements.append(Statement("org:subOrganizationOf", parent))
        self._document.entity(f"body/organ-{number}", "cebu:Body", f"Organ {number}", statements)

    def _plan(self) -> None:
        self._plans += 1
        name = f"Work plan {self._plans}"
        owner = Statement("cebu:ownedBy", self._any_body())
        statements = [english("dcterms:title", name), owner, *self._days()]
        self._document.entity(f"plan/work-plan-{self._plans}", "cebu:Plan", name, statements)

    def _project(self) -> None:
        self._projects += 1
        number, random = self._projects, self._random
        name = title(random)
        statements = [
            printed("cebu:number", str(number)),
            english("dcterms:title", name),
            Statement("cebu:partOfPlan", thing(f"plan/work-plan-{self._plans}")),
            self._cluster(),
            Statement("cebu:coordinator", self._any_state()),
        ]
        if random.random() < 0.5:
            statements.append(Statement("cebu:collaborator", self._any_body()))
        if random.random() < 0.7:
            status = thing("concept/project-status/" + random.choice(_STATUSES))
            statements.append(Statement("cebu:status", status))
        if random.random() < 0.7:
            first, last = days = self._days()
            years = f"{first.object[1:5]} to {last.object[1:5]}"
            statements += [*days, printed("cebu:timelineAsPrinted", years)]
        if number > 10 and random.random() < 0.1:
            earlier = thing(f"project/work-plans/{random.randint(1, number - 1)}")
            statements.append(Statement("cebu:continues", earlier))
        label = f"Work plan {self._plans}, project {number}: {name}"
        self._document.entity(f"project/work-plans/{number}", "cebu:Project", label, statements)

    def _meeting(self) -> None:
        self._meetings += 1
        number, random = self._meetings, self._random
        year, month = random.randint(2005, 2024), random.randint(1, 12)
        date = f"{year}-{month:02}-{random.randint(1, 28):02}"
        statements = [
            printed("cebu:number", str(number)),
            english("dcterms:title", title(random)),
            english("cebu:city", random.choice(CITIES)),
            Statement("cebu:host", self._any_state()),
            printed("cebu:dateAsPrinted", f"on {date}"),
            day("cebu:earliest", date),
            day("cebu:latest", date),
            Statement("cebu:participant", self._any_body()),
        ]
        self._document.entity(
            f"meeting/forum-{number}", "cebu:Meeting", f"Forum {number}", statements
        )

    def _instrument(self) -> None:
        self._instruments += 1
        number = self._instruments
        kind = _KINDS[number % len(_KINDS)]
        name = f"{kind} {number} on {title(self._random)}"
        meeting = thing(f"meeting/forum-{self._random.randint(1, self._meetings)}")
        bindingness = "binding" if kind == "Convention" else "non-binding"
        statements = [
            english("dcterms:title", name),
            Statement("cebu:adoptedAt", meeting),
            Statement("cebu:adoptedBy", self._any_body()),
            Statement("cebu:bindingness", thing(f"concept/bindingness/{bindingness}")),
            printed("cebu:identifier", f"I{number}"),
        ]
        self._document.entity(f"instrument/text-{number}", f"cebu:{kind}", name, statements)

    def _any_instrument(self) -> str:
        return thing(f"instrument/text-{self._random.randint(1, self._instruments)}")

    def _provision(self) -> None:
        number = self._number()
        text = sentence(self._random)
        instrument = self._random.randint(1, self._instruments)
        statements = [
            Statement("eli:is_part_of", thing(f"instrument/text-{instrument}")),
            printed("cebu:number", str(number)),
            english("cebu:text", text),
            Statement("cebu:addressee", self._any_actor()),
        ]
        path = f"provision/text-{instrument}/{number}"
        label = f"Provision {number} of text {instrument}"
        self._document.entity(path, "cebu:Provision", label, statements, text)

    def _recommendation(self) -> None:
        number = self._number()
        text = sentence(self._random)
        meeting = self._random.randint(1, self._meetings)
        statements = [
            printed("cebu:number", str(number)),
            Statement("cebu:adoptedAt", thing(f"meeting/forum-{meeting}")),
            english("cebu:text", text),
            self._cluster(),
            Statement("cebu:refersTo", self._any_instrument()),
        ]
        path = f"recommendation/forum-{meeting}/{number}"
        label = f"Forum {meeting}, recommendation {number}: {text[:60]}"
        self._document.entity(path, "cebu:Recommendation", label, statements, text)

    def _treaty_status(self) -> None:
        number = self._number()
        act = self._random.choice(_ACTS)
        slug = self._random.choice(tuple(STATES))
        instrument = self._random.randint(1, self._instruments)
        statements = [
            Statement("cebu:state", thing(f"state/{slug}")),
            Statement("cebu:instrument", thing(f"instrument/text-{instrument}")),
            Statement("cebu:treatyStatus", thing(f"concept/treaty-status/{act}")),
        ]
        if act != "not-party":
            year = self._random.randint(1990, 2020)
            statements += [
                day("cebu:earliest", f"{year}-01-01"),
                day("cebu:latest", f"{year}-12-31"),
                printed("cebu:dateAsPrinted", f"in {year}"),
            ]
        # The number keeps two statements of one document apart.
        path = f"treaty-status/{self._document.slug}/text-{instrument}-{number}/{slug}"
        label = f"{STATES[slug][0]} and text {instrument}: {act}"
        self._document.entity(path, "cebu:TreatyStatus", label, statements)

    def _initiative(self) -> None:
        number = self._number()
        text = sentence(self._random)
        statements = [english("cebu:text", text), self._cluster()]
        if self._random.random() < 0.8:
            statements.append(Statement("cebu:country", self._any_state()))
        statements.append(Statement("cebu:actor", self._any_body()))
        if self._random.random() < 0.25:
            statements += self._days()
        path = f"initiative/{self._document.slug}/{number}"
        self._document.entity(path, "cebu:Initiative", f"Initiative {number}", statements, text)

    def _finding(self) -> None:
        number = self._number()
        text = sentence(self._random)
        statements = [english("cebu:text", text), self._cluster()]
        if self._random.random() < 0.35:
            statements.append(Statement("cebu:country", self._any_state()))
        if self._random.random() < 0.35 and self._projects:
            project = self._random.randint(1, self._projects)
            statements.append(Statement("cebu:reportsOn", thing(f"project/work-plans/{project}")))
        path = f"finding/{self._document.slug}/{number}"
        self._document.entity(path, "cebu:Finding", f"Finding {number}", statements, text)

    def _observation(self) -> None:
        number, random = self._number(), self._random
        value = random.randint(1, 1_000_000)
        unit = thing("concept/unit-of-measure/" + random.choice(_UNITS))
        statements = [
            Statement("qb:dataSet", thing(f"dataset/{self._document.slug}")),
            Statement("sdmx-dimension:refArea", self._any_state()),
            Statement("sdmx-dimension:refPeriod", f'"{random.randint(2010, 2020)}"'),
            Statement("sdmx-measure:obsValue", f'"{value}"^^xsd:decimal'),
            Statement("sdmx-attribute:unitMeasure", unit),
        ]
        path = f"observation/{self._document.slug}/figure-{number}"
        self._document.entity(path, "qb:Observation", f"Figure {number}", statements)

    def _discrepancy(self) -> None:
        number = self._number()
        claims = self._document.last_claims[:2]
        if len(claims) == 2:
            self._document.discrepancy(f"discrepancy/generated-{number}", number, claims)
