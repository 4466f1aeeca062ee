"""That a value holds wherever the variable stands."""

import pyoxigraph as ox
import pytest

from server.sparql.parameters import bind

STORE = ox.Store()
STORE.update(
    """PREFIX : <http://e/>
    INSERT DATA { :a :p 1 , 2 ; :q :x . :b :p 3 ; :q :y . :c :p 4 . }"""
)
HEAD = "PREFIX : <http://e/> "


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?v { ?s :p ?v } ORDER BY ?v", [1, 2]),
        ("SELECT ?s ?v { ?s :p ?v } ORDER BY ?v", ["http://e/a", 1, "http://e/a", 2]),
        ("SELECT (COUNT(*) AS ?n) { ?s :p ?v } GROUP BY ?s", [2]),
        ("SELECT ?v { ?t :p ?v FILTER(?t = ?s) } ORDER BY ?v", [1, 2]),
        ("SELECT ?v { { SELECT ?v { ?s :p ?v } } } ORDER BY ?v", [1, 2]),
        ("SELECT ?v { { ?t :p ?v FILTER(?t = ?s) } UNION { ?s :q ?v } } ORDER BY ?v",
         ["http://e/x", 1, 2]),
        ("SELECT ?v { ?t :p ?v FILTER NOT EXISTS { ?s :p ?v } } ORDER BY ?v", [3, 4]),
        ("SELECT ?v { ?t :p ?v MINUS { ?s :p ?v } } ORDER BY ?v", [3, 4]),
        ("SELECT ?v ?q { ?t :p ?v OPTIONAL { ?t :q ?q FILTER(?t = ?s) } } ORDER BY ?v",
         [1, "http://e/x", 2, "http://e/x", 3, 4]),
        ("SELECT ?v { VALUES ?t { :a :b } { ?t :p ?v FILTER(?t != $s) } } # ?s {", [3]),
        ("SELECT ?v { ?t :p ?v FILTER(STR(?t) = CONCAT('{ ?s }', '') || ?t = ?s) } ORDER BY ?v",
         [1, 2]),
        ("SELECT ?v { GRAPH ?g { } } ORDER BY ?s", None),
    ],
)  # fmt: skip
def test_the_value_holds_in_each_place(query: str, expected: list[int | str] | None) -> None:
    values = {"s": "<http://e/a>"}
    if expected is None:
        with pytest.raises(ValueError, match=r"\?s"):
            bind(HEAD + query, values)
        return
    results = STORE.query(bind(HEAD + query, values))
    assert isinstance(results, ox.QuerySolutions)
    found = [term.value for row in results for term in row if hasattr(term, "value")]
    assert found == [str(value) for value in expected]


def test_a_graph_made_is_no_pattern() -> None:
    text = bind("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", {"s": "<http://e/b>"})
    assert text == "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { <http://e/b> } ?s ?p ?o }"
    results = STORE.query(text)
    assert isinstance(results, ox.QueryTriples)
    assert len(list(results)) == 2
