"""Recommendations by forum, cluster and addressee, with what is reported on each cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ontology.namespaces import ID
from ontology.terms import Cebu
from server.explore.charts import grid
from server.explore.drawing import Pen
from server.explore.view import (
    Filter,
    Row,
    View,
    check_fields,
    choices,
    chosen,
    query,
    select,
    sources,
)
from server.linked_data.addresses import local
from server.linked_data.entity import Link
from server.store.store import GraphStore

_VARIABLES: Final = "?recommendation ?number ?text ?forum ?forumName ?cluster ?source"
_PATTERNS: Final = (
    "?recommendation a cebu:Recommendation ;\n  cebu:text ?text ;\n  cebu:theme ?cluster .",
    "?claim rdf:subject ?recommendation ;\n"
    "  rdf:predicate cebu:adoptedAt ;\n"
    "  rdf:object ?forum ;\n"
    "  cebu:statedIn ?source .",
    "?forum rdfs:label ?forumName .",
    "OPTIONAL { ?recommendation cebu:number ?number }",
)
_FORUMS: Final = ("?recommendation a cebu:Recommendation ;\n  cebu:adoptedAt ?forum .",)
_NAMED: Final = ("?recommendation a cebu:Recommendation ;\n  cebu:refersTo ?instrument .",)
_CLUSTERS: Final = query(
    "?cluster ?clusterName ?wider ?letter",
    [
        "?recommendation a cebu:Recommendation ;\n  cebu:theme ?cluster .",
        "?cluster rdfs:label ?clusterName .",
        "OPTIONAL { ?cluster skos:broader ?wider }",
        "OPTIONAL { ?cluster skos:notation ?letter }",
    ],
    "?cluster",
)
_ADDRESSED: Final = query(
    "?recommendation ?addressee ?name",
    [
        "?recommendation a cebu:Recommendation ;\n  cebu:addressee ?addressee .",
        "?addressee rdfs:label ?name .",
    ],
    "?recommendation ?name",
)
_REPORTED: Final = query(
    "?kind ?cluster (COUNT(DISTINCT ?thing) AS ?number)",
    [
        "VALUES ?kind { cebu:Initiative cebu:Finding }",
        "?thing a ?kind ;\n  cebu:theme ?cluster .",
    ],
    "?kind ?cluster",
    group="?kind ?cluster",
)
_SINGLE: Final = query(
    "?recommendation ?thing ?name",
    [
        "?recommendation a cebu:Recommendation .",
        "?thing cebu:reportsOn ?recommendation ;\n  rdfs:label ?name .",
    ],
    "?recommendation ?thing",
)
# A sub-heading is no measure of silence: the review's chapters follow the clusters A to J only.
_SCHEME: Final = f"<{ID}concept/afml-cluster>"
_STATES: Final = query(
    "?cluster ?country (COUNT(DISTINCT ?measure) AS ?number)",
    [
        "?measure a cebu:Initiative ;\n  cebu:country ?country ;\n  cebu:theme ?cluster .",
        f"?cluster skos:topConceptOf {_SCHEME} .",
    ],
    "?cluster ?country",
    group="?cluster ?country",
)
_MEMBERS: Final = ("?country a cebu:MemberState .",)
_MEASURE: Final = str(Cebu.Initiative)
_COLUMNS: Final = (
    *_VARIABLES.replace("?", "").split(),
    *("clusterName", "measures", "findings", "addressees"),
)


@dataclass(slots=True)
class Cluster:
    """A cluster or sub-heading, with how much is recommended and reported under it."""

    link: Link
    path: str
    wider: str
    recommended: int = 0
    measures: int = 0
    findings: int = 0

    @property
    def reported(self) -> str:
        """Return what is reported, in words."""
        parts = [
            f"{number} {name}{'' if number == 1 else 's'}"
            for number, name in ((self.measures, "measure"), (self.findings, "finding"))
            if number
        ]
        return " and ".join(parts)


@dataclass(slots=True)
class Recommendation:
    """A recommendation as a line of the view."""

    row: Row
    href: str | None
    clusters: list[Cluster] = field(default_factory=list)
    addressees: list[Link] = field(default_factory=list)
    findings: list[Link] = field(default_factory=list)


def recommendations(data: GraphStore) -> View:
    """Return the view with the filters of the request. Raises `Problem` if one is unknown."""
    clusters = _clusters(data)
    filters = [
        chosen("forum", "Forum", sorted(choices(data, "forum", _FORUMS), key=_edition)),
        chosen(
            "cluster", "Cluster or sub-heading", [(c.path, c.link.label) for c in clusters.values()]
        ),
        chosen("addressee", "Addressee", _addressees(data)),
        chosen("instrument", "Names the instrument", choices(data, "instrument", _NAMED)),
        chosen("silent", "No measure reported in", choices(data, "country", _MEMBERS)),
        chosen("state", "Show the measures of", choices(data, "country", _MEMBERS), empty="–"),
    ]
    check_fields(filters)
    text = query(_VARIABLES, [*_wanted(filters), *_PATTERNS], "?forum ?number ?recommendation")
    found = sorted(select(data, text), key=_order)
    listed = _recommendations(data, found, clusters)
    shown = {row["cluster"] for row in found}
    cluster, state = filters[1], filters[-1]
    # The measures of a state under the headings that are left, or all things under the one chosen.
    headings = [cluster.iri] if cluster.value else sorted(shown)
    things = _things(headings, state) if cluster.value or state.value else ""
    by_state = select(data, _STATES, is_fixed=True)
    drawn = [item for iri, item in clusters.items() if iri in shown]
    states = [(name, ID + path, path) for path, name in choices(data, "country", _MEMBERS)]
    numbers = {(row["cluster"], row["country"]): row["number"] for row in by_state}
    forums: dict[str, list[Recommendation]] = {}
    for item in listed.values():
        forums.setdefault(item.row["forum"], []).append(item)
    return View(
        "recommendations",
        "Recommendations",
        "What the ASEAN Forum on Migrant Labour and the workers’ meeting recommended, to whom, and"
        " what the progress review of 2020 reports and finds under the same headings.",
        filters,
        [
            ("The recommendations", text),
            ("The clusters and sub-headings", _CLUSTERS),
            ("Whom they address", _ADDRESSED),
            ("How much is reported under each heading", _REPORTED),
            ("Findings on single recommendations", _SINGLE),
            ("How many measures are reported for each cluster and state", _STATES),
            *([("What is reported under these headings", things)] if things else []),
        ],
        _COLUMNS,
        [
            {**row, **_added(listed[row["recommendation"]], clusters[row["cluster"]])}
            for row in found
        ],
        sources(data, (row["source"] for row in found)),
        "explore/recommendations.html",
        {
            "forums": [
                (items[0].row["forumName"], local(iri), items) for iri, items in forums.items()
            ],
            "total": len(listed),
            "clusters": drawn,
            "states": states,
            "numbers": numbers,
            "cluster": cluster,
            "wider": clusters.get(clusters[cluster.iri].wider) if cluster.value else None,
            "measures": _links(data, things, is_measure=True),
            "findings": _links(data, things, is_measure=False),
            "state": state,
        },
        draw=(lambda pen: _draw(pen, drawn, states, numbers))
        if any(not item.wider for item in drawn)
        else None,
        width=1180,
    )


def _clusters(data: GraphStore) -> dict[str, Cluster]:
    """Return the clusters of recommendations in the order of the review."""
    found: dict[str, Cluster] = {}
    for row in sorted(select(data, _CLUSTERS, is_fixed=True), key=lambda row: row["cluster"]):
        iri = row["cluster"]
        name = f"{row['letter']}. {row['clusterName']}" if "letter" in row else row["clusterName"]
        path = iri.removeprefix(ID)
        found[iri] = Cluster(Link(iri, name, local(iri)), path, row.get("wider", ""))
    for row in select(data, _REPORTED, is_fixed=True):
        if row["cluster"] in found:
            cluster = found[row["cluster"]]
            if row["kind"] == _MEASURE:
                cluster.measures = int(row["number"])
            else:
                cluster.findings = int(row["number"])
    return found


def _recommendations(
    data: GraphStore, found: list[Row], clusters: dict[str, Cluster]
) -> dict[str, Recommendation]:
    listed: dict[str, Recommendation] = {}
    for row in found:
        iri = row["recommendation"]
        item = listed.setdefault(iri, Recommendation(row, local(iri)))
        cluster = clusters[row["cluster"]]
        if cluster not in item.clusters:
            item.clusters.append(cluster)
            cluster.recommended += 1
    for row in select(data, _ADDRESSED, is_fixed=True):
        if row["recommendation"] in listed:
            link = Link(row["addressee"], row["name"], local(row["addressee"]))
            listed[row["recommendation"]].addressees.append(link)
    for row in select(data, _SINGLE, is_fixed=True):
        if row["recommendation"] in listed:
            link = Link(row["thing"], row["name"], local(row["thing"]))
            listed[row["recommendation"]].findings.append(link)
    for item in listed.values():
        item.clusters.sort(key=lambda cluster: cluster.path)
    return listed


def _addressees(data: GraphStore) -> list[tuple[str, str]]:
    named = {row["addressee"]: row["name"] for row in select(data, _ADDRESSED, is_fixed=True)}
    return sorted(
        ((iri.removeprefix(ID), name) for iri, name in named.items()), key=lambda item: item[1]
    )


def _wanted(filters: Sequence[Filter]) -> list[str]:
    """Return the patterns that say what was chosen."""
    forum, cluster, addressee, instrument, silent, _ = filters
    wanted = []
    if forum.value:
        wanted.append(f"VALUES ?forum {{ <{forum.iri}> }}")
    if cluster.value:
        wanted.append(f"?recommendation cebu:theme <{cluster.iri}> .")
    if addressee.value:
        wanted.append(f"?recommendation cebu:addressee <{addressee.iri}> .")
    if instrument.value:
        wanted.append(f"?recommendation cebu:refersTo <{instrument.iri}> .")
    if silent.value:
        wanted += [
            f"?recommendation cebu:theme ?top .\n?top skos:topConceptOf {_SCHEME} .",
            "MINUS {\n"
            "  ?recommendation cebu:theme ?served .\n"
            "  {\n"
            "    SELECT DISTINCT ?served\n"
            "    WHERE {\n"
            f"      ?served skos:topConceptOf {_SCHEME} .\n"
            "      ?measure cebu:theme ?served ;\n"
            "        a cebu:Initiative ;\n"
            f"        cebu:country <{silent.iri}> .\n"
            "    }\n"
            "  }\n"
            "}",
        ]
    return wanted


def _things(headings: Sequence[str], state: Filter) -> str:
    """Return the query of what is reported under the headings, of the state if one is chosen."""
    clusters = " ".join(f"<{iri}>" for iri in headings)
    country = f"?thing cebu:country <{state.iri}> ." if state.value else ""
    return query(
        "?kind ?thing ?name ?countryName",
        [
            "VALUES ?kind { cebu:Initiative cebu:Finding }",
            f"VALUES ?heading {{ {clusters} }}",
            *([country] if country else []),
            "?thing cebu:theme ?heading ;\n  a ?kind ;\n  rdfs:label ?name .",
            "OPTIONAL { ?thing cebu:country/rdfs:label ?countryName }",
        ],
        "?kind ?name ?thing ?countryName",
    )


def _draw(
    pen: Pen,
    clusters: Sequence[Cluster],
    states: Sequence[tuple[str, str, str]],
    numbers: Mapping[tuple[str, str], str],
) -> None:
    """Draw what is recommended and reported under each cluster, and of which states."""
    tops = [item for item in clusters if not item.wider]
    columns = ["asked for", "measures", "findings", *(name for name, _, _ in states)]

    def cell(row: int, column: int) -> tuple[list[str], str]:
        item = tops[row]
        own = (item.recommended, item.measures, item.findings)
        number = (
            str(own[column])
            if column < len(own)
            else numbers.get((item.link.iri, states[column - len(own)][1]), "0")
        )
        return ["∅ none" if number == "0" else number], "cell-changed" if number == "0" else "cell"

    rows = [
        (item.link.label, f"/explore/recommendations?cluster={item.path}#reports") for item in tops
    ]
    grid(pen, rows, columns, cell, names=290)


def _links(data: GraphStore, text: str, *, is_measure: bool) -> list[tuple[Link, str]]:
    """Return the measures, or the findings, that a query of things finds, with their countries."""
    names: dict[str, Link] = {}
    countries: dict[str, list[str]] = {}
    for row in select(data, text) if text else ():
        if (row["kind"] == _MEASURE) is is_measure:
            iri = row["thing"]
            names[iri] = Link(iri, row["name"], local(iri))
            countries.setdefault(iri, []).extend(
                [row["countryName"]] if "countryName" in row else []
            )
    return [(link, ", ".join(countries[iri])) for iri, link in names.items()]


def _added(item: Recommendation, cluster: Cluster) -> Row:
    """Return what the view adds to a row."""
    return {
        "clusterName": cluster.link.label,
        "measures": str(cluster.measures),
        "findings": str(cluster.findings),
        "addressees": "; ".join(link.label for link in item.addressees),
    }


def _edition(choice: tuple[str, str]) -> tuple[int, str]:
    """Sort forums by their number."""
    digits = "".join(filter(str.isdecimal, choice[0]))
    return int(digits[:6] or 0), choice[0]


def _order(row: Row) -> tuple[tuple[int, str], int, str, str]:
    number = row.get("number", "")
    return (
        _edition((row["forum"].removeprefix(ID), "")),
        int(number) if number.isascii() and number.isdigit() else 0,
        row["recommendation"],
        row["cluster"],
    )
