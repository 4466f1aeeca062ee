"""The settings of the server, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

ROOT: Final = Path(__file__).resolve().parents[1]

DefaultGraph = Literal["union", "strict"]


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it, its value and what it may be."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable: its name, the value if it is not set, and what it means."""

    name: str
    default: str
    meaning: str


VARIABLES: Final = (
    Variable("CEBU_STORE", str(ROOT / "var"), "folder of the embedded store"),
    Variable("CEBU_DATA", str(ROOT / "data"), "folder that holds graph/*.ttl"),
    Variable("CEBU_QUERIES", str(ROOT / "queries"), "folder of the question library"),
    Variable("CEBU_SEED", "1", "1 loads the built graph, 0 starts empty"),
    Variable(
        "CEBU_DEFAULT_GRAPH",
        "union",
        "union: queries see all named graphs as one; strict: the plain SPARQL dataset",
    ),
    Variable("HOST", "127.0.0.1", "address to listen on"),
    Variable("PORT", "8000", "port to listen on"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set, already checked."""

    store: Path
    data: Path
    queries: Path
    seed: bool
    default_graph: DefaultGraph
    host: str
    port: int

    @property
    def graph_folder(self) -> Path:
        """Return the folder of the built graph, one Turtle file a named graph."""
        return self.data / "graph"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings that `environ` (the process's own by default) asks for.

        Raises `SettingsError` if a value cannot be used.
        """
        env = os.environ if environ is None else environ
        text = {item.name: env.get(item.name) or item.default for item in VARIABLES}
        return cls(
            store=Path(text["CEBU_STORE"]),
            data=Path(text["CEBU_DATA"]),
            queries=Path(text["CEBU_QUERIES"]),
            seed=_seed(text["CEBU_SEED"]),
            default_graph=_default_graph(text["CEBU_DEFAULT_GRAPH"]),
            host=text["HOST"],
            port=_port(text["PORT"]),
        )


def _seed(text: str) -> bool:
    if text not in {"0", "1"}:
        raise SettingsError(f"CEBU_SEED is {text!r}: set it to 1 (load the graph) or 0 (empty)")
    return text == "1"


def _default_graph(text: str) -> DefaultGraph:
    match text:
        case "union" | "strict":
            return text
        case _:
            raise SettingsError(f"CEBU_DEFAULT_GRAPH is {text!r}: set it to union or strict")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsError(f"PORT is {text!r}: set it to a number from 1 to 65535")
    return int(text)
