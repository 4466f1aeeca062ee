"""The build: all documents and curated readings to named graphs, and those to files."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rapidfuzz import process
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from ingest.annotations import annotation_files, apply_annotations
from ingest.discrepancies import build_discrepancies
from ingest.document_graph import DocumentGraph
from ingest.errors import IngestError, Place
from ingest.exchange import exchange
from ingest.links import build_links
from ingest.manifest import read_manifest
from ingest.named_things import state_named_things
from ingest.names import NameRegistry, read_names
from ingest.provenance import build_provenance
from ingest.readers import READERS
from ingest.turtle import stable_turtle
from ontology.files import alignments, schemes, vocabulary
from ontology.namespaces import ID, new_graph

# OWL 2 reserves these terms, so that the vocabulary cannot describe them.
_BUILT_IN = {RDF.type: "type", RDFS.label: "label"}
Progress = Callable[[str], None]


def build_graphs(data: Path, progress: Progress = lambda step: None) -> dict[str, Graph]:
    """Return the named graphs by slug: one a document, and ontology, schemes, links, provenance.

    Raises:
        IngestError: a document, annotation, correction or name cannot be read as it stands.

    """
    documents = read_manifest(data / "sources")
    names = read_names(data / "annotations" / "names.yaml")
    read: dict[str, DocumentGraph] = {}
    spellings: set[str] = set()
    for slug, document in documents.items():
        progress(f"reading {slug}")
        graph = DocumentGraph(document)
        spellings |= state_named_things(graph, names)
        if slug in READERS:
            READERS[slug](graph, names, data)
        for path in annotation_files(data / "annotations", slug):
            apply_annotations(path, graph)
        read[slug] = graph
    _check_spellings(names, spellings, data / "annotations" / "names.yaml")
    terms = {"ontology": vocabulary() + alignments(), "schemes": schemes()}
    for term, label in _BUILT_IN.items():
        terms["ontology"].add((term, RDFS.label, Literal(label, lang="en")))
    labels = _labels(read, terms.values())
    _check_values(read, labels)
    progress("stating claims")
    graphs = {slug: graph.finish(labels) for slug, graph in read.items()} | terms
    graphs["links"] = build_links(
        data / "annotations" / "links.yaml", [graphs[slug] for slug in read]
    ) + build_discrepancies(data / "annotations" / "discrepancies.yaml", read)
    graphs["provenance"] = build_provenance(documents)
    return graphs


def write_graphs(graphs: Mapping[str, Graph], folder: Path) -> dict[str, bytes]:
    """Replace the Turtle files in `folder` by the graphs; return the SHA-256 of each.

    All of them are replaced or none.

    The new folder is complete before it takes the old one's place, in one step where the system
    has one for that, else in two with a moment between them when there is neither.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sums: dict[str, bytes] = {}
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        staged.chmod(0o755)
        for slug, graph in graphs.items():
            content = stable_turtle(graph)
            sums[slug] = hashlib.sha256(content).digest()
            (staged / f"{slug}.ttl").write_bytes(content)
        if not folder.exists():
            staged.rename(folder)
        elif exchange(staged, folder):
            shutil.rmtree(staged, ignore_errors=True)
        else:
            replaced = staged.with_name(staged.name + "-replaced")
            folder.rename(replaced)
            staged.rename(folder)
            shutil.rmtree(replaced, ignore_errors=True)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return sums


def union(graphs: Mapping[str, Graph]) -> Graph:
    """Return the triples of all graphs as one set."""
    whole = new_graph()
    for graph in graphs.values():
        whole += graph
    return whole


def _check_spellings(names: NameRegistry, printed: set[str], path: Path) -> None:
    for thing in names.things.values():
        for spelling in thing.spellings:
            if spelling not in printed:
                raise IngestError(
                    Place(str(path), None, str(thing.iri)),
                    f"No document prints the name {spelling!r}.",
                    "Remove it, or spell it as printed.",
                )


def _labels(read: Mapping[str, DocumentGraph], terms: Iterable[Graph]) -> dict[URIRef, str]:
    labels: dict[URIRef, str] = {}
    for graph in terms:
        for subject, label in graph.subject_objects(RDFS.label):
            labels[URIRef(str(subject))] = str(label)
    for document in read.values():
        for thing, name in document.labels().items():
            known = labels.setdefault(thing, name)
            if known != name:
                raise IngestError(
                    Place(document.document.source.name, None, str(thing)),
                    f"It is called {known!r} elsewhere and {name!r} here.",
                    "Give it one label in all curated files.",
                )
    return labels


def _check_values(read: Mapping[str, DocumentGraph], labels: Mapping[URIRef, str]) -> None:
    for document in read.values():
        for (subject, predicate, value), _ in document.claims().items():
            for node in (subject, value):
                if _is_thing(node) and node not in labels:
                    like = [
                        name for name, _, _ in process.extract(str(node), list(labels), limit=3)
                    ]
                    raise IngestError(
                        Place(document.document.source.name, None, str(subject)),
                        f"The value {node} of {predicate} is described nowhere "
                        f"(most like it: {'; '.join(like)}).",
                        "Describe it in data/annotations/, or name a thing that is described.",
                    )


def _is_thing(node: Node) -> bool:
    return isinstance(node, URIRef) and node.startswith(ID)
