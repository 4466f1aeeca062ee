"""What the routes work with, made once by the application factory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import current_app
from rdflib import URIRef

from server.engine.embedded import Engine
from server.library.library import Library
from server.linked_data.withdrawn import Withdrawal
from server.search import builds as search_builds
from server.settings import Settings
from server.store.store import GraphStore
from server.validation.gate import Gate, OpenGate


@dataclass(frozen=True, slots=True)
class State:
    """Which data there are, and which of them queries see: for a moment the former ones."""

    version: str
    queried: str
    generation: int

    @property
    def is_settled(self) -> bool:
        """Say whether everybody sees the same data."""
        return self.version == self.queried


@dataclass(frozen=True, slots=True)
class Services:
    """The settings, the graph, the engine, the questions, the withdrawn ids, and the gate."""

    settings: Settings
    data: GraphStore
    engine: Engine
    library: Library
    withdrawn: Mapping[URIRef, Withdrawal] = field(default_factory=dict)
    gate: Gate = field(default_factory=OpenGate)

    def state(self) -> State:
        """Return the state of the data now."""
        return State(self.data.version, self.engine.version, self.engine.generation)

    def close(self) -> None:
        """Stop the engine and the gate, and let the store go."""
        search_builds.close(self.data)
        self.engine.close()
        self.gate.close()
        self.data.close()


def services() -> Services:
    """Return the services of the application that handles this request."""
    return cast(Services, current_app.extensions["cebu"])
