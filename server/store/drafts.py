"""A change, made to a draft: a copy of the store that nobody else reads.

What each operation asks for is found first (`server.sparql.effects`) and then made
(`server.store.deltas`), so that at the end it is known which statements were added and removed.
"""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from server.engine.limits import Limits
from server.http.formats import media_format
from server.http.problems import Problem
from server.sparql import reach
from server.sparql.effects import MANAGED, effect_of
from server.sparql.guard import check_graphs
from server.store import disk, provenance
from server.store.changes import (
    Change,
    Changed,
    Document,
    GraphChange,
    Recorded,
    Restoration,
    SparqlUpdate,
)
from server.store.deltas import DEFAULT, OWN, Delta, Effect, Ledger, Name, canonical
from server.store.rdf_patch import Heading
from server.store.store import copied

__all__ = ["OWN", "Draft"]


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
        ledger = Ledger(self.store, self.union)
        wanted, heading = change, None
        if isinstance(change, Recorded):
            wanted, heading = change.wanted, change.heading
        try:
            match wanted:
                case SparqlUpdate():
                    created = self._update(wanted, ledger)
                case GraphChange():
                    created = self._graph(wanted, ledger)
                case Restoration():
                    created = _restore(wanted, ledger)
            delta = ledger.delta()
            provenance.check(delta, self.store)
            return Changed(created, delta, self._record(delta, heading))
        except MemoryError as error:
            raise Problem("write-memory", "The change took more memory than one may.") from error
        except (OSError, ValueError, RuntimeError) as error:
            if problem := disk.full(error):
                raise problem from error
            raise Problem("update-failed", f"The engine says: {error}.") from error
        finally:
            if self.folder:
                self.store.flush()

    def _record(self, delta: Delta, heading: Heading | None) -> Delta:
        """Write into the graph of provenance what was done, and return what that has changed."""
        ledger = Ledger(self.store, self.union)
        # Which built graph the store has is logged, also if that changes nothing.
        if heading is not None and (delta or heading.note.seed):
            ledger.make(provenance.recorded([heading]))
        return ledger.delta()

    def _update(self, update: SparqlUpdate, ledger: Ledger) -> bool:
        reach.check_size(update.text)
        for operation in reach.parse(update.text, self.limits.service_hosts):
            wanted = operation
            if update.defaults or update.named:
                wanted = operation.over(update.defaults, update.named)
                if wanted is not operation:
                    check_graphs((*update.defaults, *update.named), self._graphs())
            else:
                reach.check_graphs(operation, self._graphs())
            effect = effect_of(wanted, self.store, self._copy)
            if wanted.words[:1] and wanted.words[0] in MANAGED:
                effect = provenance.spared(effect, self.store)
            ledger.make(effect)
        return False

    def _graphs(self) -> frozenset[str]:
        return frozenset(
            name.value for name in self.store.named_graphs() if isinstance(name, ox.NamedNode)
        )

    @contextlib.contextmanager
    def _copy(self) -> Iterator[ox.Store]:
        """Give a copy of the draft as it is now."""
        if self.folder is None:
            yield copied(self.store)
            return
        # Whoever has the draft removes it, when this process has let go of its files.
        path = self.folder / f"copy-{next(self._numbers)}"
        self.store.backup(str(path))
        yield ox.Store(str(path))

    def _graph(self, change: GraphChange, ledger: Ledger) -> bool:
        """Make the change, and say whether that made the graph."""
        quads = [quad for document in change.documents for quad in _parsed(document, change)]
        if change.whole:
            ledger.make(Effect(added=canonical(quads)))
            return False
        name: Name = DEFAULT if change.graph is None else ox.NamedNode(change.graph)
        new = canonical(ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)
        is_there = isinstance(name, ox.DefaultGraph) or self.store.contains_named_graph(name)
        if change.expects is not None and change.expects != is_there:
            raise Problem("precondition", f"{name} is {'there' if is_there else 'not there'}.")
        if change.action == "drop" and not is_there:
            raise Problem("graph-unknown", f"{name} is not a graph of this dataset.", status=404)
        old = frozenset[ox.Quad]()
        if change.action != "add":
            old = frozenset(self.store.quads_for_pattern(None, None, None, name))
        named = frozenset(() if isinstance(name, ox.DefaultGraph) else (name,))
        if change.action == "drop":
            effect = Effect(old, dropped=named)
        else:
            effect = Effect(old, new, created=named)
        ledger.make(provenance.spared(effect, self.store))
        return not is_there


def _restore(change: Restoration, ledger: Ledger) -> bool:
    ledger.make(change.delta.effect())
    made = ledger.delta()
    if not change.partly and (made.added, made.removed) != (
        change.delta.added,
        change.delta.removed,
    ):
        left = len(change.delta.added) + len(change.delta.removed)
        left -= len(made.added) + len(made.removed)
        raise Problem(
            "conflict", f"Of the statements concerned, {left} were changed again since then."
        )
    return False


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
    if not change.whole and any(quad.graph_name != DEFAULT for quad in quads):
        raise Problem(
            "body-malformed",
            "The body has named graphs of its own.",
            next_step="Send statements of one graph, or POST the whole to /graphs.",
        )
    return quads
