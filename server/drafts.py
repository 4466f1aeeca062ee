"""A change, made to a draft: a copy of the store that nobody else reads.

In the union setting the default graph holds a copy of each triple of the named graphs. After each
operation that is made true again:

- what was inserted into a named graph is copied;
- what no named graph holds any longer loses its copy;
- what was inserted into the default graph itself goes to the named graph `OWN` as well;
- what was deleted from the default graph goes from `OWN`; if another graph holds it, the change is
  refused, for it would be deleted from documents that nobody named.
"""

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from ontology.namespaces import GRAPH
from server import reach, syntax
from server.changes import Change, Changed, Document, GraphChange, SparqlUpdate
from server.formats import media_format
from server.guard import check_graphs
from server.limits import Limits
from server.problems import Problem
from server.sequence import Operation
from server.store import copied

# What is written to the default graph in the union setting.
OWN: Final = GRAPH + "default"

Name = ox.NamedNode | ox.BlankNode | ox.DefaultGraph
_DEFAULT: Final = ox.DefaultGraph()
_OWN: Final = ox.NamedNode(OWN)
# MINUS is a hash join here, four times as fast as NOT EXISTS.
_UNNAMED: Final = "SELECT ?s ?p ?o { ?s ?p ?o MINUS { GRAPH ?g { ?s ?p ?o } } }"
_UNCOPIED: Final = "SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } MINUS { ?s ?p ?o } }"


