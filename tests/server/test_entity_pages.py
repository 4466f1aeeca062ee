"""The page of each class over the whole graph: what it shows is what SPARQL says."""

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import bibtexparser
import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from ontology import ID
from server.linked_data.designs import CLASSES
from server.linked_data.labels import counted
from server.settings import ROOT
from tests.server.door import Server, serving

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

TOKEN = "a-token-of-the-tests"
SCHEMA = Namespace("https://schema.org/")
CEBU = "https://w3id.org/cebu/ontology#"
MOST_BYTES = 200_000
PREFIXES = f"""PREFIX cebu: <{CEBU}>
PREFIX id: <{ID}>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX eli: <http://data.europa.eu/eli/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX qb: <http://purl.org/linked-data/cube#>
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("entities"),
        CEBU_DATA=str(ROOT / "data"),
        CEBU_QUERIES=str(ROOT / "queries"),
        CEBU_WORKERS="1",
        CEBU_CACHE_BYTES="0",
        CEBU_TOKEN=TOKEN,
    ) as running:
        yield running


def bibtex(text: str) -> list[dict[str, str]]:
    """Return the entries of a file for BibTeX, as its readers see them."""
    entries: list[dict[str, str]] = bibtexparser.loads(text).entries  # type: ignore[no-untyped-call]
    return entries


def rows(server: Server, query: str) -> list[list[str]]:
    reply = server.query(PREFIXES + query, "text/csv")
    assert reply.status == 200, reply.text
    return list(csv.reader(io.StringIO(reply.text, newline="")))[1:]


def number(server: Server, pattern: str) -> int:
    return int(rows(server, f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}")[0][0])


def page(server: Server, path: str) -> str:
    reply = server.request(f"/doc/{path}", "text/html")
    assert reply.status == 200, reply.text
    return reply.text


def section(html: str, key: str) -> str:
    """Return the section whose heading has that id."""
    return html[html.index(f'id="{key}"') :].partition("</section>")[0]


def head_count(html: str, key: str) -> int:
    found = re.search(rf'id="{key}">[^<]*<span class="count">\(([\d,]+)\)', html)
    assert found, key
    return int(found[1].replace(",", ""))


def body_rows(part: str) -> int:
    return part.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")


def words(part: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", part)).split())


def test_every_class_of_things_has_a_design(real: Server) -> None:
    classes = rows(
        real, f'SELECT DISTINCT ?c {{ ?s a ?c FILTER(STRSTARTS(STR(?s), "{ID}")) }} ORDER BY ?c'
    )
    assert {row[0] for row in classes} <= set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_page_of_each_class_is_whole_and_small(real: Server, kind: str) -> None:
    found = rows(
        real,
        f"SELECT ?x (COUNT(?s) AS ?n) {{ ?x a <{kind}> . OPTIONAL {{ ?s ?p ?x }} }}"
        " GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 3",
    )
    assert found
    for iri, _ in found:
        html = page(real, iri.removeprefix(ID))
        assert len(html.encode()) < MOST_BYTES, iri
        assert 'id="glance"' in html, iri
        ids = re.findall(r'\bid="([^"]*)"', html)
        assert len(ids) == len(set(ids)), iri
        Headings().check(html)
        for anchor in re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', html):
            assert anchor in ids, (iri, anchor)


class Headings(HTMLParser):
    """Checks that no level of headings is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def check(self, html: str) -> None:
        self.feed(html)
        assert self.levels[0] == 1
        for before, after in zip(self.levels, self.levels[1:], strict=False):
            assert after <= before + 1


def test_every_fact_at_a_glance_says_where_it_is_from(real: Server) -> None:
    for kind in CLASSES:
        ((iri,),) = rows(real, f"SELECT ?x {{ ?x a <{kind}> }} ORDER BY ?x LIMIT 1")
        html = page(real, iri.removeprefix(ID))
        glance = section(html, "glance") if 'id="glance"' in html else ""
        noted = '<p class="derived">* ' in glance
        at_foot = "All of this is stated in" in section(html, "facts")
        facts = glance.partition("<dl")[2].partition("</dl>")[0]
        for fact in re.findall(r"<dt>.*?(?=<dt>|$)", facts, re.S):
            values = re.findall(r"<dd>(.*?)</dd>", fact, re.S)
            if 'class="derived"' in fact or (noted and "</span>*" in fact):
                continue
            assert values, (iri, fact)
            for value in values:
                grounded = 'class="evidence"' in value or 'class="stated"' in value or at_foot
                assert grounded, (iri, value)


