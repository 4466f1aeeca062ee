"""What can go wrong with a request, in one table and one shape (RFC 9457, problem details)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ontology.namespaces import BASE


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its title, and what the client can do about it."""

    status: int
    title: str
    next_step: str


KINDS: Final[dict[str, Kind]] = {
    "bad-request": Kind(400, "The request cannot be read", "Check how the request is written."),
    "query-missing": Kind(
        400,
        "There is no query",
        "Send one query: GET with ?query=, a form with the field query, "
        "or a body of type application/sparql-query.",
    ),
    "query-repeated": Kind(
        400, "There is more than one query", "Send exactly one query with each request."
    ),
    "query-syntax": Kind(
        400, "The query does not parse", "Mend the query at the line and column given."
    ),
    "query-too-long": Kind(413, "The query is too long", "Shorten the query, or ask in parts."),
    "query-too-deep": Kind(400, "The query is nested too deep", "Take levels of brackets away."),
    "service-refused": Kind(
        403,
        "This server calls no other server",
        "Ask the other endpoint yourself and join the answers, or leave SERVICE out.",
    ),
    "graph-unknown": Kind(
        400,
        "There is no such graph here",
        "Name one of the graphs that SELECT DISTINCT ?g { GRAPH ?g { } } lists.",
    ),
    "query-failed": Kind(
        500, "The query could not be answered", "Simplify the query; if it fails again, report it."
    ),
    "query-timeout": Kind(
        503,
        "The query took too long",
        "Narrow the query (a class, a date, a LIMIT inside a subquery), or ask in parts.",
    ),
    "query-memory": Kind(
        503,
        "The query took too much memory",
        "Sort, group or join less at once: filter first, or ask in parts.",
    ),
    "backend-gone": Kind(
        502, "The engine behind this server cannot be reached", "Ask again in a while."
    ),
    "backend-failed": Kind(
        502,
        "The engine behind this server did not answer",
        "Write the query in another way; engines differ in what they take.",
    ),
    "backend-limit": Kind(
        501,
        "The engine behind this server cannot do that",
        "Change the data where they are kept, and load them into the engine with `cebu publish`.",
    ),
    "function-refused": Kind(
        403,
        "This address may call a function of the engine",
        "Use the functions of SPARQL 1.1, and addresses that begin with http:, https: or urn:.",
    ),
    "data-missing": Kind(
        400, "There is no data", "Send RDF as the body, or as the field data or file of a form."
    ),
    "data-syntax": Kind(
        400, "The data does not parse", "Mend the data at the line given, or name its type."
    ),
    "data-too-deep": Kind(
        400, "The data is nested too deep", "Give the inner nodes names, and describe them apart."
    ),
    "validation-timeout": Kind(503, "The validation took too long", "Send less data at once."),
    "validation-memory": Kind(
        503, "The validation took too much memory", "Send less data at once."
    ),
    "validation-failed": Kind(
        500, "The data could not be validated", "Send it in parts; report the part that fails."
    ),
    "busy": Kind(503, "The server is busy", "Wait as long as Retry-After says, then ask again."),
    "update-refused": Kind(
        400, "This address takes no updates", "Send a query; updates go to /update."
    ),
    "update-missing": Kind(
        400,
        "There is no update",
        "Send one update: a form with the field update, "
        "or a body of type application/sparql-update.",
    ),
    "update-repeated": Kind(
        400, "There is more than one update", "Send exactly one update and no query."
    ),
    "update-syntax": Kind(
        400, "The update does not parse", "Mend the update at the line and column given."
    ),
    "update-failed": Kind(
        400, "The update cannot be made", "Nothing was changed. Mend the update and send it again."
    ),
    "dataset-conflict": Kind(
        400,
        "The dataset is chosen twice",
        "Leave USING and WITH out of the update, or using-graph-uri out of the request.",
    ),
    "default-graph": Kind(
        409,
        "The default graph holds what the named graphs hold",
        "Nothing was changed. Delete from the named graph itself: with GRAPH or WITH in an update, "
        "or at /graphs?graph=.",
    ),
    "provenance": Kind(
        409,
        "The record of changes is written by the server alone",
        "Nothing was changed. Leave out what is said of the addresses of changes (/changes/) and "
        "versions (/dataset?version=). A write says of itself author= and message=.",
    ),
    "load-refused": Kind(
        403,
        "This server fetches nothing",
        "Fetch it yourself and send it to /graphs, or copy a graph that is here with COPY.",
    ),
    "graph-address": Kind(
        400,
        "The request does not name one graph",
        "Name it with ?default, or with ?graph= and its absolute address.",
    ),
    "body-malformed": Kind(
        400, "The body is not what its type says", "Nothing was changed. Mend the body."
    ),
    "violations": Kind(
        422,
        "The change would break the graph",
        "Nothing was changed. Mend what the report names and send it again; /shapes has the rules.",
    ),
    "conflict": Kind(
        409,
        "The change cannot be taken back as it is",
        "Nothing was changed. Take back the later changes first, the last one before the others, "
        "or write what should be with an update.",
    ),
    "version-unknown": Kind(
        404, "There is no such version", "/changes lists them; 0 is what was loaded at first."
    ),
    "write-timeout": Kind(
        503,
        "The change took too long to make",
        "Nothing was changed. Send it in parts, or ask the operator for a higher "
        "CEBU_WRITE_TIMEOUT.",
    ),
    "write-memory": Kind(
        503,
        "The change took too much memory",
        "Nothing was changed. Send it in parts, or ask the operator for a higher "
        "CEBU_QUERY_MEMORY.",
    ),
    "write-failed": Kind(
        500,
        "The change could not be made",
        "Nothing was changed. Send it again; if it fails again, report it.",
    ),
    "storage-full": Kind(
        507,
        "There is no room for the change",
        "Nothing was changed or lost. Ask the operator for room, then send it again.",
    ),
    "forbidden": Kind(403, "This is not allowed", "Read; that is open to all."),
    "unauthorized": Kind(
        401, "A token is needed", "Send Authorization: Bearer with the token of this server."
    ),
    "share-unknown": Kind(
        404,
        "This link leads to no query",
        "Check that it was copied whole: /share/ and 16 letters or digits. If it was, it was made "
        "at another server; ask for the query itself. The workbench, /sparql, has examples.",
    ),
    "shares-full": Kind(
        507,
        "No more short links can be kept",
        "Nothing was lost. Use the long link to the query, which has all of it in its address.",
    ),
    "too-many": Kind(
        429, "These are too many at once", "Wait as long as Retry-After says, then ask again."
    ),
    "not-found": Kind(404, "There is nothing at this address", "Begin at the start page, /."),
    "entity-unknown": Kind(
        404,
        "Nothing is known of this entity",
        "Check the spelling: lower case, words joined by hyphens. The start page lists what is "
        "here.",
    ),
    "withdrawn": Kind(
        410, "This entity was withdrawn", "Take it out of your data; it will not come back."
    ),
    "question-unknown": Kind(404, "There is no such question", "The page /queries lists them."),
    "parameter": Kind(400, "A parameter cannot be used", "Choose one of the values listed."),
    "method": Kind(405, "This address does not take that method", "Use a method of Allow."),
    "not-acceptable": Kind(
        406, "The answer has no such format", "Ask for one of the formats available."
    ),
    "precondition": Kind(
        412,
        "It is another one than you expect",
        "Fetch it again, and decide with its new ETag.",
    ),
    "too-large": Kind(413, "The request is too large", "Send less."),
    "media-type": Kind(
        415,
        "The body has a type that is not read here",
        "Send application/sparql-query in UTF-8, or application/x-www-form-urlencoded.",
    ),
    "internal": Kind(
        500, "Something went wrong here", "Try again; if it fails again, report the address."
    ),
}


class Problem(Exception):  # noqa: N818 (RFC 9457 calls it a problem)
    """A request that cannot be answered, as any part of the server raises it.

    `slug` is a key of `KINDS`; `detail` says what happened this time; `status` is another than the
    usual one of the kind; `more` are further members of the answer (such as `line`); `headers` go
    into the response.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        next_step: str = "",
        status: int | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug, detail)
        self.slug = slug
        self.detail = detail
        self.kind = KINDS[slug]
        self.status = status or self.kind.status
        self.next_step = next_step or self.kind.next_step
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    def members(self) -> dict[str, Any]:
        """Return the problem details object of RFC 9457, section 3."""
        return {
            "type": f"{BASE}problems#{self.slug}",
            "title": self.kind.title,
            "status": self.status,
            "detail": self.detail,
            "next": self.next_step,
            **self.more,
        }
