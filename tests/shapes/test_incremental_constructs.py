"""Incremental validation is exact for every construct of SHACL Core, and for SPARQL constraints.

Each construct is a shape over a small world of nodes and properties, in which triples are added,
deleted and replaced at random: any of them may be near to a focus node or far from it.
"""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from shapes.incremental import IncrementalValidator, canonical
from tests.shapes.equal_reports import PROFILE, follow

X: Final = "urn:x:"
PREFIXES: Final = """
@prefix : <urn:x:> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:x:prefixes> a owl:Ontology ; sh:declare [ sh:prefix "x" ; sh:namespace "urn:x:"^^xsd:anyURI ] .
"""
CONSTRAINTS: Final = {
    "class": "sh:path :p ; sh:class :C",
    "datatype": "sh:path :p ; sh:datatype xsd:integer",
    "nodeKind": "sh:path :p ; sh:nodeKind sh:IRI",
    "minCount": "sh:path :p ; sh:minCount 2",
    "maxCount": "sh:path :p ; sh:maxCount 1",
    "minExclusive": "sh:path :p ; sh:minExclusive 1",
    "minInclusive": "sh:path :p ; sh:minInclusive 2",
    "maxExclusive": "sh:path :p ; sh:maxExclusive 2",
    "maxInclusive": "sh:path :p ; sh:maxInclusive 1",
    "minLength": "sh:path :p ; sh:minLength 2",
    "maxLength": "sh:path :p ; sh:maxLength 1",
    "pattern": 'sh:path :p ; sh:pattern "^[1-9a]$" ; sh:flags "i"',
    "languageIn": 'sh:path :p ; sh:languageIn ( "en" )',
    "uniqueLang": "sh:path :p ; sh:uniqueLang true",
    "equals": "sh:path :p ; sh:equals :q",
    "disjoint": "sh:path :p ; sh:disjoint :q",
    "lessThan": "sh:path :p ; sh:lessThan :q",
    "lessThanOrEquals": "sh:path :p ; sh:lessThanOrEquals :q",
    "hasValue": "sh:path :p ; sh:hasValue :n1",
    "in": "sh:path :p ; sh:in ( :n1 :n2 1 )",
    "not": "sh:path :p ; sh:not [ sh:path :q ; sh:minCount 1 ]",
    "and": "sh:path :p ; sh:and ( [ sh:class :C ] [ sh:property [ sh:path :q ; sh:minCount 1 ] ] )",
    "or": "sh:path :p ; sh:or ( [ sh:class :C ] [ sh:path ( :q :p ) ; sh:minCount 1 ] )",
    "xone": "sh:path :p ; sh:xone ( [ sh:class :C ] [ sh:path :q ; sh:maxCount 0 ] )",
    "node": "sh:path :p ; sh:node [ sh:property [ sh:path :q ; sh:class :C ; sh:minCount 1 ] ]",
    "property": "sh:path :p ; sh:property [ sh:path [ sh:inversePath :q ] ; sh:minCount 1 ]",
    "qualified": "sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1",
    "qualifiedMax": "sh:path :p ; sh:qualifiedValueShape [ sh:path :q ; sh:minCount 1 ] ;"
    " sh:qualifiedMaxCount 1",
    "sequence": "sh:path ( :p :q :p ) ; sh:class :C",
    "inverse": "sh:path [ sh:inversePath :p ] ; sh:class :C",
    "inverseSequence": "sh:path [ sh:inversePath ( :p :q ) ] ; sh:maxCount 0",
    "far": "sh:path ( [ sh:inversePath :p ] [ sh:inversePath :q ] ) ; sh:minCount 1",
    "alternative": "sh:path [ sh:alternativePath ( :p ( :q :q ) ) ] ; sh:class :C",
    "zeroOrMore": "sh:path [ sh:zeroOrMorePath :p ] ; sh:class :C",
    "oneOrMore": "sh:path [ sh:oneOrMorePath [ sh:alternativePath ( :p [ sh:inversePath :q ] ) ] ]"
    " ; sh:class :C",
    "zeroOrOne": "sh:path ( :q [ sh:zeroOrOnePath :p ] ) ; sh:class :C",
    "warning": "sh:path :p ; sh:class :C ; sh:severity sh:Warning",
    "info": "sh:path :p ; sh:node [ sh:class :C ; sh:severity sh:Info ] ; sh:severity sh:Warning",
}
ON_NODES: Final = {
    "closed": "sh:closed true ; sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path :p ]",
    "closedValues": "sh:property [ sh:path :p ; sh:node [ sh:closed true ;"
    " sh:property [ sh:path :q ] ] ]",
    "nodeClass": "sh:class :D",
    "nodeEquals": "sh:equals :p",
    "nodeDisjoint": "sh:disjoint :p",
    "nodeHasValue": "sh:hasValue :n1",
    "siblings": """sh:property
        [ sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1 ;
          sh:qualifiedValueShapesDisjoint true ],
        [ sh:path :p ; sh:qualifiedValueShape [ sh:class :D ] ; sh:qualifiedMaxCount 0 ;
          sh:qualifiedValueShapesDisjoint true ]""",
    "deactivated": "sh:property [ sh:path :p ; sh:minCount 1 ; sh:deactivated true ], :Part",
    "deep": "sh:property [ sh:path :p ; sh:property [ sh:path :q ; sh:property"
    " [ sh:path :p ; sh:nodeKind sh:Literal ] ] ]",
}
QUERIES: Final = {
    "join": "SELECT $this ?value { $this x:p ?value . ?value x:q ?other . ?other a x:C }",
    "notExists": "SELECT $this ?value { $this x:p ?value FILTER NOT EXISTS { ?value x:q ?o } }",
    "exists": "SELECT $this ?value { ?value x:p $this FILTER EXISTS { ?value x:q ?o . ?o a x:C } }",
    "optional": "SELECT $this ?value { $this x:p ?value OPTIONAL { ?value x:q ?o . ?o x:p ?n }"
    " FILTER (!BOUND(?n)) }",
    "union": "SELECT $this ?value { { $this x:p ?value } UNION"
    " { ?value x:q $this . ?value x:p ?o } }",
    "anyProperty": "SELECT $this ?path ?value { $this ?path ?value . ?value ?path ?o }",
    "aggregate": "SELECT $this ?value (COUNT(?o) AS ?n) { $this x:p ?value . ?value x:q ?o }"
    " GROUP BY $this ?value HAVING (COUNT(?o) > 1)",
    "counted": "SELECT $this { $this x:p ?o . ?o x:q ?n } GROUP BY $this HAVING (COUNT(?n) > 2)",
    "subquery": "SELECT $this ?value { { SELECT $this (COUNT(?o) AS ?n) { $this x:p ?o }"
    " GROUP BY $this HAVING (COUNT(?o) > 1) } $this x:q ?value }",
    "countedSubquery": "SELECT $this ?value { { SELECT $this (COUNT(?o) AS ?n) { $this x:p ?o }"
    " GROUP BY $this } $this x:q ?value FILTER (?n = 2) }",
    "bind": "SELECT $this ?value { $this x:p ?o BIND (?o AS ?same) ?same x:q ?value }",
    "all": "SELECT $this ?value { $this a x:T . ?value x:q ?o"
    " FILTER NOT EXISTS { $this x:p ?value } }",
    "path": "SELECT $this ?value { $this x:p+/x:q ?value }",
    "minusOfTypes": "SELECT $this ?value { $this x:p ?value FILTER NOT EXISTS"
    " { ?value a ?type . ?type rdfs:subClassOf x:C } }",
    "label": "SELECT $this ?value ?label { ?value x:p $this"
    " OPTIONAL { ?value rdfs:label ?label } }",
    "values": "SELECT $this (?o AS ?value) { $this x:p ?o . ?o x:q $this }",
}
TARGETS: Final = {
    "class": "sh:targetClass :T",
    "superclass": "sh:targetClass :S",
    "implicit": "a rdfs:Class",
    "node": "sh:targetNode :n0, :n1, :absent, 1",
    "subjects": "sh:targetSubjectsOf :q",
    "objects": "sh:targetObjectsOf :q",
    "several": "sh:targetClass :T ; sh:targetObjectsOf :p ; sh:targetNode :n2",
}


