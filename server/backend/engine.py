"""Strangers' queries to another SPARQL engine, through the same door as to the embedded one.

A query is read here first, by the same parser and the same rules: what is refused or malformed
never reaches the engine. Its answer is read here too, and written in the format that was asked
for, so that formats, limits and messages are those of this server whatever the engine has.

What cannot be had from another engine: it goes on working when we stop waiting, and how much memory
it takes is its own affair.
"""

import re
from typing import Final

from server.backend import silent_cuts
from server.backend.client import BackendClient
from server.backend.data import BackendData
from server.engine.cutting import Cut
from server.engine.deep_threads import DeepThreads
from server.engine.evaluation import Answer, QueryRequest, serialised
from server.engine.limits import Limits
from server.engine.turns import WAIT_SECONDS, Turns
from server.http.problems import Problem
from server.settings import Settings
from server.sparql import guard, syntax
from server.sparql.lexer import tokens
from server.store.changes import Change, Changed
from server.store.store import DraftPlace, Past

RETRY_SECONDS: Final = 5
# With CEBU_WORKERS=0, which elsewhere means that queries are answered without processes.
_THREADS: Final = 8

# Virtuoso runs `<bif:http_get>("http://...")` as a function of its own: a call of another server.
# Every address of another scheme than these could be such a name, in Virtuoso or another engine.
_SCHEMES: Final = frozenset(
    ("http", "https", "urn", "mailto", "tel", "tag", "geo", "doi", "info", "ftp", "did")
)
_SCHEME: Final = re.compile(r"<([a-z][a-z0-9+.-]*):", re.I | re.A)
_NAMES: Final = re.compile(r"<\s*(?:bif|sql|java):", re.I)
_ESCAPE: Final = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})", re.I)


class BackendEngine:
    """Answers from the engine behind `data`, a bounded number of queries at a time."""

    def __init__(self, data: BackendData, settings: Settings) -> None:
        self._data = data
        self._limits: Limits = settings.limits
        self._client = BackendClient(settings.backend, settings.limits.seconds, _largest(settings))
        number = settings.workers or _THREADS
        self._threads = DeepThreads(number)
        self._turns = Turns(number, settings.queue, RETRY_SECONDS)

    @property
    def generation(self) -> int:
        """Return how often other data were seen."""
        return self._data.generation

    @property
    def version(self) -> str:
        """Return the version of the data, nothing if the engine does not state it."""
        return self._data.queried

    def query(self, request: QueryRequest, past: Past | None = None) -> Answer:
        """Answer the query; see `Engine.query`. There is no past state of another engine's data."""
        if past is not None:
            raise Problem("backend-limit", "Past versions of another engine's data are not kept.")
        guard.check_size(request.text)
        late = f"No query ended within {WAIT_SECONDS:g} seconds."
        with self._turns.turn("Enough queries are waiting already.", late):
            return self._threads.run(self._answer, request)

    def change(self, draft: DraftPlace, change: Change) -> Changed:
        """Raise `Problem`: there is no draft of another engine's data."""
        raise Problem("backend-limit", "Changes of another engine's data are not made here.")

    def reload(self) -> None:
        """Do nothing: every query is asked of the data as they are."""

    def close(self) -> None:
        """Stop the threads once they have answered."""
        self._threads.close()

    def _answer(self, request: QueryRequest) -> Answer:
        graphs = self._data.graphs
        if request.dataset:
            guard.check_graphs([*request.dataset.defaults, *request.dataset.named], graphs)
        own = guard.check_reach(request.text, graphs, self._limits.service_hosts)
        mistake = syntax.find_mistake(request.text)
        if mistake is not None:
            raise syntax.problem(mistake)
        check_functions(request.text)
        dataset = request.dataset or own or self._data.dataset
        seconds = self._limits.time_for(request.seconds)
        text = based(request.text)
        with self._client.ask(text, dataset, seconds) as reply:
            answer = serialised(reply.results, request, self._limits)
        if answer.cut:
            return answer
        is_cut = reply.cut is not None or silent_cuts.is_cut(
            self._client, text, dataset, reply, answer.rows
        )
        return answer._replace(cut=Cut(answer.rows, "engine")) if is_cut else answer


def check_functions(text: str) -> None:
    """Raise `Problem` if an address in a query could be the name of a function of an engine.

    SPARQL 1.1 has no functions of such addresses; engines have, and some of those call other
    servers or read files.
    """
    plain = _ESCAPE.sub(lambda found: _character(found[1] or found[2]), text)
    schemes = {
        found[1].lower()
        for token in tokens(plain)
        if token.kind == "iri" and (found := _SCHEME.match(token.text))
    }
    # Not only where the lexer sees an address: it and the engine could be of two minds.
    for name in sorted(schemes - _SCHEMES) or _NAMES.findall(plain):
        raise Problem("function-refused", f"The query has an address that begins with {name}:.")


def based(text: str) -> str:
    """Return the query with the base of relative addresses that it has here, if it has none.

    (SPARQL 1.1, section 4.1.1.1.) On the line of its first word, so that the engine's own messages
    name the right lines.
    """
    if any(token.kind == "word" and token.text.upper() == "BASE" for token in tokens(text)):
        return text
    return f"BASE <{syntax.BASE_IRI}> {text}"


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code < 0x110000 else ""


def _largest(settings: Settings) -> int:
    """Return how many bytes may come from the engine: its formats take more than some of ours."""
    return 8 * settings.limits.size
