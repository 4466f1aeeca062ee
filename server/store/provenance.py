"""What the graph of provenance says of each change of the store (PROV-O, W3C 2013).

The statements about a change are made from its heading alone. They are in no patch: whoever replays
the log makes the same ones, and whoever undoes a change undoes its own. Nobody else writes them:
`check` refuses an update that would, and `spared` leaves them where whole graphs are emptied.
"""

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import BASE, GRAPH, PREFIXES
from server.http.problems import Problem
from server.store.deltas import Delta, Effect, canonical, quads
from server.store.rdf_patch import Heading

PROVENANCE: Final = ox.NamedNode(GRAPH + "provenance")
DATASET: Final = ox.NamedNode(BASE + "dataset")
CHANGES: Final = BASE + "changes/"
VERSIONS: Final = BASE + "dataset?version="

_OURS: Final = (CHANGES, VERSIONS)
_Terms = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]

_LINES: Final = tuple(f"<{start}" for start in _OURS)


def _term(prefix: str, name: str) -> ox.NamedNode:
    return ox.NamedNode(PREFIXES[prefix] + name)


_TYPE: Final = _term("rdf", "type")
_LABEL: Final = _term("rdfs", "label")
_VERSION_IRI: Final = _term("owl", "versionIRI")
_DATE_TIME: Final = _term("xsd", "dateTime")
_INTEGER: Final = _term("xsd", "integer")
_ENTITY: Final = _term("prov", "Entity")
_DCAT_VERSION: Final = _term("dcat", "version")
_CURRENT_LINE: Final = f"{DATASET} {_VERSION_IRI} "


def change_iri(number: int) -> ox.NamedNode:
    """Return the name of a change, an activity."""
    return ox.NamedNode(f"{CHANGES}{number}")


def version_iri(number: int) -> ox.NamedNode:
    """Return the name of a version of the dataset, an entity."""
    return ox.NamedNode(f"{VERSIONS}{number}")


def statements(heading: Heading) -> list[ox.Triple]:
    """Return what is said of a change: an activity that made one version from another.

    Each thing has one English label, as the shapes ask of every resource.
    """
    number, note = heading.number, heading.note
    about, version, before = change_iri(number), version_iri(number), version_iri(number - 1)
    time = ox.Literal(f"{heading.time:%Y-%m-%dT%H:%M:%SZ}", datatype=_DATE_TIME)
    found: list[_Terms] = [
        (about, _TYPE, _term("prov", "Activity")),
        (about, _LABEL, ox.Literal(f"Change {number}", language="en")),
        (about, _term("dcterms", "identifier"), ox.Literal(heading.id)),
        (about, _term("schema", "position"), ox.Literal(str(number), datatype=_INTEGER)),
        (about, _term("prov", "endedAtTime"), time),
        (about, _term("prov", "used"), before),
        (about, _term("prov", "generated"), version),
        *_version(number),
        (version, _term("prov", "wasGeneratedBy"), about),
        (version, _term("prov", "generatedAtTime"), time),
        (version, _term("prov", "wasRevisionOf"), before),
    ]
    if number == 1:
        found += _version(0)
    if note.message:
        found.append((about, _term("rdfs", "comment"), ox.Literal(note.message)))
    if note.author:
        agent = ox.NamedNode(f"{about.value}#author")
        found += [
            (about, _term("prov", "wasAssociatedWith"), agent),
            (agent, _TYPE, _term("prov", "Agent")),
            (agent, _LABEL, ox.Literal(note.author, language="en")),
            (agent, _term("foaf", "name"), ox.Literal(note.author)),
        ]
    if note.reverts:
        found.append((about, _term("prov", "wasInformedBy"), change_iri(note.reverts)))
    return [ox.Triple(*terms) for terms in found]


def recorded(headings: Iterable[Heading]) -> Effect:
    """Return what is to be recorded with changes that follow one another.

    The dataset has one `owl:versionIRI`, the one that it is (OWL 2, section 3.1).
    """
    made = list(headings)
    if not made:
        return Effect()
    first, last = made[0].number, made[-1].number
    return Effect(
        _quads(_current(first - 1)),
        _quads((*(triple for each in made for triple in statements(each)), *_current(last))),
    )


def unrecorded(headings: Iterable[Heading]) -> Effect:
    """Return what leads back from there."""
    there = recorded(headings)
    return Effect(there.added, there.removed, dropped=frozenset((PROVENANCE,)))


def spared(effect: Effect, store: ox.Store) -> Effect:
    """Return an effect on whole graphs without what it would do to the record."""
    kept = {
        quad
        for quad in effect.removed
        if quad.graph_name in {PROVENANCE, ox.DefaultGraph()}
        and _is_ours(quad.triple)
        and _in_record(quad.triple) in store
    }
    return Effect(effect.removed - kept, effect.added, effect.created, effect.dropped)


def check(delta: Delta, store: ox.Store) -> None:
    """Raise `Problem` if a change that was made to `store` has changed what is recorded.

    It may copy it to other graphs; but nothing that is not recorded is said of changes or versions.
    """
    end = f" {PROVENANCE} ."
    for line in delta.removed:
        if line.startswith((*_LINES, _CURRENT_LINE)) and line.endswith(end):
            raise _refused("remove", line)
    for line in delta.added:
        if line.startswith(_LINES):
            (quad,) = quads([line])
            if quad.graph_name == PROVENANCE or _in_record(quad.triple) not in store:
                raise _refused("add", line)
        elif line.startswith(_CURRENT_LINE) and line.endswith(end):
            raise _refused("add", line)


def _refused(verb: str, line: str) -> Problem:
    return Problem("provenance", f"The update would {verb} this: {line[:300]}")


def _version(number: int) -> list[_Terms]:
    version = version_iri(number)
    return [
        (version, _TYPE, _ENTITY),
        (version, _LABEL, ox.Literal(f"Version {number}", language="en")),
        (version, _DCAT_VERSION, ox.Literal(str(number))),
        (version, _term("prov", "specializationOf"), DATASET),
    ]


def _current(number: int) -> tuple[ox.Triple, ...]:
    """Return the statement that names the version; what was loaded at first has none."""
    return (ox.Triple(DATASET, _VERSION_IRI, version_iri(number)),) if number else ()


def _is_ours(triple: ox.Triple) -> bool:
    subject = triple.subject
    if not isinstance(subject, ox.NamedNode):
        return False
    return subject.value.startswith(_OURS) or (
        subject == DATASET and triple.predicate == _VERSION_IRI
    )


def _in_record(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, PROVENANCE)


def _quads(triples: Iterable[ox.Triple]) -> frozenset[ox.Quad]:
    return canonical(map(_in_record, triples))