def test_what_one_graph_states_alone_is_said_once(real: Server) -> None:
    for kind in ("Claim", "Passage"):
        ((iri,),) = rows(real, f"SELECT ?x {{ ?x a cebu:{kind} }} ORDER BY ?x LIMIT 1")
        html = page(real, iri.removeprefix(ID))
        assert html.count('class="stated"') == 1, iri
        assert "All of this is stated in the graph of " in words(html)


def test_a_title_is_not_repeated_under_the_heading_that_it_is(real: Server) -> None:
    html = page(real, "instrument/ilo-c88")
    assert "<h1>Employment Service Convention, 1948 (No. 88)</h1>" in html
    assert 'class="own-words"' not in html
    assert 'class="evidence"' in section(html, "facts")


def test_figures_are_written_with_their_digits_in_threes(real: Server) -> None:
    assert ">3,462<" in section(
        page(real, "observation/afml-progress-review-2020/saf-mrcs-women-supported"), "glance"
    )
    assert ">857,316<" in section(
        page(real, "dataset/afml-progress-review-2020-table-4"), "s-figures"
    )


@pytest.mark.parametrize(
    ("number_of", "name", "text"),
    [
        (1, "body", "1 body"),
        (1204, "body", "1,204 bodies"),
        (2, "treaty status", "2 treaty statuses"),
        (2, "memorandum of understanding", "2 memoranda of understanding"),
        (21, "finding", "21 findings"),
    ],
)
def test_things_are_counted_in_words(number_of: int, name: str, text: str) -> None:
    assert counted(number_of, name) == text


@pytest.mark.parametrize("state", ["thailand", "viet-nam", "brunei-darussalam"])
def test_a_state_shows_its_treaties_projects_and_figures(real: Server, state: str) -> None:
    html = page(real, f"state/{state}")
    me = f"<{ID}state/{state}>"
    treaties = section(html, "s-treaties")
    pattern = f"?t a cebu:TreatyStatus ; cebu:state {me} ; cebu:instrument ?x"
    assert head_count(html, "s-treaties") == body_rows(treaties) == number(real, pattern)
    # Each document's column has what that document says.
    documents = rows(
        real,
        f"SELECT DISTINCT ?label {{ ?c rdf:subject ?t ; cebu:statedIn ?d . ?d rdfs:label ?label ."
        f" ?t a cebu:TreatyStatus ; cebu:state {me} }}",
    )
    assert {unescape(name) for name in re.findall(r"<th scope=\"col\">([^<]*)", treaties)} >= {
        row[0] for row in documents
    }
    statuses = rows(real, f"SELECT ?t {{ ?t a cebu:TreatyStatus ; cebu:state {me} }}")
    for (status,) in statuses:
        assert f'href="/doc/{status.removeprefix(ID)}"' in treaties
    bound = number(
        real,
        f"?t cebu:state {me} ; cebu:instrument ?x ; cebu:treatyStatus ?k FILTER(?k IN"
        f" (<{ID}concept/treaty-status/ratified>, <{ID}concept/treaty-status/acceded>))",
    )
    assert f"Instruments that it ratified or acceded to {bound} " in words(section(html, "glance"))
    roles = "cebu:coordinator|cebu:lead|cebu:coLead|cebu:contributingBody|cebu:collaborator"
    projects = number(real, f"?x a cebu:Project ; {roles}|cebu:originatingBody {me}")
    assert head_count(html, "s-projects") == projects
    incoming = number(real, f"?x cebu:country {me}")
    assert f'country <span class="count">({incoming})</span>' in html


