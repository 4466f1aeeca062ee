"""What the server counts, for Prometheus: one registry, and the counters that its parts feed.

The counters live in the process that answers HTTP; what happens in processes that evaluate queries
is counted by whoever waits for them. Use them where the thing happens:

    KILLS.labels("time").inc()            # a query's process was ended: time, memory, crash, room
    CUTS.labels("rows").inc()             # an answer was cut: rows or bytes
    REFUSED.inc()                         # all query processes were busy
    QUERY_ROWS.inc(25); QUERY_BYTES.inc(1800)
    with QUERY_SECONDS.time(), QUERIES_RUNNING.track_inprogress(): ...
    QUERIES_WAITING.set(3)
    CACHE.labels("hit").inc()             # or "miss"
"""

from functools import cache
from typing import Final

import prometheus_client as prom
import pyoxigraph as ox
from prometheus_client.exposition import choose_encoder

from server import __version__
from server.store.store import GraphStore

REGISTRY: Final = prom.CollectorRegistry()
prom.ProcessCollector(registry=REGISTRY)

# From a page out of a cache to a query at its time limit, in seconds.
_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

REQUESTS: Final = prom.Counter(
    "cebu_http_requests", "Requests answered.", ("route", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS: Final = prom.Histogram(
    "cebu_http_request_seconds",
    "From the arrival of a request to the end of its answer.",
    ("route",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
RESPONSE_BYTES: Final = prom.Counter(
    "cebu_http_response_bytes", "Bytes of bodies sent.", ("route",), registry=REGISTRY
)
QUERY_SECONDS: Final = prom.Histogram(
    "cebu_query_seconds", "Evaluation of queries.", buckets=_SECONDS, registry=REGISTRY
)
QUERIES_RUNNING: Final = prom.Gauge(
    "cebu_queries_running", "Queries being evaluated now.", registry=REGISTRY
)
QUERIES_WAITING: Final = prom.Gauge(
    "cebu_queries_waiting", "Queries that wait for a free process now.", registry=REGISTRY
)
KILLS: Final = prom.Counter(
    "cebu_query_kills", "Query processes ended, and why.", ("reason",), registry=REGISTRY
)
CUTS: Final = prom.Counter(
    "cebu_query_cuts", "Answers cut at a limit, and at which.", ("limit",), registry=REGISTRY
)
VALIDATIONS: Final = prom.Counter(
    "cebu_validations",
    "Bodies sent to be validated, and what came of it.",
    ("outcome",),
    registry=REGISTRY,
)
REFUSED: Final = prom.Counter(
    "cebu_queries_refused",
    "Queries turned away because all query processes were busy.",
    registry=REGISTRY,
)
QUERY_ROWS: Final = prom.Counter(
    "cebu_query_rows", "Rows or triples in answers to queries.", registry=REGISTRY
)
QUERY_BYTES: Final = prom.Counter(
    "cebu_query_bytes", "Bytes of answers to queries, uncompressed.", registry=REGISTRY
)
CACHE: Final = prom.Counter(
    "cebu_cache_lookups", "Answers looked for in the cache.", ("result",), registry=REGISTRY
)
_INFO: Final = prom.Info("cebu", "Versions of the server, engine and data.", registry=REGISTRY)
_TRIPLES: Final = prom.Gauge("cebu_dataset_triples", "Statements served.", registry=REGISTRY)
_GRAPHS: Final = prom.Gauge("cebu_dataset_graphs", "Named graphs served.", registry=REGISTRY)

# A series that is there before its first event lets rates be taken of that event.
for _reason in ("time", "memory", "crash", "room"):
    KILLS.labels(_reason)
for _limit in ("rows", "bytes"):
    CUTS.labels(_limit)
for _result in ("hit", "miss"):
    CACHE.labels(_result)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def known(method: str) -> str:
    """Return the method, or `other` for one of the client's own invention."""
    return method if method in _METHODS else "other"


def request_answered(route: str, method: str, status: int, seconds: float, sent: int) -> None:
    """Count one request, its seconds and the bytes of its answer."""
    requests, duration, size = _series(route, method, status)
    requests.inc()
    duration.observe(seconds)
    size.inc(sent)


@cache
def _series(
    route: str, method: str, status: int
) -> tuple[prom.Counter, prom.Histogram, prom.Counter]:
    """Return the series of requests like that; looking them up takes longer than counting."""
    return (
        REQUESTS.labels(route, method, str(status)),
        REQUEST_SECONDS.labels(route),
        RESPONSE_BYTES.labels(route),
    )


def exposition(accept: str | None, data: GraphStore) -> tuple[bytes, str]:
    """Return everything counted, and its Content-Type: Prometheus text, or OpenMetrics if asked."""
    _INFO.info({"version": __version__, "dataset": data.version, "pyoxigraph": ox.__version__})
    _TRIPLES.set(data.triples)
    _GRAPHS.set(len(data.graphs))
    encode, content_type = choose_encoder(accept or "")
    return encode(REGISTRY), content_type