def shape(kind: str, name: str, target: str) -> str:
    """The text of a shape with one construct."""
    match kind:
        case "query":
            text = QUERIES[name]
            about = 'sh:prefixes :prefixes ; sh:message "{?value}!"'
            body, kind = f'sh:sparql [ sh:select "{text}" ; {about} ]', "sh:NodeShape"
        case "node":
            body, kind = ON_NODES[name], "sh:NodeShape"
        case _:
            body, kind = CONSTRAINTS[name], "sh:PropertyShape"
    part = ":Part sh:path :q ; sh:minCount 1 ."
    return f"{PREFIXES} :Shape a {kind} ; {TARGETS[target]} ; {body} . {part}"


ALL: Final = [
    *(("constraint", name) for name in CONSTRAINTS),
    *(("node", name) for name in ON_NODES),
    *(("query", name) for name in QUERIES),
]
NODES: Final[list[Node]] = [*(URIRef(f"{X}n{n}") for n in range(5)), BNode("b0"), BNode("b1")]
VALUES: Final[list[Node]] = [
    *(NODES),
    *(Literal(number) for number in range(4)),
    *(Literal("a", datatype=XSD.string), Literal("a", lang="en"), Literal("b", lang="en")),
]
CLASSES: Final = [URIRef(X + name) for name in ("T", "C", "D", "S", "Shape")]


