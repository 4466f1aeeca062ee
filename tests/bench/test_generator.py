"""The generated graph is of the real one's kind, and the mix asks something of it."""

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph

from server.settings import ROOT
from shapes.validator import validate
from tests.bench.dataset import Dataset, generated, memory_store
from tests.bench.generator import generate
from tests.bench.mix import HEAVIEST, LIGHT, LIGHTEST, MIX
from tests.bench.target import Answer
from tests.bench.targets import CEBU, cebu

TRIPLES = 10_000
CEBU_TERMS = "https://w3id.org/cebu/ontology#"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return generated(tmp_path_factory.mktemp("generated"), TRIPLES)


@pytest.fixture(scope="module")
def store(dataset: Dataset) -> ox.Store:
    return memory_store(dataset)


def counts(store: ox.Store, query: str) -> Counter[str]:
    """Return the second column by the first."""
    results = store.query(query)
    assert isinstance(results, ox.QuerySolutions)
    found: Counter[str] = Counter()
    for row in results:
        term, number = row[0], row[1]
        assert isinstance(term, ox.NamedNode) and isinstance(number, ox.Literal)
        found[term.value] = int(number.value)
    return found


def classes(store: ox.Store) -> Counter[str]:
    return counts(store, "SELECT ?c (COUNT(DISTINCT ?x) AS ?n) { ?x a ?c } GROUP BY ?c")


def contents(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("triples", [10_000, 60_000])
def test_as_many_statements_as_asked_for(tmp_path: Path, triples: int) -> None:
    counted = generate(tmp_path / "data", triples)
    found = len(memory_store(Dataset("", tmp_path / "data", tmp_path, {})))
    assert found == counted
    assert abs(found - triples) < triples * 0.05


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        generate(tmp_path / name, 8_000, seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "again")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_it_conforms_to_the_shapes(dataset: Dataset) -> None:
    graph = Graph()
    for path in dataset.files:
        graph.parse(path)
    assert not validate(graph).results


def test_it_has_the_real_graph_s_classes_and_no_term_of_its_own(store: ox.Store) -> None:
    real = memory_store(Dataset("", ROOT / "data", ROOT, {}))
    ours = {name for name in classes(store) if name.startswith(CEBU_TERMS)}
    theirs = {name for name in classes(real) if name.startswith(CEBU_TERMS)}
    assert ours <= theirs
    # Kinds of instruments are a choice.
    kinds = {"Statement", "Protocol", "MemorandumOfUnderstanding"}
    assert theirs - ours <= {CEBU_TERMS + kind for kind in kinds}
    used = counts(store, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    assert set(used) <= set(counts(real, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"))


def test_each_passage_is_the_text_at_its_offsets(dataset: Dataset, store: ox.Store) -> None:
    results = store.query(
        "PREFIX c: <https://w3id.org/cebu/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#> "
        "SELECT ?exact ?start ?end ?document "
        "{ ?p c:exact ?exact ; c:start ?start ; c:end ?end ; oa:hasSource ?document }"
    )
    assert isinstance(results, ox.QuerySolutions)
    rows = list(results)
    for row in rows:
        exact, start, end, document = (str(getattr(term, "value", "")) for term in row)
        path = dataset.data / "sources" / f"{document.rpartition('/')[2]}.txt"
        assert path.read_text(encoding="ascii")[int(start) : int(end)] == exact
    assert len(rows) > 100


@pytest.mark.parametrize("name", MIX)
def test_each_query_of_the_mix_has_rows(store: ox.Store, name: str) -> None:
    results = store.query(MIX[name])
    assert isinstance(results, ox.QuerySolutions)
    assert sum(1 for _ in results) >= 1


def test_the_mix_has_twelve_queries_and_the_marked_ones_are_of_it() -> None:
    assert len(MIX) == 12
    assert {*LIGHT, LIGHTEST, HEAVIEST} <= MIX.keys()


def test_the_server_answers_the_mix_as_the_engine_does(dataset: Dataset, store: ox.Store) -> None:
    with cebu(dataset, CEBU, workers=1) as target:
        for text in MIX.values():
            results = store.query(text)
            assert isinstance(results, ox.QuerySolutions)
            body = results.serialize(format=ox.QueryResultsFormat.CSV) or b""
            answer = target.ask(text)
            assert (answer.status, answer.rows) == (200, Answer(200, body, 0.0).rows)