def test_a_state_shows_what_is_reported_by_theme(real: Server) -> None:
    part = section(page(real, "state/thailand"), "s-reported-of")
    expected = rows(
        real,
        "SELECT ?theme (COUNT(DISTINCT ?x) AS ?n) { ?x a cebu:Initiative ; cebu:country"
        f" <{ID}state/thailand> ; cebu:theme/rdfs:label ?theme }} GROUP BY ?theme",
    )
    assert expected
    shown = words(part)
    for theme, total in expected:
        assert re.search(rf"{re.escape(theme)} (\d+ findings?, )?{total} initiatives?\b", shown), (
            theme
        )


def test_a_plan_lists_all_its_projects(real: Server) -> None:
    for plan in ("action-plan-2018-2025", "acmw-work-plan-2016-2020"):
        html = page(real, f"plan/{plan}")
        total = number(real, f"?x cebu:partOfPlan <{ID}plan/{plan}>")
        assert head_count(html, "s-projects") == body_rows(section(html, "s-projects")) == total
        assert f"Projects {total} Counted: the projects that it lists." in words(
            section(html, "glance")
        )


def test_a_project_says_what_was_before_and_whether_it_slipped(real: Server) -> None:
    pairs = rows(
        real,
        "SELECT ?x ?before ?end ?former { ?x cebu:continues ?before ; cebu:latest ?end ."
        " ?before cebu:latest ?former } ORDER BY ?x",
    )
    assert pairs
    for project, before, end, former in pairs:
        related = section(page(real, project.removeprefix(ID)), "s-related")
        row = next(part for part in related.split("<tr>") if f'"/doc/{before[len(ID) :]}"' in part)
        years = int(end[:4]) - int(former[:4])
        expected = (
            "ends in the same year"
            if not years
            else f"ends {abs(years)} year{'s' * (abs(years) > 1)} {'later' if years > 0 else 'ear'}"
        )
        assert expected in row
        # Both plans' words are there, each leading to its place.
        assert len(set(re.findall(r'href="(/sources/[^"]*)"', row))) >= 2
        back = section(page(real, before.removeprefix(ID)), "s-related")
        assert "continued by" in back
        assert f'"/doc/{project.removeprefix(ID)}"' in back


def test_the_timeline_draws_the_span(real: Server) -> None:
    html = page(real, "project/action-plan-2018-2025/26")
    drawn = section(html, "timeline")
    assert 'role="img" aria-label="2022-2023"' in drawn
    assert drawn.count("<rect") == 2  # its own, and that of the project that it follows up


def test_a_recommendation_shows_only_what_is_linked(real: Server) -> None:
    html = page(real, "recommendation/afml-7/5")
    me = f"<{ID}recommendation/afml-7/5>"
    pattern = (
        f"{me} cebu:theme ?t ; cebu:refersTo ?i . ?x cebu:theme ?t ; cebu:reportsOn ?i ; a ?k"
        " FILTER(?k IN (cebu:Initiative, cebu:Finding))"
    )
    part = section(html, "s-instruments")
    assert head_count(html, "s-instruments") == body_rows(part) == number(real, pattern)
    glance = words(section(html, "glance"))
    for theme, kind, total in rows(
        real,
        f"SELECT ?theme ?kind (COUNT(DISTINCT ?x) AS ?n) {{ {me} cebu:theme ?t ."
        " ?t rdfs:label ?theme . ?x cebu:theme ?t ; a ?k . ?k rdfs:label ?kind"
        " FILTER(?k IN (cebu:Initiative, cebu:Finding)) } GROUP BY ?theme ?kind",
    ):
        assert theme in glance
        assert counted(int(total), kind) in glance
    assert "Nothing states that they answer this recommendation" in glance


@pytest.mark.parametrize(
    ("path", "key", "pattern"),
    [
        ("instrument/cebu-declaration-2007", "s-provisions", "?x eli:is_part_of {me}"),
        ("instrument/ilo-c189", "s-states", "?t cebu:instrument {me} ; cebu:state ?x"),
        ("meeting/afml-7", "s-recommendations", "?x a cebu:Recommendation ; cebu:adoptedAt {me}"),
        ("body/acmw", "s-plans", "?x cebu:ownedBy {me}"),
        ("dataset/afml-progress-review-2020-table-4", "s-figures", "?x qb:dataSet {me}"),
    ],
)
def test_tables_have_all_that_sparql_finds(real: Server, path: str, key: str, pattern: str) -> None:
    html = page(real, path)
    total = number(real, pattern.replace("{me}", f"<{ID}{path}>"))
    assert total
    assert body_rows(section(html, key)) == total