@st.composite
def triples(draw: st.DrawFn) -> tuple[Node, Node, Node]:
    kind = draw(st.integers(0, 9))
    if kind < 3:
        return draw(st.sampled_from(NODES)), RDF.type, draw(st.sampled_from(CLASSES))
    if kind == 3:
        return draw(st.sampled_from(CLASSES)), RDFS.subClassOf, draw(st.sampled_from(CLASSES))
    if kind == 4:
        return draw(st.sampled_from(NODES)), RDFS.label, draw(st.sampled_from(VALUES[-2:]))
    predicate = URIRef(X + draw(st.sampled_from(["p", "q", "p", "q", "r"])))
    return draw(st.sampled_from(NODES)), predicate, draw(st.sampled_from(VALUES))


VALIDATORS: dict[str, tuple[Graph, IncrementalValidator]] = {}


def validator(text: str) -> tuple[Graph, IncrementalValidator]:
    if text not in VALIDATORS:
        shapes = canonical(Graph().parse(data=text, format="turtle"))
        VALIDATORS[text] = shapes, IncrementalValidator(shapes)
    return VALIDATORS[text]


@pytest.mark.parametrize("construct", ALL, ids=lambda pair: f"{pair[0]}-{pair[1]}")
@given(
    target=st.sampled_from(sorted(TARGETS)), start=st.sets(triples(), max_size=25), data=st.data()
)
@PROFILE
def test_each_construct_is_exact(
    construct: tuple[str, str],
    target: str,
    start: set[tuple[Node, Node, Node]],
    data: st.DataObject,
) -> None:
    shapes, incremental = validator(shape(*construct, target))
    states = [start]
    for _ in range(4):
        state = states[-1]
        lost = data.draw(st.sets(st.sampled_from(sorted(state)), max_size=3)) if state else set()
        states.append((state - lost) | data.draw(st.sets(triples(), max_size=3)))
    follow(states, shapes, incremental)
