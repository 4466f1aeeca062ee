"""The concept schemes keep the SKOS integrity conditions and print what the documents print."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef

from ontology import ID, PREFIXES, iris, schemes
from ontology.namespaces import new_graph

SOURCES = Path(__file__).resolve().parents[2] / "data" / "sources"
PRINTED_IN = {
    "action-plan-cluster": ["action-plan-2018-2025.txt"],
    "project-status": ["action-plan-2018-2025.txt"],
    "glossary": ["action-plan-2018-2025.txt", "alm-work-programme-2016-2020.txt"],
    "asean-community-pillar": ["priorities-paper-2017.txt"],
    "priority-concern": ["priorities-paper-2017.txt"],
    "afml-cluster": ["afml-progress-review-2020.txt"],
    "alm-key-result-area": ["priorities-paper-2017.txt"],
    "afml-13-sub-theme": ["afml-13-workers-recommendations.txt"],
    "alm-thematic-area": ["alm-work-programme-2016-2020.txt"],
    "alm-intermediate-target": ["alm-work-programme-2016-2020.txt"],
    "ascc-measure": ["alm-work-programme-2016-2020.txt"],
    "ascc-objective": ["alm-work-programme-2016-2020.txt"],
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return schemes()


def faults(graph: Graph) -> Iterator[str]:
    """Yield each break of the SKOS Reference (sections 4 to 8) or of our own rules on top of it."""
    all_schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for both in all_schemes & concepts:
        yield f"{both} is scheme and concept"
    for thing in sorted(all_schemes | concepts):  # type: ignore[type-var]
        labels = list(graph.objects(thing, SKOS.prefLabel))
        if len(labels) != 1 or labels != list(graph.objects(thing, RDFS.label)):
            yield f"{thing} needs one prefLabel, equal to its label"
        if any(not isinstance(x, Literal) or x.language != "en" for x in labels):
            yield f"{thing} has a label that is not English"
        if len(list(graph.objects(thing, SKOS.definition))) != 1:
            yield f"{thing} needs one definition"
        if set(labels) & set(graph.objects(thing, SKOS.altLabel)):
            yield f"{thing} has one label as preferred and alternative"
    for concept in sorted(concepts):  # type: ignore[type-var]
        homes = list(graph.objects(concept, SKOS.inScheme))
        if len(homes) != 1 or homes[0] not in all_schemes:
            yield f"{concept} is not in exactly one scheme"
        elif str(concept).rpartition("/")[0] != str(homes[0]):
            yield f"{concept} does not stand below its scheme {homes[0]}"
        tops = set(graph.objects(concept, SKOS.topConceptOf))
        above = {
            b
            for b in graph.objects(concept, SKOS.broader)
            if set(graph.objects(b, SKOS.inScheme)) & set(homes)
        }
        if not tops and not above:
            yield f"{concept} is an orphan"
        if tops and above:
            yield f"{concept} is at the top and has a broader concept in its scheme"
        if not tops <= set(homes):
            yield f"{concept} is at the top of a scheme that it is not in"
        ancestors = {
            a
            for b in graph.objects(concept, SKOS.broader)
            for a in graph.transitive_objects(b, SKOS.broader)
        }
        if concept in ancestors:
            yield f"{concept} is broader than itself"
        if ancestors & set(graph.objects(concept, SKOS.related)):
            yield f"{concept} is related to a concept above it"
    for one, back in (
        (SKOS.broader, SKOS.narrower),
        (SKOS.narrower, SKOS.broader),
        (SKOS.topConceptOf, SKOS.hasTopConcept),
        (SKOS.hasTopConcept, SKOS.topConceptOf),
        (SKOS.related, SKOS.related),
    ):
        for s, o in graph.subject_objects(one):
            if (o, back, s) not in graph:
                yield f"{s} has {one} {o}, and not the other way"
            if one in (SKOS.broader, SKOS.narrower, SKOS.related) and o not in concepts:
                yield f"{s} has {one} {o}, which is no concept"
    for scheme in sorted(all_schemes):  # type: ignore[type-var]
        members = list(graph.subjects(SKOS.inScheme, scheme))
        if not members:
            yield f"{scheme} is empty"
        for what in (SKOS.prefLabel, SKOS.notation):
            seen = Counter(str(x).casefold() for m in members for x in graph.objects(m, what))
            for text, times in seen.items():
                if times > 1:
                    yield f"{scheme} has {text!r} {times} times as {what}"


def printed_in(scheme: str) -> str:
    return "\n".join((SOURCES / name).read_text(encoding="utf-8") for name in PRINTED_IN[scheme])


def parsed(turtle: str) -> Graph:
    heads = "".join(f"@prefix {p}: <{n}> .\n" for p, n in PREFIXES.items())
    return new_graph().parse(data=heads + turtle, format="turtle")


def test_the_schemes_are_whole(graph: Graph) -> None:
    assert list(faults(graph)) == []


def test_every_address_is_of_the_agreed_form(graph: Graph) -> None:
    for thing in set(graph.subjects()):
        assert iris.path_of(str(thing)).startswith("concept/")


def test_the_agreed_schemes_are_there(graph: Graph) -> None:
    found = {
        str(s).removeprefix(ID + "concept/"): len(list(graph.subjects(SKOS.inScheme, s)))
        for s in graph.subjects(RDF.type, SKOS.ConceptScheme)
    }
    assert found == {
        "action-plan-cluster": 5,
        "afml-cluster": 44,
        "afml-13-sub-theme": 2,
        "alm-intermediate-target": 16,
        "alm-key-result-area": 4,
        "alm-thematic-area": 27,
        "asean-community-pillar": 3,
        "ascc-measure": 15,
        "ascc-objective": 5,
        "bindingness": 3,
        "body-kind": 13,
        "glossary": 14,
        "priority-concern": 10,
        "project-status": 4,
        "sex": 2,
        "treaty-status": 5,
        "unit-of-measure": 54,
    }


@pytest.mark.parametrize("scheme", sorted(PRINTED_IN))
def test_labels_are_printed_in_the_document(graph: Graph, scheme: str) -> None:
    words = re.sub(r"\s+", " ", printed_in(scheme)).casefold()
    concepts = list(graph.subjects(SKOS.inScheme, URIRef(f"{ID}concept/{scheme}")))
    assert concepts
    for concept in concepts:
        # An alternative label is the printed one where the print has a slip.
        printed = graph.value(concept, SKOS.altLabel) or graph.value(concept, SKOS.prefLabel)
        assert str(printed).casefold() in words


def test_the_measures_are_those_of_the_table(graph: Graph) -> None:
    codes = set(re.findall(r"\b[A-E]\.\d\.[ivx]+\b", printed_in("ascc-measure")))
    scheme = URIRef(f"{ID}concept/ascc-measure")
    concepts = list(graph.subjects(SKOS.inScheme, scheme))
    assert codes == {str(graph.value(concept, SKOS.notation)) for concept in concepts}
    for concept in concepts:
        code = str(graph.value(concept, SKOS.notation))
        assert concept == URIRef(f"{scheme}/{code.lower().replace('.', '-')}")


def test_clusters_are_numbered_as_the_table_numbers_them(graph: Graph) -> None:
    text = printed_in("action-plan-cluster")
    printed = dict(re.findall(r"^\((\d)\) (.+?)\s*$", text, re.MULTILINE))
    scheme = URIRef(f"{ID}concept/action-plan-cluster")
    assert printed == {
        str(graph.value(c, SKOS.notation)): str(graph.value(c, SKOS.prefLabel))
        for c in graph.subjects(SKOS.inScheme, scheme)
    }


@pytest.mark.parametrize(
    ("turtle", "fault"),
    [
        ("<https://x/s/a> a skos:Concept .", "not in exactly one scheme"),
        ("<https://x/s/a> a skos:Concept .", "orphan"),
        ('<https://x/s> a skos:ConceptScheme ; rdfs:label "S"@en .', "needs one prefLabel"),
        ("<https://x/s> a skos:ConceptScheme .", "is empty"),
        ("<https://x/s/a> a skos:Concept ; skos:inScheme <https://x/t> .", "exactly one scheme"),
        ("<https://x/s/a> skos:broader <https://x/s/b> .", "not the other way"),
        ("<https://x/s/a> a skos:Concept ; skos:broader <https://x/s/a> .", "than itself"),
        (
            "<https://x/s/a> a skos:Concept ; skos:broader <https://x/b> ;"
            "skos:related <https://x/b> .",
            "related to a concept above it",
        ),
        (
            "<https://x/s> a skos:ConceptScheme . <https://x/s/a> skos:inScheme <https://x/s> ;"
            'skos:prefLabel "A"@en .'
            '<https://x/s/b> skos:inScheme <https://x/s> ; skos:prefLabel "a"@en .',
            "2 times",
        ),
    ],
)
def test_a_broken_scheme_would_be_seen(turtle: str, fault: str) -> None:
    assert any(fault in message for message in faults(parsed(turtle)))
