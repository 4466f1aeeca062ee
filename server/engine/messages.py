"""What the server and its query processes say to each other."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from server.engine.evaluation import Answer, QueryRequest
from server.engine.limits import Limits
from server.http.problems import Problem
from server.store.changes import Change, Changed

# The most bytes of an order to a template; each is one message, and a socket may come with it.
ORDER_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Work:
    """What a new process works on: a snapshot of the store or a draft of it, and the limits."""

    snapshot: str
    limits: Limits
    # For a change: whether the default graph is the union. None for queries, which only read.
    union: bool | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """The order to a template to fork a child for the work; the child's socket comes with it."""

    work: Work


@dataclass(frozen=True, slots=True)
class Copy:
    """The order to a template to fork a template that holds the snapshot's default graph."""

    snapshot: str


@dataclass(frozen=True, slots=True)
class End:
    """The order to a template to kill a child, if it lives, and to say how it ended."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A child's first word: it can take work, and `thread` does it."""

    thread: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `Problem` in plain values."""

    slug: str
    detail: str
    next_step: str
    status: int
    more: dict[str, object]

    @classmethod
    def of(cls, problem: Problem) -> "Refusal":
        """Return the problem in plain values."""
        return cls(
            problem.slug, problem.detail, problem.next_step, problem.status, dict(problem.more)
        )

    def problem(self) -> Problem:
        """Return the problem that was sent."""
        return Problem(
            self.slug,
            self.detail,
            next_step=self.next_step,
            status=self.status,
            more=self.more,
        )


class Reply(NamedTuple):
    """A child's word on a query; `spent` says that the child should take no other.

    The body of an answer comes behind it (`server.engine.frames`) and is not in `result`.
    """

    result: Answer | Changed | Refusal
    spent: bool

    def packed(self) -> object:
        """Return it in what is sent quickest, which most replies can be."""
        match self.result:
            case Answer(kind, format_, _, rows, None):
                return kind, format_, rows, self.spent
        return self

    @classmethod
    def unpacked(cls, sent: Any) -> "Reply":  # noqa: ANN401
        """Return what was packed."""
        if isinstance(sent, cls):
            return sent
        kind, format_, rows, spent = sent
        return cls(Answer(kind, format_, b"", rows), spent)


def packed(request: QueryRequest | Change) -> object:
    """Return a request in what is sent quickest, which most requests can be."""
    if isinstance(request, QueryRequest) and request.dataset is None:
        return tuple(request)
    return request


def unpacked(sent: Any) -> Any:  # noqa: ANN401
    """Return the request that was packed."""
    return QueryRequest(*sent) if type(sent) is tuple else sent
