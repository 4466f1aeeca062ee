"""The one door through which strangers' queries reach a SPARQL engine."""

from typing import Final, Protocol

import pyoxigraph as ox

from server.engine.deep_threads import DeepThreads
from server.engine.evaluation import Answer, AnswerKind, Evaluator, QueryRequest
from server.engine.limits import Limits
from server.sparql import guard
from server.store.changes import Change, Changed
from server.store.drafts import Draft
from server.store.store import DraftPlace, GraphStore, Past

__all__ = ["Answer", "AnswerKind", "EmbeddedEngine", "Engine", "QueryRequest"]

THREADS: Final = 8


class Engine(Protocol):
    """Whatever answers queries: this process, other processes, another server.

    `generation` grows in the moment when `reload` takes effect, and `version` is that of the data
    that queries see.
    """

    @property
    def generation(self) -> int:
        """Return how often other data took effect."""
        ...

    @property
    def version(self) -> str:
        """Return the version of the data that queries see."""
        ...

    def query(self, request: QueryRequest, past: Past | None = None) -> Answer:
        """Answer the query from the data as they are, or from a past state.

        Raises `Problem` if it is refused, malformed or fails.
        """
        ...

    def change(self, draft: DraftPlace, change: Change) -> Changed:
        """Make the change to a draft that nobody else has open.

        Raises `Problem` if it is refused, malformed or fails: then the draft is of no use.
        """
        ...

    def reload(self) -> None:
        """Answer from the newest data from now on; what is being answered goes on undisturbed."""
        ...

    def close(self) -> None:
        """Stop, and let go of everything that was taken for answering."""
        ...


class EmbeddedEngine:
    """Answers in this process, over the embedded store, in threads with a stack that suffices.

    Nothing here can stop a query: the limits of time and memory do not hold (`server.engine.pool`).
    """

    def __init__(self, data: GraphStore, limits: Limits | None = None) -> None:
        self.generation = 0
        self._data = data
        self._limits = limits or Limits()
        self._threads = DeepThreads(THREADS)

    @property
    def version(self) -> str:
        """Return the version of the data."""
        return self._data.version

    def query(self, request: QueryRequest, past: Past | None = None) -> Answer:
        """Answer the query; see `Engine.query`."""
        guard.check_size(request.text)
        data = past or self._data
        evaluator = Evaluator(data.store, data.graphs, self._limits)
        return self._threads.run(evaluator.answer, request)

    def change(self, draft: DraftPlace, change: Change) -> Changed:
        """Make the change; see `Engine.change`."""
        return self._threads.run(self._change, draft, change)

    def _change(self, draft: DraftPlace, change: Change) -> Changed:
        # An empty store counts as false.
        store = ox.Store(str(draft.database)) if draft.store is None else draft.store
        return Draft(store, draft.union, self._limits, draft.folder).change(change)

    def reload(self) -> None:
        """Only count: every query reads the store as it is."""
        self.generation += 1

    def close(self) -> None:
        """Stop the threads once they have answered."""
        self._threads.close()
