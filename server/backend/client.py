"""One query to another SPARQL engine, over SPARQLWrapper.

What comes back is read as it comes, within a time and a number of bytes. Nothing here can stop the
engine: when we stop waiting, it may go on working.
"""

import ast
import contextlib
import time
import urllib.error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, Literal, cast

import pyoxigraph as ox
from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from server.backend.settings import BackendSettings
from server.http.problems import Problem
from server.sparql.guard import Dataset
from server.sparql.lexer import tokens

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]
Results = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]

_FORMS: Final[tuple[Form, ...]] = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
# One each: Virtuoso makes a broken answer if it is offered several.
_JSON: Final = "application/sparql-results+json"
_LINES: Final = "application/n-triples"
# What the engine says of an error; more of it helps nobody.
_WORDS: Final = 300
RETRY_SECONDS: Final = 5


def form(text: str) -> Form:
    """Return the form of a query that parses: its first word that is one."""
    for token in tokens(text):
        word = token.text.upper()
        for known in _FORMS:
            if token.kind == "word" and word == known:
                return known
    return "SELECT"


class _Stream:
    """The body of an answer as a file that ends with a `Problem` at its limits."""

    def __init__(self, body: IO[bytes], deadline: float, seconds: float, size: int) -> None:
        self._body = body
        self._deadline = deadline
        self._seconds = seconds
        self._rest = self._size = size

    def read(self, size: int = -1) -> bytes:
        if time.monotonic() > self._deadline:
            raise TimeoutError
        # At most one piece as it came, so that the time is looked at after each.
        chunk: bytes = self._body.read1(size if size > 0 else 65536)  # type: ignore[attr-defined]
        self._rest -= len(chunk)
        if self._rest < 0:
            raise _TooLargeError(self._size)
        return chunk


