"""RDF that strangers send, read into a graph or refused.

Parsing needs a process of its own (`server.validation.worker`): before the parser sees a text, its
nesting and its entities are bounded here, for the parser bounds neither, and crashes or eats all
memory. It loads nothing that a text points to: no context (JSON-LD 1.1, section 3.1), no external
entity.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast
from xml.parsers import expat

import pyoxigraph as ox
from oxrdflib._converter import from_ox
from rdflib import Graph
from rdflib.term import Node

from server.http.problems import Problem

MAX_NESTING: Final = 128
# An entity stands for a namespace or a sign; with more, few references make much text.
MAX_ENTITY: Final = 512


@dataclass(frozen=True, slots=True)
class Syntax:
    """An RDF syntax: its media type, its name for people, and the suffix of its files.

    `has_lines` says whether descriptions begin at the first column, so that they can be found.
    """

    media_type: str
    label: str
    suffix: str
    rdf: ox.RdfFormat
    has_lines: bool = True


SYNTAXES: Final = {
    item.media_type: item
    for item in (
        Syntax("text/turtle", "Turtle", "ttl", ox.RdfFormat.TURTLE),
        Syntax("application/n-triples", "N-Triples", "nt", ox.RdfFormat.N_TRIPLES),
        Syntax("application/rdf+xml", "RDF/XML", "rdf", ox.RdfFormat.RDF_XML, has_lines=False),
        Syntax("application/ld+json", "JSON-LD", "jsonld", ox.RdfFormat.JSON_LD, has_lines=False),
        Syntax("application/trig", "TriG", "trig", ox.RdfFormat.TRIG),
        Syntax("application/n-quads", "N-Quads", "nq", ox.RdfFormat.N_QUADS),
    )
}

# What stands in a string, a comment or an IRI nests nothing.
_JSON: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
_TURTLE: Final = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*"""'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    rb'|"(?:[^"\\\n]|\\.)*"'
    rb"|'(?:[^'\\\n]|\\.)*'"
    rb"|<[^<>\s]*>"
    rb"|\#[^\n]*"
    rb"|(?P<open><<|[(\[{])|(?P<close>>>|[)\]}])",
    re.DOTALL,
)


def read(body: bytes, syntax: Syntax) -> Graph:
    """Return all triples of a text, those of named graphs included, as one graph.

    Raises `Problem` if the text does not parse, with the line where it is known, or if it nests
    deeper or has longer entities than is taken, or a term that rdflib has not (RDF 1.2).
    """
    _check_structure(body, syntax)
    graph = Graph(bind_namespaces="none")
    try:
        quads = ox.parse(body, format=syntax.rdf, rename_blank_nodes=True)
        graph.addN((*triple, graph) for triple in triples(quads))
    except SyntaxError as error:
        raise _mistake(body, syntax, error) from error
    return graph


def triples(quads: Iterable[ox.Quad | ox.Triple]) -> Iterator[tuple[Node, Node, Node]]:
    """Yield triples, or those of quads, as rdflib has them.

    Raises `Problem` if one has a triple as its object, which rdflib has not.
    """
    for quad in quads:
        if isinstance(quad.object, ox.Triple):
            raise Problem(
                "data-syntax",
                "The data has a triple as the object of another (RDF 1.2).",
                next_step="Describe the statement with rdf:subject, rdf:predicate and rdf:object.",
            )
        terms = map(from_ox, (quad.subject, quad.predicate, quad.object))
        yield cast("tuple[Node, Node, Node]", tuple(terms))


def _check_structure(body: bytes, syntax: Syntax) -> None:
    if syntax.rdf == ox.RdfFormat.RDF_XML:
        _Scan().run(body)
        return
    depth = 0
    for token in (_JSON if syntax.rdf == ox.RdfFormat.JSON_LD else _TURTLE).finditer(body):
        if token["open"]:
            depth += 1
            if depth > MAX_NESTING:
                raise too_deep(body.count(b"\n", 0, token.start()) + 1)
        elif token["close"]:
            depth -= 1


class _Scan:
    """A look through an XML document: how deep it is, and which entities it declares."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._entity
        self._depth = 0

    def run(self, body: bytes) -> None:
        """Raise `Problem` if the document is too deep or its entities grow."""
        # What is no XML is for the RDF parser to say; expat stops where it grows all the same.
        with suppress(expat.ExpatError):
            self._parser.Parse(body, True)

    def _start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise too_deep(self._parser.CurrentLineNumber)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if is_parameter or value is None or "&" in value or len(value) > MAX_ENTITY:
            raise Problem(
                "data-syntax",
                f"The entity {name[:100]!r} is external, made of others, or longer than "
                f"{MAX_ENTITY} characters.",
                next_step="Write its text where it is used.",
                more={"line": self._parser.CurrentLineNumber},
            )


def too_deep(line: int | None = None) -> Problem:
    """Return the problem of data that is nested deeper than is taken."""
    return Problem(
        "data-too-deep",
        f"The data is nested more than {MAX_NESTING} deep.",
        more={"limit": MAX_NESTING, **({"line": line} if line else {})},
    )


def _mistake(body: bytes, syntax: Syntax, error: SyntaxError) -> Problem:
    line, column = error.lineno, error.offset
    words = re.sub(r" \(line \d+\)$", "", error.msg or "it cannot be read")
    words = re.sub(r"^Parser error at .*?: ", "", words)
    if "LoadDocumentCallback" in words:
        return Problem(
            "data-syntax",
            "The data names a context at another address, and this server loads none.",
            next_step="Write the context into the data.",
        )
    if syntax.rdf == ox.RdfFormat.RDF_XML:
        line, column = _xml_mistake(body)
    more = {name: value for name, value in (("line", line), ("column", column)) if value}
    where = f"Line {line}, column {column}: " if line and column else ""
    return Problem("data-syntax", f"{where}{words[:500]}.", more=more)


def _xml_mistake(body: bytes) -> tuple[int | None, int | None]:
    """Return the line and column where a document stops being XML, which the parser keeps back."""
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)
    except expat.ExpatError as error:
        return error.lineno, error.offset + 1
    return None, None