def test_a_discrepancy_shows_its_claims_side_by_side(real: Server) -> None:
    part = section(page(real, "discrepancy/year-of-the-11th-forum"), "s-claims")
    found = rows(
        real,
        f"SELECT DISTINCT ?c ?words {{ <{ID}discrepancy/year-of-the-11th-forum> cebu:claim ?c ."
        " ?c cebu:evidence/cebu:exact ?words }",
    )
    assert len({claim for claim, _ in found}) == part.count("<h3>") > 1
    shown = words(part)
    for claim, said in found:
        assert f'href="/doc/{claim.removeprefix(ID)}"' in part
        assert " ".join(said.split()) in shown


def test_a_document_says_what_it_gives(real: Server) -> None:
    html = page(real, "document/priorities-paper-2017")
    shown = words(section(html, "s-gives"))
    graph = "https://w3id.org/cebu/graph/priorities-paper-2017"
    for label, total in rows(
        real,
        f"SELECT ?label (COUNT(DISTINCT ?x) AS ?n) {{ GRAPH <{graph}> {{ ?x a ?c }}"
        " ?c rdfs:label ?label } GROUP BY ?label",
    ):
        assert f"{label} {int(total):,}" in shown
    listed = real.request("/sources", "application/json").json()
    (source,) = [item for item in listed if item["document"].endswith("priorities-paper-2017")]
    assert f"({source['evidence']:,} of {source['characters']:,})" in html
    assert 'href="/sources/priorities-paper-2017"' in html


