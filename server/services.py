"""What the routes work with, made once by the application factory."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from server.engine import Engine
from server.library import Library
from server.settings import Settings
from server.store import GraphStore


@dataclass(frozen=True, slots=True)
class Services:
    """The settings, the served graph, the engine for queries, and the question library."""

    settings: Settings
    data: GraphStore
    engine: Engine
    library: Library

    def close(self) -> None:
        """Stop the engine and let the store go."""
        self.engine.close()
        self.data.close()


def services() -> Services:
    """Return the services of the application that handles this request."""
    return cast(Services, current_app.extensions["cebu"])
