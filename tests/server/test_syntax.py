"""That a mistake in a query is found where a reader would look for it."""

import pytest

from server.sparql.syntax import find_mistake

CASES = [
    ("", 1, 1, ""),
    ("select", 1, 7, ""),
    ("SELECT * WHERE { ?s ?p }", 1, 24, "}"),
    ("SELECT * WHERE {\n  ?s ?p ?o\n", 2, 11, ""),
    ("SELEC * WHERE { ?s ?p ?o }", 1, 1, "SELEC"),
    ("SELECT * WHER { ?s ?p ?o }", 1, 10, "WHER"),
    ("SELECT * FRM <http://a/> { ?s ?p ?o }", 1, 10, "FRM"),
    ("SELECT * { ?s ?p ?o } LIMIT x", 1, 29, "x"),
    ("SELECT * {\n  # a comment {\n  ?s ?p 1 FILTR(?s > 1)\n}", 3, 11, "FILTR"),
    ("SELECT * { ?s foo:bar 1 }", 1, 15, "foo:bar"),
    ("SELECT * { ?s ?p 1;foo:bar 1 }", 1, 20, "foo:bar"),
    ("SELECT * { foo:bar ?p 1 }", 1, 12, "foo:bar"),
    ("PREFIX e: <http://e/> ASK { e:a e:b/foo:bar _:c }", 1, 37, "foo:bar"),
    ("SELECT (1 AS ?x) { } }", 1, 22, "}"),
    ("ASK { BIND(STR(COALESCE(?a, 1)) AS ?b) ?s ?p }", 1, 46, "}"),
    ("SELECT * { ?s ?p 'é' ; }\nORDER BY", 2, 9, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "near"), CASES)
def test_mistakes_are_found_in_place(text: str, line: int, column: int, near: str) -> None:
    mistake = find_mistake(text)
    assert mistake is not None
    assert (mistake.line, mistake.column, mistake.near) == (line, column, near)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT(COUNT(*)AS?n){?s?p?o.FILTER(?o<1&&?o>0)}GROUP BY(?s)HAVING(?n>1)LIMIT 1",
        "PREFIX e:<http://e/>ASK{[]e:a\\(b\\)'x'@en,\"y\"^^e:t;(e:p|!(e:q|^e:r))+/e:s?(1 2)}",
        "ASK { ?s ?p '''it's # {''' } # end",
        "ASK { BIND(STR(COALESCE(?a, ?b)) AS ?c) } # from",
    ],
)
def test_what_parses_has_no_mistake(text: str) -> None:
    assert find_mistake(text) is None


def test_reasons_and_keywords_are_told() -> None:
    double = find_mistake("SELECT (1 AS ?x) (2 AS ?x) {}")
    assert double is not None
    assert double.reason == "Duplicated variable name in SELECT"
    misspelt = find_mistake("SELECT * WHER { ?s ?p ?o }")
    assert misspelt is not None
    assert misspelt.expected == ("WHERE",)


def test_looking_for_mistakes_evaluates_nothing() -> None:
    many = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(100)))} }}" for i in range(8))
    assert find_mistake(f"SELECT (COUNT(*) AS ?n) {{ {many} }}") is None