@dataclass(slots=True)
class Draft:
    """A copy of the store to be changed: in `folder`, or in memory if that is None."""

    store: ox.Store
    union: bool
    limits: Limits
    folder: Path | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def change(self, change: Change) -> Changed:
        """Make the change, whole or, if this raises, in part: then the draft is of no use.

        Needs the stack of an evaluation. Raises `Problem`.
        """
        try:
            match change:
                case SparqlUpdate():
                    return self._update(change)
                case GraphChange():
                    return self._graph(change)
        except MemoryError as error:
            raise Problem("query-memory", "The change took more memory than one may.") from error
        except (ValueError, RuntimeError) as error:
            raise Problem("update-failed", f"The engine says: {error}.") from error
        finally:
            if self.folder:
                self.store.flush()

    def _update(self, update: SparqlUpdate) -> Changed:
        reach.check_size(update.text)
        for operation in reach.parse(update.text, self.limits.service_hosts):
            wanted = operation
            if update.defaults or update.named:
                wanted = operation.over(update.defaults, update.named)
                if wanted is not operation:
                    check_graphs((*update.defaults, *update.named), self._graphs())
            else:
                reach.check_graphs(operation, self._graphs())
            with self._union_kept(operation):
                self.store.update(wanted.text, base_iri=syntax.BASE_IRI)
        return Changed()

    def _graphs(self) -> frozenset[str]:
        return frozenset(
            name.value for name in self.store.named_graphs() if isinstance(name, ox.NamedNode)
        )

    @contextlib.contextmanager
    def _union_kept(self, operation: Operation) -> Iterator[None]:
        """Make the default graph the union of the named ones again when the block has ended."""
        if not self.union:
            yield
            return
        # Only who may do both leaves it open which of the two it was.
        before = self._copy() if operation.inserts and operation.deletes else None
        yield
        for triple in list(self._triples(_UNNAMED)):
            quad = _quad(triple, _DEFAULT)
            was_there = quad in before if before is not None else operation.deletes
            if was_there:
                self.store.remove(quad)
            else:
                self.store.add(_quad(triple, _OWN))
        for triple in list(self._triples(_UNCOPIED)):
            quad = _quad(triple, _DEFAULT)
            was_there = quad in before if before is not None else operation.deletes
            if was_there:
                self._delete_own(triple)
            else:
                self.store.add(quad)

    def _copy(self) -> ox.Store:
        """Return the draft as it is now."""
        if self.folder is None:
            return copied(self.store)
        path = self.folder / f"before-{next(self._numbers)}"
        self.store.backup(str(path))
        return ox.Store.read_only(str(path))

    def _triples(self, query: str) -> Iterator[ox.Triple]:
        found = self.store.query(query)
        assert isinstance(found, ox.QuerySolutions)  # noqa: S101 (our own SELECT)
        for row in found:
            yield ox.Triple(row["s"], row["p"], row["o"])

    def _delete_own(self, triple: ox.Triple) -> None:
        """Delete what was deleted from the default graph; raise `Problem` if a graph holds it."""
        holders = self._holders(triple) - {_OWN}
        if holders:
            holder = min(str(name) for name in holders)
            raise Problem(
                "default-graph",
                f"The default graph is the union of all graphs, and {holder} holds "
                f"a triple that would go: {triple}.",
            )
        self.store.remove(_quad(triple, _OWN))

    def _holders(self, triple: ox.Triple) -> set[Name]:
        quads = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return {quad.graph_name for quad in quads} - {_DEFAULT}

    def _graph(self, change: GraphChange) -> Changed:
        quads = [quad for document in change.documents for quad in _parsed(document, change)]
        if change.whole:
            for owner in {quad.graph_name for quad in quads}:
                self._add(owner, {quad.triple for quad in quads if quad.graph_name == owner})
            return Changed()
        new = {quad.triple for quad in quads}
        name: Name = _DEFAULT if change.graph is None else ox.NamedNode(change.graph)
        is_there = isinstance(name, ox.DefaultGraph) or self.store.contains_named_graph(name)
        if change.expects is not None and change.expects != is_there:
            raise Problem("precondition", f"{name} is {'there' if is_there else 'not there'}.")
        if change.action == "drop" and not is_there:
            raise Problem("graph-unknown", f"{name} is not a graph of this dataset.", status=404)
        if change.action != "add":
            self._remove(name, self._of(name) - new)
        self._add(name, new)
        if change.action == "drop" and not isinstance(name, ox.DefaultGraph):
            self.store.remove_graph(name)
        return Changed(created=not is_there)

    def _of(self, name: Name) -> set[ox.Triple]:
        return {quad.triple for quad in self.store.quads_for_pattern(None, None, None, name)}

    def _add(self, name: Name, triples: set[ox.Triple]) -> None:
        if not isinstance(name, ox.DefaultGraph):
            self.store.add_graph(name)
        elif self.union:
            # What a graph holds already is in the default graph.
            triples = triples - self._of(_DEFAULT)
            self.store.extend(_quad(triple, _OWN) for triple in triples)
        self.store.extend(_quad(triple, name) for triple in triples)
        if self.union:
            self.store.extend(_quad(triple, _DEFAULT) for triple in triples)

    def _remove(self, name: Name, triples: Iterable[ox.Triple]) -> None:
        for triple in triples:
            self.store.remove(_quad(triple, name))
            if not self.union:
                continue
            if isinstance(name, ox.DefaultGraph):
                self._delete_own(triple)
            elif not self._holders(triple):
                self.store.remove(_quad(triple, _DEFAULT))


def _parsed(document: Document, change: GraphChange) -> list[ox.Quad]:
    """Return the statements of a document. Raises `Problem` if it is malformed."""
    format_ = media_format(document.media_type)
    try:
        quads = list(
            ox.parse(document.body, format=format_, base_iri=document.base, rename_blank_nodes=True)
        )
    except SyntaxError as error:
        more = {"line": error.lineno, "column": error.offset} if error.lineno else {}
        raise Problem("body-malformed", f"{error.msg}.", more=more) from error
    except ValueError as error:
        raise Problem("body-malformed", f"{error}.") from error
    if not change.whole and any(quad.graph_name != _DEFAULT for quad in quads):
        raise Problem(
            "body-malformed",
            "The body has named graphs of its own.",
            next_step="Send statements of one graph, or POST the whole to /graphs.",
        )
    return quads


def _quad(triple: ox.Triple, name: Name) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, name)
