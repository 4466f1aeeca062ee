"""How long the server takes to make each kind of page, of the real graph, with no answer kept."""

import dataclasses
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask
from flask.testing import FlaskClient

from ontology.namespaces import ID, PREFIXES
from server.app import create_app
from server.explore import routes
from server.linked_data.addresses import local, query_link
from server.linked_data.counts import classes
from server.preparation import Preparation
from server.services import Services
from server.settings import Settings
from server.store.store import GraphStore
from tests.bench.comparison import said

GOAL: Final = 0.1
"""Seconds that a page may take at the 95th percentile."""
ADDRESSES: Final = 30
"""Addresses of a kind that are asked for, if there are so many."""
_CEBU: Final = PREFIXES["cebu"]
_WORDS: Final = (
    *("portability", "social security", "domestic workers", "c189", "afml 7", "viet nam"),
    *("vietnm", "recruitment fees", "returning workers", "who ratified the convention"),
)
_ALONE: Final = (
    *("/", "/about", "/quality", "/dataset", "/ontology", "/shapes", "/changes", "/sparql"),
    *("/prefixes", "/problems", "/validate", "/queries", "/explore", "/sources"),
)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of page, with the seconds that its answers took."""

    name: str
    seconds: Sequence[float]
    largest: int

    @property
    def p50(self) -> float:
        """Return the median in seconds."""
        return _percentile(self.seconds, 50)

    @property
    def p95(self) -> float:
        """Return the 95th percentile in seconds."""
        return _percentile(self.seconds, 95)


def table(found: Iterator[Kind]) -> list[str]:
    """Return the table, telling of each row as it comes."""
    lines = [
        "| page | addresses | p50 | p95 | at most 100 ms | largest |",
        "|---|---|---|---|---|---|",
    ]
    for kind in found:
        held = "yes" if kind.p95 <= GOAL else "**no**"
        lines.append(
            f"| {kind.name} | {len(kind.seconds)} | {kind.p50 * 1000:.0f} ms | "
            f"{kind.p95 * 1000:.0f} ms | {held} | {kind.largest / 1000:.0f} kB |"
        )
        said(lines[-1])
    return lines


def kinds(each: int = ADDRESSES) -> Iterator[Kind]:
    """Measure each kind of page in this process once it is prepared, as the server prepares it.

    Answers are not kept. The first request for each address is measured like the others.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = dataclasses.replace(
            Settings.from_environment({}), store=Path(folder), cache=0, log="errors"
        )
        app = create_app(settings)
        here: Services = app.extensions["cebu"]
        try:
            client = app.test_client()
            # The search index is built beside: nothing else is measured meanwhile.
            while client.get("/search").status_code == 503:
                said("waiting for the search index")
            preparation = Preparation(app, here.data)
            preparation.start(bool)
            while preparation.ready != here.data.version:
                time.sleep(0.1)
            preparation.close()
            for name, addresses in _addresses(app, each).items():
                yield _measured(client, name, addresses)
        finally:
            here.close()


def _measured(client: FlaskClient, name: str, addresses: Sequence[str]) -> Kind:
    took, sizes = zip(*(_asked(client, address) for address in addresses), strict=True)
    # A kind with one page is asked for as often as another.
    if len(addresses) < 5:
        took += tuple(_asked(client, address)[0] for _ in range(5) for address in addresses)
    return Kind(name, took, max(sizes))


def _asked(client: FlaskClient, address: str) -> tuple[float, int]:
    began = time.perf_counter()
    reply = client.get(address, headers={"Accept": "text/html"})
    size = len(reply.data)
    took = time.perf_counter() - began
    if reply.status_code != 200:
        raise RuntimeError(f"{address} answers {reply.status_code}")
    return took, size


def _addresses(app: Flask, each: int) -> Mapping[str, list[str]]:
    """Return the addresses by kind, spread over all that there are."""
    here: Services = app.extensions["cebu"]
    found = {path: [path] for path in _ALONE}
    for class_ in classes(here.data):
        name = class_.iri.replace("#", "/").rpartition("/")[2]
        things = _things(here.data, class_.iri)
        if things:
            found[f"`/doc/`, {name}"] = _spread(things, each)
    found["`/doc/`, most links in"] = _linked(here.data)
    found["`/search`"] = [f"/search?{urlencode({'q': text})}" for text in _WORDS]
    found["`/search`, narrowed"] = [f"/search?{urlencode({'state': 'viet-nam'})}"]
    found["`/queries/`"] = _spread([f"/queries/{item.name}" for item in here.library], each)
    found["`/sparql`, with a query"] = _spread(
        [query_link(item.query(item.values({}))) for item in here.library], each
    )
    found["`/graph/`"] = [local(name) or "" for name in sorted(here.data.graphs)]
    found["`/sources/`"] = _sources(here.data, each)
    for path in routes.paths():
        found[f"`{path}`"] = [path]
        found[f"`{path}`, filtered"] = _spread(_filtered(app, path), each)
    return found


def _filtered(app: Flask, path: str) -> list[str]:
    """Return the addresses of a view with one of its filters set, for all that can be chosen."""
    with app.test_request_context(path):
        view = routes._VIEWS[path.rpartition("/")[2]](app.extensions["cebu"].data)
    return [
        f"{path}?{urlencode({item.name: value})}"
        for item in view.filters
        for value, _ in item.choices
    ]


def _things(data: GraphStore, class_: str) -> list[str]:
    rows = data.select(
        f"SELECT DISTINCT ?thing {{ ?thing a <{class_}> "
        f'FILTER(STRSTARTS(STR(?thing), "{ID}")) }} ORDER BY ?thing'
    )
    return ["/doc/" + quote(row["thing"].removeprefix(ID)) for row in rows]


def _linked(data: GraphStore) -> list[str]:
    rows = data.select(
        "SELECT ?thing (COUNT(*) AS ?n) { ?other ?property ?thing "
        f'FILTER(isIRI(?thing) && STRSTARTS(STR(?thing), "{ID}")) }} '
        "GROUP BY ?thing ORDER BY DESC(?n) LIMIT 20"
    )
    return ["/doc/" + quote(row["thing"].removeprefix(ID)) for row in rows]


def _sources(data: GraphStore, each: int) -> list[str]:
    """Return the addresses of passages in their documents, as `/sources/{document}?passage=`."""
    parts = (path.split("/") for path in _spread(_things(data, _CEBU + "Passage"), each))
    return [f"/sources/{part[3]}?passage={part[4]}" for part in parts]


def _spread(items: Sequence[str], number: int) -> list[str]:
    step = max(1, len(items) // number)
    return list(islice(items, 0, None, step))[:number]


def _percentile(values: Sequence[float], share: int) -> float:
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[share - 1]
