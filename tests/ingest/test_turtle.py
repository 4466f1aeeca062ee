"""The files of the graph are the same bytes for the same triples."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDFS, Graph, Literal, URIRef

from ingest.turtle import stable_turtle
from ontology.namespaces import CEBU, ID, new_graph

SUBJECTS = st.sampled_from([URIRef(f"{ID}state/{slug}") for slug in ("b", "a", "c-d")])
VALUES = st.one_of(
    st.text(alphabet="aé\"'\\\n \t.", max_size=8).map(lambda text: Literal(text, lang="en")),
    st.integers(-5, 5).map(Literal),
    SUBJECTS,
)
TRIPLES = st.tuples(SUBJECTS, st.sampled_from([RDFS.label, CEBU.host, CEBU.number]), VALUES)


@given(st.sets(TRIPLES, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_show(
    triples: set[tuple[URIRef, URIRef, Literal | URIRef]], shuffle: random.Random
) -> None:
    def filled(ordered: list[tuple[URIRef, URIRef, Literal | URIRef]]) -> Graph:
        graph = new_graph()
        for triple in ordered:
            graph.add(triple)
        return graph

    one = sorted(triples, key=str)
    other = one.copy()
    shuffle.shuffle(other)
    content = stable_turtle(filled(one))
    assert content == stable_turtle(filled(other))
    assert set(new_graph().parse(data=content, format="turtle")) == triples


def test_each_subject_begins_a_line() -> None:
    graph = new_graph()
    graph.add((URIRef(f"{ID}state/a"), CEBU.host, URIRef(f"{ID}state/b")))
    lines = stable_turtle(graph).decode().splitlines()
    assert any(line.startswith(f"<{ID}state/a>") for line in lines)