def test_links_are_counted_and_paged_by_property(real: Server) -> None:
    html = page(real, "document/afml-progress-review-2020")
    total = number(real, f"?x oa:hasSource <{ID}document/afml-progress-review-2020>")
    assert f"All {total:,}: " in html
    last = -(-total // 50)
    address = "/doc/document/afml-progress-review-2020?property=oa:hasSource"
    assert f'href="{address}"' in html
    first = real.request(address, "text/html").text
    assert f"Page 1 of {last}" in first
    starts = [int(at) for at in re.findall(r'<li><a href="/doc/passage/[^"]*/(\d+)-\d+"', first)]
    assert len(starts) == 50
    assert starts == sorted(starts)
    end = real.request(f"{address}&page={last}", "text/html").text
    assert end.count('<li><a href="/doc/passage/') == total - (last - 1) * 50
    refused = real.request(f"{address}&page={last + 1}", "text/html")
    assert refused.status == 400
    states = real.request("/doc/state/thailand?property=cebu:state", "text/html").text
    assert states.count('<details class="evidence">') == body_count(states)


def body_count(html: str) -> int:
    return html.partition('<ol class="pointers"')[2].partition("</ol>")[0].count("<li>")


def test_claims_on_much_used_words_are_paged(real: Server) -> None:
    ((passage, total),) = rows(
        real,
        "SELECT ?p (COUNT(DISTINCT ?c) AS ?n) { ?c a cebu:Claim ; cebu:evidence ?p }"
        " GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 1",
    )
    html = page(real, passage.removeprefix(ID))
    assert head_count(html, "said") == int(total) > 50
    path = f"/doc/{passage.removeprefix(ID)}?property=claims"
    pages = -(-int(total) // 50)
    found = set()
    for at in range(1, pages + 1):
        found |= set(
            re.findall(
                r'href="(/doc/claim/[^"]*)"', real.request(f"{path}&page={at}", "text/html").text
            )
        )
    assert len(found) == int(total)


def test_what_is_unknown_in_an_address_is_refused(real: Server) -> None:
    for wrong in (
        "property=cebu:nothing",
        "property=",
        "property=<script>alert(1)</script>",
        "property=cebu:state&page=9999",
        "page=2",
    ):
        reply = real.request(f"/doc/state/thailand?{wrong}", "text/html")
        assert reply.status == 400, wrong
        assert "<script>alert(1)" not in reply.text
    reply = real.request("/doc/state/thailand?property=x", "application/json")
    assert reply.status == 406


@pytest.mark.parametrize(
    ("path", "kind", "about"),
    [
        ("state/viet-nam", "Country", {"name": "Viet Nam"}),
        ("state/viet-nam", "AdministrativeArea", {}),
        ("body/acmw", "Organization", {"alternateName": "ACMW"}),
        ("project/action-plan-2018-2025/26", "Project", {}),
        ("meeting/afml-11", "Event", {"startDate": "2018-10-29"}),
        ("document/priorities-paper-2017", "Report", {}),
        ("instrument/ilo-c189", "Legislation", {}),
        ("dataset/afml-progress-review-2020-table-4", "Dataset", {}),
        ("concept/afml-cluster/d", "DefinedTerm", {}),
    ],
)
def test_the_head_says_it_in_schema_org(
    real: Server, path: str, kind: str, about: dict[str, str]
) -> None:
    html = page(real, path)
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    assert found
    graph = Graph().parse(data=found[1], format="json-ld")
    thing = URIRef(ID + path)
    assert (thing, RDF.type, SCHEMA[kind]) in graph
    for name, value in about.items():
        assert value in {str(item) for item in graph.objects(thing, SCHEMA[name])}
    # Nothing is said in schema.org's words that the graph does not have as a value.
    stated = {row[0] for row in rows(real, f"SELECT ?o {{ <{thing}> ?p ?o }}")}
    for property_, object_ in graph.predicate_objects(thing):
        if str(property_).startswith(SCHEMA):
            assert str(object_) in stated, property_
    assert f'<link rel="canonical" href="{thing}">' in html
    label = rows(real, f"SELECT ?l {{ <{thing}> rdfs:label ?l }}")[0][0]
    title = re.search(r'<meta property="og:title" content="([^"]*)">', html)
    assert title
    assert unescape(title[1]) == label


def test_a_citation_can_be_read_by_reference_managers(real: Server) -> None:
    path = "/doc/project/action-plan-2018-2025/26"
    reply = real.request(f"{path}.bib")
    assert (reply.status, reply.type) == (200, "application/x-bibtex")
    entries = bibtex(reply.text)
    label = rows(real, f"SELECT ?l {{ <{ID}project/action-plan-2018-2025/26> rdfs:label ?l }}")[0][
        0
    ]
    assert entries[0]["title"].strip("{}") == label
    assert entries[0]["url"].startswith(f"https://w3id.org/cebu{path}")
    # Beside it the document from which it is known.
    titles = {row[0] for row in rows(real, f"SELECT ?t {{ <{ID}document/action-plan-2018-2025>"
                                    " rdfs:label ?t }")}  # fmt: skip
    assert [entry["title"].strip("{}") for entry in entries[1:]] == sorted(titles)
    csl = real.request(f"{path}.csl.json")
    assert csl.type == "application/vnd.citationstyles.csl+json"
    items = csl.json()
    assert len(items) == len(entries)
    assert len({item["id"] for item in items}) == len(items)
    for item in items:
        assert item["type"] in {"dataset", "report"}
        assert item["title"]
    assert {entry["ID"] for entry in entries} == {item["id"] for item in items}
    html = section(page(real, "project/action-plan-2018-2025/26"), "cite")
    assert f'href="{path}.bib"' in html
    assert f'href="{path}.csl.json"' in html
    assert items[0]["version"] in html
    assert items[0]["URL"] in html
    assert real.request("/doc/state/atlantis.bib").status == 404
    for accept in ("text/html", "text/turtle"):
        links = real.request(path, accept).headers.get_all("Link") or []
        assert f'<{ID}project/action-plan-2018-2025/26>; rel="cite-as"' in links


@pytest.mark.parametrize("kind", CLASSES)
def test_a_citation_of_each_class_parses(real: Server, kind: str) -> None:
    for (iri,) in rows(real, f"SELECT ?x {{ ?x a <{kind}> }} ORDER BY DESC(?x) LIMIT 2"):
        path = f"/doc/{iri.removeprefix(ID)}"
        parsed = bibtex(real.request(f"{path}.bib").text)
        assert len(parsed) == len(real.request(f"{path}.csl.json").json()) >= 1


def test_a_change_is_listed_with_its_versions(tmp_path_factory: pytest.TempPathFactory) -> None:
    thing = f"{ID}state/viet-nam"
    with serving(tmp_path_factory.mktemp("touched"), CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        before = section(page(server, "state/viet-nam"), "versions")
        assert "No change has touched it" in before
        unchanged = json.loads(server.request("/doc/state/viet-nam.csl.json").text)[0]
        assert "issued" not in unchanged
        for text in (
            f'INSERT DATA {{ GRAPH <http://g/1> {{ <{thing}> <http://b/y> "<b>&" }} }}',
            "INSERT DATA { GRAPH <http://g/1> { <http://a/x> <http://b/y> 1 } }",
        ):
            reply = server.request(
                "/update?" + urlencode({"message": "a <note>", "author": "Bo"}),
                method="POST",
                body=text.encode(),
                headers={
                    "Content-Type": "application/sparql-update",
                    "Authorization": f"Bearer {TOKEN}",
                },
            )
            assert reply.status == 204, reply.text
        html = page(server, "state/viet-nam")
        after = section(html, "versions")
        assert '<a href="/changes/1">Change 1</a>' in after
        assert "Bo: a &lt;note&gt;" in after
        assert "/changes/2" not in after
        assert "Change 1" not in section(page(server, "state/thailand"), "versions")
        assert 'href="/doc/state/viet-nam?version=0"' in after
        assert "&lt;b&gt;&amp;" in html
        assert "&lt;b&gt;" not in page(server, "state/viet-nam?version=0")
        old = page(server, "state/viet-nam?version=1")
        assert "This is version 1, as it was then." in old
        item = json.loads(server.request("/doc/state/viet-nam.csl.json").text)[0]
        assert item["version"] == "2"
        assert item["URL"] == "https://w3id.org/cebu/doc/state/viet-nam?version=2"
        assert item["issued"]["date-parts"][0][0] >= 2024
        past = json.loads(server.request("/doc/state/viet-nam.csl.json?version=1").text)[0]
        assert past["version"] == "1"
        entry = bibtex(server.request("/doc/state/viet-nam.bib").text)[0]
        assert entry["year"] == str(item["issued"]["date-parts"][0][0])


def test_signs_of_tex_are_written_so_that_bibtex_reads_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serving(tmp_path_factory.mktemp("tex"), CEBU_TOKEN=TOKEN, CEBU_WORKERS="1") as server:
        text = (
            f"DELETE {{ GRAPH ?g {{ <{ID}state/thailand> ?label ?old }} }} INSERT {{ GRAPH ?g"
            f' {{ <{ID}state/thailand> ?label "50% {{x_y}} & #1 \\\\ $"@en }} }} WHERE {{'
            f" VALUES ?label {{ <http://www.w3.org/2000/01/rdf-schema#label> }} GRAPH ?g"
            f" {{ <{ID}state/thailand> ?label ?old }} }}"
        )
        reply = server.request(
            "/update", method="POST", body=text.encode(),
            headers={"Content-Type": "application/sparql-update",
                     "Authorization": f"Bearer {TOKEN}"},
        )  # fmt: skip
        assert reply.status == 204, reply.text
        entry = bibtex(server.request("/doc/state/thailand.bib").text)[0]
    title = r"50\% \{x\_y\} \& \#1 \textbackslash{} \$"
    assert entry["title"] == "{" + title + "}"


def test_the_pages_with_most_links_come_quickly(real: Server) -> None:
    """Not a measure of speed, which other work on the machine disturbs: a bound on slips."""
    found = rows(real, "SELECT ?x (COUNT(*) AS ?n) { ?s ?p ?x . ?x a ?c"
                       f' FILTER(STRSTARTS(STR(?x), "{ID}")) }} GROUP BY ?x'
                       " ORDER BY DESC(?n) LIMIT 20")  # fmt: skip
    taken = []
    for iri, _ in found:
        begun = time.monotonic()
        page(real, iri.removeprefix(ID))
        taken.append(time.monotonic() - begun)
    assert sorted(taken)[len(taken) // 2] < 1
