"""What the search index holds: for each entity its names, its words, and what it is sorted by."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import CEBU, ID, PREFIXES
from ontology.terms import Cebu
from server.search.words import folded

FACETS: Final = ("kind", "state", "body", "year", "theme", "source")

_RDF_TYPE: Final = PREFIXES["rdf"] + "type"
_LABEL: Final = PREFIXES["rdfs"] + "label"
_SUBCLASS: Final = PREFIXES["rdfs"] + "subClassOf"
_BROADER: Final = PREFIXES["skos"] + "broader"
_SOURCE: Final = PREFIXES["oa"] + "hasSource"
_PART_OF: Final = PREFIXES["eli"] + "is_part_of"
_PERIOD: Final = PREFIXES["sdmx-dimension"] + "refPeriod"
_NAMES: Final = (
    PREFIXES["skos"] + "prefLabel",
    PREFIXES["skos"] + "altLabel",
    PREFIXES["skos"] + "notation",
    str(Cebu.abbreviation),
    str(Cebu.identifier),
    PREFIXES["dcterms"] + "identifier",
)
_TITLES: Final = (PREFIXES["dcterms"] + "title", str(Cebu.heading))
_TEXTS: Final = (
    str(Cebu.text),
    str(Cebu.exact),
    PREFIXES["dcterms"] + "description",
    PREFIXES["skos"] + "definition",
    PREFIXES["rdfs"] + "comment",
)
_NOTES: Final = (
    str(Cebu.statusNote),
    str(Cebu.footnote),
    str(Cebu.city),
    str(Cebu.signatory),
    str(Cebu.office),
    str(Cebu.coordinatorAsPrinted),
    str(Cebu.collaboratorAsPrinted),
    str(Cebu.timelineAsPrinted),
    str(Cebu.dateAsPrinted),
    str(Cebu.budget),
)
# Whose dates are also those of what was adopted there, or is a part of it.
_DATED_BY: Final = (str(Cebu.adoptedAt), _PART_OF)
_TERMS: Final = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
_KINDS: Final = (
    PREFIXES["skos"] + "Concept",
    PREFIXES["skos"] + "ConceptScheme",
    PREFIXES["qb"] + "DataSet",
    PREFIXES["qb"] + "Observation",
)
# Statements about statements are shown beside what they are about.
_NOT_SHOWN: Final = (str(Cebu.Claim),)
_CLAIM: Final = ID + "claim/"
_TERM: Final = "term"
# How much of a thing's own words go before another's: what a reader looks for, then what says
# something of it, then the words that it rests on.
_WEIGHTS: Final = {
    "member-state": 2.0,
    "body": 1.6,
    "instrument": 1.6,
    "project": 1.5,
    "plan": 1.5,
    "meeting": 1.5,
    "source-document": 1.5,
    "concept": 1.3,
    "recommendation": 1.2,
    "provision": 1.1,
    "observation": 0.8,
    "treaty-status": 0.8,
    "discrepancy": 0.7,
    "concept-scheme": 0.6,
    "passage": 0.45,
    _TERM: 0.5,
}
# The address of these is a name as well: afml-7, ilo-c189, acmw-work-plan-2016-2020/7.
_NAMED_BY_ADDRESS: Final = frozenset(
    (
        *("body", "instrument", "meeting", "plan", "project", "provision", "recommendation"),
        "source-document",
    )
)
_CODE: Final = re.compile(r"([a-z])0*(\d+)", re.A)
_SERIES: Final = {"c": "convention", "p": "protocol", "r": "recommendation"}
_LATEST_YEAR: Final = 2100
_LONGEST_SPAN: Final = 60
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Values = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Document:
    """An entity as it is searched.

    `names` are what it is called beside its label, `aliases` what people may write instead
    (folded), `titles` what is printed over it, `text` its own words, `notes` what is printed
    beside it, `context` what it is tied to. `facets` are pairs of a field of `FACETS` and a value.
    A higher `weight` goes before.
    """

    iri: str
    kind: str
    label: str
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    titles: tuple[str, ...]
    text: str
    notes: str
    context: str
    weight: float
    facets: frozenset[tuple[str, str]]


@dataclass(slots=True)
class _Graph:
    """The statements that matter here, by property and subject."""

    by_property: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    # Of several labels the one that the pages show: English before others, then by letters.
    labels: dict[str, tuple[bool, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, store: ox.Store, *, union: bool) -> "_Graph":
        """Return the statements of all graphs, each once."""
        graph = cls()
        # The copy in the default graph has each once; otherwise two documents may give the same.
        place = ox.DefaultGraph() if union else None
        for quad in store.quads_for_pattern(None, None, None, place):
            subject, value = quad.subject, quad.object
            if not isinstance(subject, ox.NamedNode) or not isinstance(
                value, ox.NamedNode | ox.Literal
            ):
                continue
            iri = subject.value
            if iri.startswith(_CLAIM):
                continue
            if quad.predicate.value == _LABEL and isinstance(value, ox.Literal):
                candidate = (value.language != "en", value.value)
                graph.labels[iri] = min(graph.labels.get(iri, candidate), candidate)
            values = graph.by_property[quad.predicate.value][iri]
            if union or value.value not in values:
                values.append(value.value)
        return graph

    def of(self, property_: str) -> Values:
        """Return the values of a property by subject."""
        return self.by_property.get(property_, {})

    def values(self, subject: str, properties: Iterable[str]) -> list[str]:
        """Return the values that a subject has of the properties, sorted, each once."""
        found: list[str] = []
        for property_ in properties:
            found += sorted(self.of(property_).get(subject, ()))
        return list(dict.fromkeys(found))


def key(iri: str) -> str:
    """Return how a filter names a thing: `viet-nam`, `afml-cluster/e`, `acmw`."""
    path = iri.removeprefix(ID)
    return path.partition("/")[2] if path != iri and "/" in path else iri


def documents(store: ox.Store, *, union: bool) -> tuple[list[Document], dict[tuple[str, str], str]]:
    """Return the documents, and the labels of the facets' values.

    `union` says whether the default graph holds a copy of every triple of the named graphs.
    """
    reader = _Reader(_Graph.read(store, union=union))
    return list(reader.documents()), reader.labels


class _Reader:
    """Reads one document after another, and notes the labels of what they are sorted by."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        self.labels: dict[tuple[str, str], str] = {}
        types = graph.of(_RDF_TYPE)
        self._kinds = self._read_kinds(types)
        self._states = self._of_kind("member-state")
        self._bodies = self._of_kind("body") - self._states
        themes = graph.of(str(Cebu.theme)).values()
        self._in_use = {theme for named in themes for theme in named}
        self._links: dict[str, list[str]] = defaultdict(list)
        for property_, values in graph.by_property.items():
            if property_ not in {str(Cebu.evidence), _RDF_TYPE}:
                for subject in values.keys() & self._kinds.keys():
                    self._links[subject] += [o for o in values[subject] if o in self._kinds]

    def documents(self) -> Iterator[Document]:
        """Yield the documents in the order of their addresses."""
        for iri in sorted(self._kinds):
            yield self._document(iri)

    def _read_kinds(self, types: Values) -> dict[str, tuple[str, ...]]:
        """Return the kinds of each thing that is searched, the closest first."""
        above = self._ancestors(_SUBCLASS)
        terms = {PREFIXES["owl"] + name for name in _TERMS}
        found = {}
        for subject, classes in types.items():
            if subject.startswith(ID):
                own = [name for name in classes if self._is_kind(name)]
                lines = [
                    [name, *(higher for higher in above.get(name, ()) if self._is_kind(higher))]
                    for name in own
                ]
                if lines:
                    longest = max(lines, key=lambda line: (len(line), line))
                    rest = sorted({name for line in lines for name in line} - set(longest))
                    found[subject] = tuple(self._kind(name) for name in (*longest, *rest))
            elif subject.startswith(str(CEBU)) and terms & set(classes):
                self.labels["kind", _TERM] = "term of the ontology"
                found[subject] = (_TERM,)
        return found

    def _is_kind(self, class_: str) -> bool:
        return class_ in _KINDS or (class_.startswith(str(CEBU)) and class_ not in _NOT_SHOWN)

    def _kind(self, class_: str) -> str:
        name = re.split(r"[#/]", class_)[-1]
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
        known = class_ in self.graph.labels
        self.labels["kind", words] = self._label(class_) if known else words.replace("-", " ")
        return words

    def _ancestors(self, property_: str) -> dict[str, list[str]]:
        """Return for each subject all that is above it, the closest first."""
        direct = self.graph.of(property_)
        found = {}
        for subject in direct:
            line: list[str] = []
            waiting = list(direct[subject])
            while waiting:
                higher = waiting.pop(0)
                if higher not in line and higher != subject:
                    line.append(higher)
                    waiting += direct.get(higher, ())
            found[subject] = line
        return found

    def _of_kind(self, kind: str) -> set[str]:
        return {iri for iri, kinds in self._kinds.items() if kind in kinds}

    def _label(self, iri: str) -> str:
        found = self.graph.labels.get(iri)
        return _clean(found[1]) if found else key(iri)

    def _document(self, iri: str) -> Document:
        kinds = self._kinds[iri]
        is_passage = "passage" in kinds
        names = self.graph.values(iri, _NAMES)
        return Document(
            iri,
            kinds[0],
            self._label(iri),
            tuple(_clean(name) for name in names),
            () if is_passage else tuple(sorted(set(self._aliases(iri, kinds, names)))),
            tuple(_clean(title) for title in self.graph.values(iri, _TITLES)),
            self._joined(iri, _TEXTS),
            self._joined(iri, _NOTES),
            "" if is_passage else self._context(iri),
            next((_WEIGHTS[kind] for kind in kinds if kind in _WEIGHTS), 1.0),
            frozenset(self._facets(iri, kinds)),
        )

    def _joined(self, iri: str, properties: Iterable[str]) -> str:
        return _clean(" · ".join(self.graph.values(iri, properties)))

    def _context(self, iri: str) -> str:
        """Return what the thing is tied to: labels, and the short names of those."""
        short = [name for name in _NAMES if name.endswith(("abbreviation", "identifier"))]
        tied = dict.fromkeys(item for item in self._links.get(iri, ()) if item != iri)
        words = []
        for item in tied:
            if "passage" not in self._kinds[item]:
                label = self._label(item)
                known = [name for name in self.graph.values(item, short) if name not in label]
                words.append(f"{label} ({', '.join(known)})" if known else label)
        return _clean(" · ".join(words))

    def _aliases(self, iri: str, kinds: tuple[str, ...], names: list[str]) -> Iterator[str]:
        """Yield further ways to write what it is called: its address, its number by kind."""
        path = iri.removeprefix(ID).partition("/")[2] if iri.startswith(ID) else ""
        if path and _NAMED_BY_ADDRESS & set(kinds):
            yield folded(path)
        head, colon, _ = self._label(iri).partition(": ")
        if colon:
            yield folded(head)
        for code in {folded(name).replace(" ", "") for name in names} | {path.rpartition("-")[2]}:
            match = _CODE.fullmatch(code)
            if match and "instrument" in kinds:
                yield from _codes(match[1], int(match[2]))
        for number in self.graph.of(str(Cebu.number)).get(iri, ()):
            for kind in kinds:
                yield folded(f"{self.labels['kind', kind]} {number}")
        series, _, number = path.rpartition("-")
        if "meeting" in kinds and series and number.isdigit() and len(number) < 3:
            ordinal = _ordinal(int(number))
            yield from (folded(f"{ordinal} {series}"), f"{number} {series}", f"{series}{number}")

    def _facets(self, iri: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for kind in kinds:
            yield "kind", kind
        tied = {iri, *self._links.get(iri, ())}
        for state in tied & self._states:
            yield self._facet("state", state)
        for body in tied & self._bodies:
            yield self._facet("body", body)
        for theme in self._themes(iri):
            yield self._facet("theme", theme)
        for year in self._years(iri) or {
            year for item in self.graph.values(iri, _DATED_BY) for year in self._years(item)
        }:
            self.labels["year", str(year)] = str(year)
            yield "year", str(year)
        for source in self._sources(iri, kinds):
            yield self._facet("source", source)

    def _facet(self, name: str, iri: str) -> tuple[str, str]:
        self.labels[name, key(iri)] = self._label(iri)
        return name, key(iri)

    def _themes(self, iri: str) -> set[str]:
        """Return the concepts that are its themes, and those above them."""
        found: set[str] = set()
        waiting = list(self.graph.of(str(Cebu.theme)).get(iri, ()))
        if "concept" in self._kinds[iri] and iri in self._in_use:
            waiting.append(iri)
        while waiting:
            theme = waiting.pop()
            if theme not in found:
                found.add(theme)
                waiting += self.graph.of(_BROADER).get(theme, ())
        return found

    def _years(self, iri: str) -> set[int]:
        """Return the years that are listed for it, or else those from its first day to its last."""
        listed = self.graph.values(iri, (str(Cebu.year), _PERIOD))
        years = {int(text[:4]) for text in listed if text[:4].isdigit()}
        if years:
            return years
        bounds = [
            int(text[:4])
            for text in self.graph.values(iri, (str(Cebu.earliest), str(Cebu.latest)))
            if text[:4].isdigit()
        ]
        if not bounds or max(bounds) - min(bounds) > _LONGEST_SPAN or max(bounds) > _LATEST_YEAR:
            return set(bounds)
        return set(range(min(bounds), max(bounds) + 1))

    def _sources(self, iri: str, kinds: tuple[str, ...]) -> set[str]:
        """Return the documents whose words say something of it."""
        if "source-document" in kinds:
            return {iri}
        documents_of = self.graph.of(_SOURCE)
        passages = {iri, *self.graph.of(str(Cebu.evidence)).get(iri, ())}
        return {source for passage in passages for source in documents_of.get(passage, ())}


def _codes(letter: str, number: int) -> Iterator[str]:
    """Yield the ways to write the number of an ILO instrument: C189, C.189, Convention No. 189."""
    series = _SERIES.get(letter)
    if series is None:
        return
    for code in {f"{number}", f"{number:03}"}:
        yield from (f"{letter}{code}", f"{letter} {code}", f"ilo {letter}{code}")
        yield from (f"ilo {letter} {code}", f"{series} {code}", f"{series} no {code}")
        yield from (f"ilo {series} {code}", f"ilo {series} no {code}", f"no {code}")


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _clean(text: str) -> str:
    """Return the text without control characters: some of them mark words that are found."""
    return _CONTROLS.sub(" ", text)
