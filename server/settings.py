"""The settings of the server, read once from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

from server.backend.settings import BackendSettings, is_address
from server.engine.limits import Limits
from server.pages.languages import ENGLISH, FOLDER, languages

ROOT: Final = Path(__file__).resolve().parents[1]

DefaultGraph = Literal["union", "strict"]
LogLevel = Literal["requests", "errors"]


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
    Variable(
        "CEBU_LOG",
        "requests",
        "requests: a line for each request; errors: the server's faults only",
    ),
    Variable("CEBU_LANGUAGE", ENGLISH, "language of the pages, of those in server/translations"),
    Variable(
        "CEBU_PROXIES", "0", "number of reverse proxies whose X-Forwarded headers are believed"
    ),
    Variable("CEBU_TIMEOUT", "30", "seconds that a query may take; timeout= can only lower it"),
    Variable("CEBU_WORKERS", "8", "query processes; 0 answers in the server itself, unlimited"),
    Variable(
        "CEBU_IN_MEMORY",
        "1000000",
        "statements up to which the graph is also held in memory, for speed; 0 never",
    ),
    Variable("CEBU_QUEUE", "64", "queries that may wait for a query process"),
    Variable("CEBU_QUERY_MEMORY", str(1024**3), "bytes of memory that a query may take"),
    Variable("CEBU_MAX_ROWS", "1000000", "rows of a table or statements of a graph in an answer"),
    Variable("CEBU_MAX_BYTES", str(128 * 1024**2), "bytes of an answer"),
    Variable("CEBU_CACHE_BYTES", str(64 * 1024**2), "bytes of answers kept; 0 keeps none"),
    Variable("CEBU_SERVICE_HOSTS", "", "hosts that SERVICE may call, separated by commas"),
    Variable("CEBU_SHARES", "100000", "short links to queries that are kept; 0 makes none"),
    Variable("CEBU_TOKEN", "", "token that writes must show; without it nothing can be written"),
    Variable("CEBU_BACKEND", "", "query address of a SPARQL engine to serve instead of the store"),
    Variable("CEBU_BACKEND_SECONDS", "10", "seconds between two looks at that engine's data"),
    Variable("CEBU_BACKEND_STORE", "", "its Graph Store address, for cebu publish"),
    Variable("CEBU_BACKEND_UPDATE", "", "its update address, for cebu publish"),
    Variable("CEBU_BACKEND_USER", "", "name to give to that engine"),
    Variable("CEBU_BACKEND_PASSWORD", "", "password to give to that engine"),
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
    log: LogLevel = "requests"
    proxies: int = 0
    workers: int = 8
    queue: int = 64
    cache: int = 64 * 1024**2
    in_memory: int = 1_000_000
    shares: int = 100_000
    limits: Limits = field(default_factory=Limits)
    backend: BackendSettings = field(default_factory=BackendSettings)
    language: str = ENGLISH
    translations: Path = FOLDER
    # Never shown, not even by accident.
    token: str = field(default="", repr=False)

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
            workers=_whole(text, "CEBU_WORKERS", 0, 256),
            queue=_whole(text, "CEBU_QUEUE", 0, 1024),
            in_memory=_whole(text, "CEBU_IN_MEMORY", 0, 10**12),
            shares=_whole(text, "CEBU_SHARES", 0, 10**7),
            cache=_whole(text, "CEBU_CACHE_BYTES", 0, 1024**4),
            limits=Limits(
                seconds=_whole(text, "CEBU_TIMEOUT", 1, 3600),
                memory=_whole(text, "CEBU_QUERY_MEMORY", 64 * 1024**2, 1024**4),
                rows=_whole(text, "CEBU_MAX_ROWS", 1, 10**9),
                size=_whole(text, "CEBU_MAX_BYTES", 1024, 4 * 1024**3),
                service_hosts=_hosts(text["CEBU_SERVICE_HOSTS"]),
            ),
            log=_log_level(text["CEBU_LOG"]),
            language=_language(text["CEBU_LANGUAGE"]),
            backend=_backend(text),
            token=_token(text["CEBU_TOKEN"]),
            proxies=_proxies(text["CEBU_PROXIES"]),
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


def _log_level(text: str) -> LogLevel:
    match text:
        case "requests" | "errors":
            return text
        case _:
            raise SettingsError(f"CEBU_LOG is {text!r}: set it to requests or errors")


def _language(text: str) -> str:
    known = languages()
    if text not in known:
        raise SettingsError(
            f"CEBU_LANGUAGE is {text!r}: set it to one of {', '.join(known)}; CONTRIBUTING.md says "
            "how to translate the pages"
        )
    return text


def _proxies(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 9):
        raise SettingsError(f"CEBU_PROXIES is {text!r}: set it to a number from 0 to 9")
    return int(text)


def _whole(text: Mapping[str, str], name: str, least: int, most: int) -> int:
    value = text[name]
    if not (
        value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most
    ):
        raise SettingsError(f"{name} is {value!r}: set it to a number from {least} to {most}")
    return int(value)


def _hosts(text: str) -> frozenset[str]:
    hosts = frozenset(filter(None, (part.strip().lower() for part in text.split(","))))
    for host in hosts:
        if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host):
            raise SettingsError(
                f"CEBU_SERVICE_HOSTS has {host!r}: name hosts such as query.wikidata.org"
            )
    return hosts


def _backend(text: Mapping[str, str]) -> BackendSettings:
    """Return how another engine is reached; no message repeats an address or a password."""
    for name in ("CEBU_BACKEND", "CEBU_BACKEND_STORE", "CEBU_BACKEND_UPDATE"):
        if text[name] and not is_address(text[name]):
            raise SettingsError(
                f"{name} cannot be used: set it to an http address such as "
                "http://127.0.0.1:8890/sparql; a name and a password go into CEBU_BACKEND_USER and "
                "CEBU_BACKEND_PASSWORD"
            )
    user, password = text["CEBU_BACKEND_USER"], text["CEBU_BACKEND_PASSWORD"]
    if bool(user) != bool(password):
        raise SettingsError("CEBU_BACKEND_USER and CEBU_BACKEND_PASSWORD: set both, or none")
    seconds = _whole(text, "CEBU_BACKEND_SECONDS", 1, 3600)
    return BackendSettings(
        text["CEBU_BACKEND"],
        text["CEBU_BACKEND_STORE"],
        text["CEBU_BACKEND_UPDATE"],
        user,
        password,
        seconds,
    )


def _token(text: str) -> str:
    """Return the token (RFC 6750, section 2.1); the message of a refusal does not repeat it."""
    if text and not re.fullmatch(r"[A-Za-z0-9._~+/-]{16,512}=*", text):
        raise SettingsError(
            "CEBU_TOKEN cannot be used: set it to 16 to 512 letters, digits or -._~+/, "
            "such as `openssl rand -hex 32` prints"
        )
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsError(f"PORT is {text!r}: set it to a number from 1 to 65535")
    return int(text)
