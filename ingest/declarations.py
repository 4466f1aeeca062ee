"""The reader of declarations and statements that a document prints whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rdflib import DCTERMS, RDF, XSD, Literal, Namespace, URIRef

from ingest.declaration_parts import Part, Signature, StructureError, read_parts, read_signatures
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.names import NameRegistry
from ingest.quotes import quoted_spans
from ingest.source_text import QuoteError, SourceText, Span, printed_words
from ingest.state_names import member_state
from ingest.values import class_iri
from ingest.yaml_files import line_of, read_yaml
from ontology.iris import path_of, resource
from ontology.namespaces import PREFIXES
from ontology.terms import Cebu

_ELI = Namespace(PREFIXES["eli"])
_ADOPTERS = ("namely ", " on the occasion of ")
_WORDS_IN_LABEL = 10


def read_declarations(graph: DocumentGraph, names: NameRegistry, path: Path) -> None:
    """State each declaration that the file lists: title, adopting states, and every part in full.

    An entry of `declarations` gives id, class, label, `short` (for the labels of its parts), the
    printed `title` (which stands twice in a row where the declaration begins), `ends` (words behind
    it) and the `headings` over its provisions, each with the `addressee` that its `quote` names, if
    any. Paragraphs quoted under `silent` are passed over.

    Raises:
        IngestError: a declaration is not where the file says, a paragraph has no place in its
            structure, or a state is not in the registry; names the line.

    """
    content = read_yaml(path)
    source = graph.document.source
    silent = {span for words in content.get("silent", []) for span in _quoted(source, words)}
    for entry in content["declarations"]:
        try:
            _Declaration(graph, names, entry).state_all(silent)
        except (KeyError, ValueError) as error:
            at_fault = error.offset if isinstance(error, StructureError) else None
            if at_fault is None:
                place = Place(str(path), line_of(entry), str(entry.get("id")))
            else:
                place = Place(source.name, source.line(at_fault), str(entry["id"]))
            raise IngestError(
                place, f"The declaration cannot be read: {error}.", "Compare both with the print."
            ) from error


class _Declaration:
    """One declaration on its way into the graph."""

    def __init__(self, graph: DocumentGraph, names: NameRegistry, entry: Mapping[str, Any]) -> None:
        self.graph = graph
        self.names = names
        self.entry = entry
        self.iri = resource(str(entry["id"]))
        self.source = graph.document.source
        self.titles = _title_spans(self.source, str(entry["title"]))
        end = self.source.find(str(entry["ends"]), after=f"{entry['title']} {entry['title']}").start
        self.bounds = Span(self.titles[-1].end, end)
        self.headings = {str(heading["heading"]): heading for heading in entry.get("headings", [])}

    def state_all(self, silent: Collection[Span]) -> None:
        kind = class_iri(str(self.entry["class"]))
        title = Literal(printed_words(str(self.entry["title"])), lang="en")
        self.graph.declare(self.iri, kind, str(self.entry["label"]))
        self.graph.claim(self.iri, RDF.type, kind, self.titles)
        self.graph.claim(self.iri, DCTERMS.title, title, self.titles)
        parts = read_parts(self.source, self.bounds, list(self.headings), silent)
        for part in parts:
            self._state_part(part)
        self._state_adopters(parts[0])
        below = Span(parts[-1].text[-1].end, self.bounds.end)
        for signature in read_signatures(self.source, below, silent):
            self._state_signature(signature)

    def _state_part(self, part: Part) -> None:
        name = part.slug.replace("-", " ")
        subject = self._provision(part.slug, name, part.text, opening=True)
        claim = self.graph.claim
        if part.number is not None:
            claim(subject, Cebu.number, Literal(part.slug, datatype=XSD.string), [part.number])
        if part.heading is not None:
            words = self.source.exact(part.heading)
            claim(subject, Cebu.heading, Literal(words, lang="en"), [part.heading])
            heading = self.headings[words]
            if "addressee" in heading:
                addressed = _quoted(self.source, heading)
                claim(subject, Cebu.addressee, resource(str(heading["addressee"])), addressed)

    def _provision(self, slug: str, name: str, text: tuple[Span, ...], *, opening: bool) -> URIRef:
        """Declare a provision and state its text; the label has its opening words if so wished."""
        wording = "\n".join(printed_words(self.source.exact(span)) for span in text)
        words = wording.split()
        label = f"{self.entry['short']}, {name}"
        if opening:
            more = "…" if len(words) > _WORDS_IN_LABEL else ""
            label += f": {' '.join(words[:_WORDS_IN_LABEL])}{more}"
        instrument = path_of(self.iri).removeprefix("instrument/")
        subject = resource(f"provision/{instrument}/{slug}")
        self.graph.declare(subject, Cebu.Provision, label)
        self.graph.claim(subject, RDF.type, Cebu.Provision, text)
        self.graph.claim(subject, _ELI.is_part_of, self.iri, [self.titles[-1]])
        self.graph.claim(subject, Cebu.text, Literal(wording, lang="en"), text)
        return subject

    def _state_adopters(self, opening: Part) -> None:
        """State the states whose ministers or heads adopt it, where the opening names them."""
        (whole,) = opening.text
        before, after = _ADOPTERS
        words = self.source.exact(whole)
        begin, end = words.find(before), words.find(after)
        if not 0 <= begin < end:
            return
        adopters = Span(whole.start, whole.start + begin + len(before.rstrip()))
        for mention in self.names.mentions(words[begin:end]):
            if mention.thing.kind_of_thing == Cebu.MemberState:
                offset = whole.start + begin
                named = Span(offset + mention.start, offset + mention.end)
                self.graph.claim(self.iri, Cebu.adoptedBy, mention.thing.iri, [adopters, named])

    def _state_signature(self, signature: Signature) -> None:
        try:
            state = member_state(self.names, self.source.exact(signature.state))
        except ValueError as error:
            raise StructureError(signature.state.start, str(error)) from error
        slug = path_of(state).removeprefix("state/")
        name = f"signature for {self.names.things[state].label}"
        subject = self._provision(f"signature-{slug}", name, signature.lines, opening=False)
        self.graph.claim(self.iri, Cebu.adoptedBy, state, signature.lines)
        self.graph.claim(subject, Cebu.signedFor, state, [signature.state])
        printed = ((Cebu.signatory, signature.name), (Cebu.office, signature.office))
        for predicate, span in printed:
            if span is not None:
                words = Literal(printed_words(self.source.exact(span)), datatype=XSD.string)
                self.graph.claim(subject, predicate, words, [span])


def _quoted(source: SourceText, entry: Mapping[str, Any]) -> list[Span]:
    return quoted_spans(source, entry["quote"], entry.get("after"))


def _title_spans(source: SourceText, title: str) -> list[Span]:
    """Return the two places of the title: on the leaf before the declaration, and over it.

    Raises:
        QuoteError: the title does not stand twice in a row, once in the document.

    """
    both = source.find(f"{title} {title}")
    first = source.trimmed(both.start, source.text.find("\n", both.start))
    second = source.trimmed(source.text.rfind("\n", both.start, both.end), both.end)
    if first is None or second is None or first == second:
        raise QuoteError(f"the title {title!r} does not stand twice, on lines of its own")
    return [first, second]
