"""The check of a graph against the documents themselves: words as printed, no words lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rdflib import RDF, RDFS, Graph, Namespace

from ingest.annotations import annotation_files
from ingest.coverage import Gap, measure
from ingest.errors import Place
from ingest.manifest import SourceDocument
from ontology.iris import path_of, resource
from ontology.namespaces import PREFIXES
from ontology.terms import Cebu

_OA = Namespace(PREFIXES["oa"])


def check_sources(
    graph: Graph, documents: Mapping[str, SourceDocument], annotations: Path
) -> Iterator[str]:
    """Yield a message for each place where the graph and the documents do not agree.

    That is a passage whose words are not the document's at its offsets, and words of a document
    that no passage holds and no `silent` entry explains; each message names file, line and entity.
    """
    for slug, document in documents.items():
        yield from _check_passages(graph, document)
        for gap in measure(graph, document, annotation_files(annotations, slug)).gaps:
            if gap.reason is None:
                yield _explain_gap(graph, document, gap)


def _check_passages(graph: Graph, document: SourceDocument) -> Iterator[str]:
    iri = resource(f"document/{document.slug}")
    for passage in sorted(graph.subjects(_OA.hasSource, iri), key=str):
        start, end = graph.value(passage, Cebu.start), graph.value(passage, Cebu.end)
        exact = graph.value(passage, Cebu.exact)
        if start is None or end is None or exact is None:
            continue  # the shape of passages reports it
        words = document.source.text[int(str(start)) : int(str(end))]
        if words != str(exact):
            line = document.source.line(int(str(start)))
            yield (
                f"{Place(document.source.name, line, path_of(str(passage)))}: the passage has "
                f"{str(exact)!r}, but the document says {words!r} there. Build the graph again."
            )


def _explain_gap(graph: Graph, document: SourceDocument, gap: Gap) -> str:
    before, after = _neighbours(graph, document, gap)
    return (
        f"{Place(document.source.name, gap.line)}: {gap.words!r} is evidence of nothing; it stands "
        f"between words on {before} and words on {after}. Annotate it, or say why under `silent`."
    )


def _neighbours(graph: Graph, document: SourceDocument, gap: Gap) -> tuple[str, str]:
    """Name the entities whose evidence is next before and next after the gap, projects first."""
    prefix = resource(f"passage/{document.slug}/0-1").removesuffix("0-1")
    before: tuple[int, bool, str] = (-1, False, "nothing")
    after: tuple[int, bool, str] = (-len(document.source.text), False, "nothing")
    for subject, passage in graph.subject_objects(Cebu.evidence):
        if not str(passage).startswith(prefix) or (subject, RDF.type, Cebu.Claim) in graph:
            continue
        start, end = map(int, str(passage).removeprefix(prefix).split("-"))
        is_project = (subject, RDF.type, Cebu.Project) in graph
        name = f"{graph.value(subject, RDFS.label)} <{subject}>"
        if end <= gap.span.start:
            before = max(before, (end, is_project, name))
        elif start >= gap.span.end:
            after = max(after, (-start, is_project, name))
    return before[2], after[2]