class _TooLargeError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is being read.

    `cut` is the number of rows that the engine gives at most, if it has given so many. `engine` is
    what it calls itself.
    """

    results: Results
    cut: int | None = None
    engine: str = ""


@dataclass(frozen=True, slots=True)
class BackendClient:
    """Asks the engine at `settings.query`; `size` is the number of bytes of an answer."""

    settings: BackendSettings
    seconds: float
    size: int

    @contextlib.contextmanager
    def ask(
        self, text: str, dataset: Dataset | None = None, seconds: float | None = None
    ) -> Iterator[Reply]:
        """Ask a query that parses, and give its results to be read in the block.

        Raises `Problem`, also in the block, if the engine cannot be reached, does not take the
        query, or does not answer in time.
        """
        limit = self.seconds if seconds is None else seconds
        deadline = time.monotonic() + limit
        wanted = form(text)
        try:
            response = self._request(text, dataset, wanted, limit)
            with contextlib.closing(response):
                stream = cast(IO[bytes], _Stream(response, deadline, limit, self.size))
                engine = response.headers.get("Server", "")
                yield Reply(_results(stream, response, wanted), _cut(response), engine)
        except TimeoutError as error:
            raise _too_slow(limit) from error
        except urllib.error.HTTPError as error:
            raise _failed(f"status {error.code}", error.read()) from error
        except SPARQLWrapperException as error:
            raise _failed(type(error).__name__, _words(error)) from error
        except urllib.error.URLError as error:
            raise _gone(error.reason) from error
        except _TooLargeError as error:
            raise Problem(
                "backend-failed",
                f"The engine's answer has more than {error.args[0]:,} bytes.",
                next_step="Ask for less, with LIMIT or in parts.",
                more={"limit": error.args[0]},
            ) from error
        except (SyntaxError, ValueError) as error:
            raise Problem(
                "backend-failed", f"The engine's answer cannot be read: {error}."
            ) from error
        except OSError as error:  # the connection ended
            raise _gone(error) from error

    def engine(self) -> str:
        """Return what the engine calls itself, nothing if it does not tell.

        Raises `Problem` as `ask` does.
        """
        with self.ask("ASK {}") as reply:
            return reply.engine

    def _request(self, text: str, dataset: Dataset | None, wanted: Form, seconds: float) -> Any:  # noqa: ANN401 (a response of http.client, of which SPARQLWrapper says nothing)
        client = SPARQLWrapper(self.settings.query)
        client.setMethod(POST)
        client.setOnlyConneg(True)
        # Its own reading of the text warns of words that it does not expect.
        client.queryString, client.queryType = text, wanted
        # Its setter would cut off the fraction.
        client.timeout = seconds  # type: ignore[assignment]
        accept = _JSON if wanted in {"SELECT", "ASK"} else _LINES
        client.addCustomHttpHeader("Accept", accept)
        for name in dataset.defaults if dataset else ():
            client.addParameter("default-graph-uri", name)
        for name in dataset.named if dataset else ():
            client.addParameter("named-graph-uri", name)
        if self.settings.user:
            client.setCredentials(self.settings.user, self.settings.password)
        return client.query().response

    def rows(
        self, text: str, dataset: Dataset | None = None, seconds: float | None = None
    ) -> list[dict[str, "ox.NamedNode | ox.BlankNode | ox.Literal"]]:
        """Return the solutions of one of our own SELECT queries; what is unbound is left out.

        Raises `Problem` as `ask` does, and if the engine gives only the first rows.
        """
        with self.ask(text, dataset, seconds) as reply:
            if not isinstance(reply.results, ox.QuerySolutions):
                raise Problem("backend-failed", "The engine answers a SELECT with no table.")
            names = [variable.value for variable in reply.results.variables]
            found = [
                {
                    name: term
                    for name in names
                    if isinstance(term := row[name], ox.NamedNode | ox.BlankNode | ox.Literal)
                }
                for row in reply.results
            ]
            if reply.cut is not None and len(found) >= reply.cut:
                raise Problem(
                    "backend-limit",
                    f"The engine gives at most {reply.cut:,} rows.",
                    next_step="Raise its limit (ResultSetMaxRows in virtuoso.ini).",
                    more={"limit": reply.cut},
                )
            return found


def _results(stream: IO[bytes], response: Any, wanted: Form) -> Results:  # noqa: ANN401
    kind = response.headers.get_content_type()
    if wanted in {"CONSTRUCT", "DESCRIBE"}:
        rdf = ox.RdfFormat.from_media_type(kind)
        if rdf is None:
            raise ValueError(f"it is {kind}, and {_LINES} was asked for")
        return (quad.triple for quad in ox.parse(stream, format=rdf))
    table = ox.QueryResultsFormat.from_media_type(kind)
    if table is None:
        raise ValueError(f"it is {kind}, and {_JSON} was asked for")
    results = ox.parse_query_results(stream, format=table)
    if wanted == "ASK" and isinstance(results, ox.QuerySolutions):
        return _truth(results)
    return results


def _truth(results: ox.QuerySolutions) -> ox.QueryBoolean:
    """Return what a table says: Virtuoso answers ASK with one that has a row if it is true."""
    values = [term.value for row in results for term in row if isinstance(term, ox.Literal)]
    is_true = values in (["1"], ["true"])
    if not is_true and values not in ([], ["0"], ["false"]):
        raise ValueError("it is a table, and true or false was asked for")
    document = b'{"head":{},"boolean":%s}' % (b"true" if is_true else b"false")
    truth = ox.parse_query_results(document, format=ox.QueryResultsFormat.JSON)
    assert isinstance(truth, ox.QueryBoolean)  # noqa: S101 (it is one, see above)
    return truth


def _cut(response: Any) -> int | None:  # noqa: ANN401
    """Return the number of rows at which Virtuoso says that it ends each answer."""
    text = response.headers.get("X-SPARQL-MaxRows", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _words(error: SPARQLWrapperException) -> bytes:
    """Return the engine's words out of an exception, whose text ends with them as Python writes."""
    text = str(error).partition("Response:\n")[2]
    with contextlib.suppress(ValueError, SyntaxError):
        words = ast.literal_eval(text)
        return words if isinstance(words, bytes) else b""
    return b""


def _failed(what: str, body: bytes) -> Problem:
    words = " ".join(body.decode("utf-8", "replace").split())[:_WORDS]
    return Problem("backend-failed", f"The engine says: {what}. {words}".strip())


def _too_slow(seconds: float) -> Problem:
    return Problem(
        "query-timeout",
        f"The engine behind this server gave no whole answer within {seconds:g} seconds. It may "
        "go on working at it.",
        more={"limit": seconds},
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _gone(reason: object) -> Problem:
    if isinstance(reason, TimeoutError):
        reason = "no connection in time"
    name = type(reason).__name__ if isinstance(reason, BaseException) else str(reason)
    return Problem(
        "backend-gone",
        f"The connection to the engine failed ({name}).",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )
