"""The views of /explore on the real graph, through HTTP, against the documents."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import openpyxl
import pytest

from server.explore.ratifications import DIFFERENT, NEW, difference
from server.settings import ROOT
from tests.server.door import Server, serving
from tests.server.test_pages import Outline

VIEWS = ["ratifications", "projects", "recommendations", "contradictions"]
REVIEW = "afml-progress-review-2020"
PLAN = "action-plan-2018-2025"
PROGRAMME = "alm-work-programme-2016-2020"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store = tmp_path_factory.mktemp("explore")
    with serving(
        store, CEBU_DATA=str(ROOT / "data"), CEBU_QUERIES=str(ROOT / "queries"), CEBU_WORKERS="1"
    ) as running:
        yield running


def page(server: Server, view: str, **fields: str) -> str:
    reply = server.request(f"/explore/{view}?{urlencode(fields)}", "text/html")
    assert reply.status == 200, reply.text
    return reply.text


def rows(server: Server, view: str, **fields: str) -> list[dict[str, str]]:
    reply = server.request(f"/explore/{view}?{urlencode({**fields, 'format': 'csv'})}")
    assert reply.status == 200, reply.text
    assert reply.type == "text/csv"
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def count(server: Server, pattern: str) -> int:
    """Return how often something stands in the graph, asked by another query than the view's."""
    text = f"PREFIX cebu: <https://w3id.org/cebu/ontology#> SELECT {pattern}"
    found: Any = server.query(text, "application/json").json()["results"]["bindings"]
    return int(found[0]["n"]["value"])


def line(document: str, number: int) -> str:
    """Return a line of a document, counted from 1."""
    return (ROOT / f"data/sources/{document}.txt").read_text().split("\n")[number - 1]


def thing(path: str) -> str:
    return f"https://w3id.org/cebu/id/{path}"


def test_the_index_leads_to_each_view(real: Server) -> None:
    index = real.request("/explore", "text/html").text
    assert '<li><a href="/explore">Explore</a></li>' in real.request("/", "text/html").text
    sitemap = real.request("/sitemap.xml").text
    for view in VIEWS:
        assert f'<a href="/explore/{view}">' in index
        assert f"{real.url}/explore/{view}<" in sitemap


@pytest.mark.parametrize("view", VIEWS)
def test_pages_are_well_made(real: Server, view: str) -> None:
    html = page(real, view)
    outline = Outline()
    outline.feed(html)
    assert outline.headings.count(1) == 1
    steps = zip([0, *outline.headings], outline.headings, strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.fields) - {"find"} <= set(outline.labelled)
    assert not outline.inline
    assert len(html.encode()) < 200_000
    assert html.count("<table") == html.count("<caption>")
    assert "<th>" not in html


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_names_its_sources_and_shows_queries_that_run(real: Server, view: str) -> None:
    html = page(real, view)
    sources = re.findall(r'<li><a href="(/sources/[^"]+)">', html)
    assert sources
    assert all(real.request(path, "text/html").status == 200 for path in sources)
    queries = re.findall(r'<a href="(/sparql\?query=[^"]+)">Open it in the workbench', html)
    assert queries
    for path in queries:
        answer = real.request(path.replace("&amp;", "&"), "application/json")
        assert answer.json()["results"]["bindings"], path


@pytest.mark.parametrize("view", VIEWS)
def test_a_sample_of_the_links_leads_somewhere(real: Server, view: str) -> None:
    links = sorted(set(re.findall(r'<a href="(/(?:doc|sources)/[^"]+)"', page(real, view))))
    assert len(links) > 20
    for link in links[:: len(links) // 12]:
        assert real.request(link.replace("&amp;", "&"), "text/html").status == 200, link


@pytest.mark.parametrize("view", VIEWS)
def test_all_tables_of_a_view_hold_the_same(real: Server, view: str) -> None:
    table = rows(real, view)
    document = real.request(f"/explore/{view}?format=json").json()
    assert len(document["rows"]) == len(table)
    assert document["sources"]
    reply = real.request(f"/explore/{view}?format=xlsx")
    assert f'filename="{view}.xlsx"' in reply.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(reply.body), read_only=True)
    cells = [[value or "" for value in row] for row in book[view].values]
    # A spreadsheet has one kind of line end.
    expected = [[text.replace("\r\n", "\n") for text in row.values()] for row in table]
    assert cells == [list(table[0]), *expected]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("fields", ["nothing=1", "format=pdf", "format=%3Cscript%3E", "q=%00"])
def test_what_a_view_does_not_know_is_a_helpful_page(real: Server, view: str, fields: str) -> None:
    reply = real.request(f"/explore/{view}?{fields}", "text/html")
    assert reply.status == 400
    assert "Available: " in reply.text
    assert "<script>" not in reply.text


@pytest.mark.parametrize("view", VIEWS)
def test_a_value_that_is_no_choice_is_a_helpful_page(real: Server, view: str) -> None:
    names = re.findall(r'<select id="f-([a-z]+)"', page(real, view))
    assert names
    for name in names:
        for value in ("<script>alert(1)</script>", "> } DELETE", "x" * 3000, "state/atlantis"):
            reply = real.request(f"/explore/{view}?{urlencode({name: value})}", "text/html")
            assert reply.status == 400
            assert "Available: " in reply.text
            assert "<script>alert" not in reply.text
            assert "x" * 100 not in reply.text


def test_there_is_no_other_view(real: Server) -> None:
    reply = real.request("/explore/%3Cscript%3E", "text/html")
    assert reply.status == 404
    assert "/explore lists the views" in reply.text
    assert "&lt;script&gt;" in reply.text


@pytest.mark.parametrize("view", VIEWS)
def test_a_client_that_has_the_answer_gets_none(real: Server, view: str) -> None:
    first = real.request(f"/explore/{view}", "text/html")
    again = real.request(
        f"/explore/{view}", "text/html", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304


def test_ratifications_are_those_of_the_graph(real: Server) -> None:
    table = rows(real, "ratifications")
    entries = count(real, "(COUNT(DISTINCT ?e) AS ?n) { ?e a cebu:TreatyStatus }")
    assert len({row["entry"] for row in table}) == entries
    assert f"<p>{entries} entries for" in page(real, "ratifications")
    thai = rows(real, "ratifications", state="state/thailand")
    assert {row["stateName"] for row in thai} == {"Thailand"}
    assert thai == [row for row in table if row["stateName"] == "Thailand"]
    protocols = rows(real, "ratifications", kind="Protocol")
    assert protocols == [row for row in table if row["kind"].endswith("#Protocol")]
    assert protocols
    annexes = rows(real, "ratifications", source=f"document/{PROGRAMME}")
    # Annexes 1 and 2 mark 71 places, two of them "Denounced" (lines 852-861 and 886-895).
    marks = "\n".join(line(PROGRAMME, number) for number in (*range(852, 862), *range(886, 896)))
    assert len(annexes) == len(re.findall("Yes|Denounced", marks)) == 71


@pytest.mark.parametrize(
    ("state", "instrument", "act", "date", "document", "number", "words"),
    [
        ("viet-nam", "ilo-c98", "Ratified", "5 July 2019", REVIEW, 6069, "5 July 2019"),
        ("viet-nam", "ilo-c105", "Ratified", "14 July 2020", REVIEW, 6074, "14 July 2020"),
        ("myanmar", "ilo-c138", "Ratified", "8 June 2020", REVIEW, 6027, "8 June 2020"),
        ("cambodia", "icrmw", "Signed", "2004 (s)", REVIEW, 9293, "2004 (s)"),
        ("malaysia", "ilo-c105", "Denounced", "", PROGRAMME, 856, "Denounced"),
        ("viet-nam", "ilo-c122", "Ratified", "", PROGRAMME, 895, "Viet Nam\tYes\tYes"),
    ],
)
def test_ratifications_are_as_printed(
    real: Server,
    state: str,
    instrument: str,
    act: str,
    date: str,
    document: str,
    number: int,
    words: str,
) -> None:
    assert words in line(document, number)
    found = [
        (row["actName"], row["dateAsPrinted"])
        for row in rows(real, "ratifications", state=f"state/{state}")
        if row["instrument"] == thing(f"instrument/{instrument}")
        and row["source"] == thing(f"document/{document}")
    ]
    assert (act, date) in found


@pytest.mark.parametrize("fields", [{}, {"state": "state/viet-nam"}])
def test_differences_of_ratifications_are_marked_with_words(
    real: Server, fields: dict[str, str]
) -> None:
    marked = {
        (row["state"].rpartition("/")[2], row["instrument"].rpartition("/")[2])
        for row in rows(real, "ratifications", **fields)
        if row["difference"] == "new since 2017"
    }
    # Line 861 of the annexes leaves 98 and 105 empty for Viet Nam, line 857 leaves 138 for Myanmar.
    assert line(PROGRAMME, 861) == "Viet Nam\tYes\t\t\tYes\t\tYes\tYes\tYes"
    assert line(PROGRAMME, 857) == "Myanmar\tYes\tYes\t\t\t\t\t\tYes"
    vietnamese = {("viet-nam", "ilo-c98"), ("viet-nam", "ilo-c105")}
    assert marked == (vietnamese if fields else vietnamese | {("myanmar", "ilo-c138")})
    html = page(real, "ratifications", **fields)
    assert html.count("▲ new since 2017</span>") == len(marked)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [("ratified", "2019-12-31")], NEW),
        ([], [("acceded", "")], NEW),
        # Dated before the annexes, which have no mark: no news, but two documents that differ.
        ([], [("ratified", "1999-12-31")], DIFFERENT),
        ([], [("denounced", "")], DIFFERENT),
        ([], [("not-party", "")], ""),
        (["ratified"], [("acceded", "2000-12-31")], ""),
        (["ratified"], [("not-party", "")], DIFFERENT),
        (["denounced"], [("denounced", "")], ""),
        (["denounced"], [("ratified", "2019-12-31")], DIFFERENT),
        # The later document says nothing: silence is no difference.
        (["ratified"], [], ""),
    ],
)
def test_what_differs_between_the_years(
    before: list[str], after: list[tuple[str, str]], expected: str
) -> None:
    def row(act: str, latest: str = "") -> dict[str, str]:
        dated = {"latest": latest} if latest else {}
        return {"act": thing(f"concept/treaty-status/{act}"), **dated}

    found, why = difference(
        [row(act) for act in before], [row(*act) for act in after], "2017-10-31"
    )
    assert found == expected
    assert bool(why) == bool(expected)


def test_projects_are_those_of_the_graph(real: Server) -> None:
    table = rows(real, "projects")
    total = count(real, "(COUNT(DISTINCT ?p) AS ?n) { ?p a cebu:Project ; cebu:partOfPlan ?x }")
    assert len({row["project"] for row in table}) == total
    assert f"<p>{total} projects," in page(real, "projects")
    for field, value, column in (
        ("plan", f"plan/{PLAN}", "plan"),
        ("cluster", "concept/action-plan-cluster/recourse", "theme"),
        ("status", "concept/project-status/completed", "status"),
    ):
        found = rows(real, "projects", **{field: value})
        assert {row["project"] for row in found} == {
            row["project"] for row in table if row[column] == thing(value)
        }
        assert found
    silent = rows(real, "projects", status="none")
    assert silent == [row for row in table if not row["status"]]
    thai = rows(real, "projects", body="state/thailand")
    assert {row["project"] for row in thai} == {
        row["project"]
        for row in table
        if "Thailand" in re.split("; | [(]", f"{row['carriedBy']}; {row['collaborators']}")
    }
    taken = rows(real, "projects", continues="yes")
    assert taken == [row for row in table if row["continues"]]


@pytest.mark.parametrize(
    ("number", "at", "printed", "expected"),
    [
        (
            "26",
            108,
            "2022-2023\t\tLead: Cambodia Co-lead: Viet Nam",
            {"carriedBy": "Viet Nam (co-lead); Cambodia (lead)", "statusName": "Planned"},
        ),
        ("18", 77, "2019-2020\t\tThailand", {"carriedBy": "Thailand", "statusName": "On-going"}),
        (
            "3",
            39,
            "2018-2021\t\tThe Philippines, Indonesia",
            {"carriedBy": "Indonesia; Philippines", "yearsLater": "2"},
        ),
        ("32", 121, "2017-2018\t\tLead: Thailand", {"carriedBy": "Thailand (lead)", "status": ""}),
    ],
)
def test_projects_are_as_printed(
    real: Server, number: str, at: int, printed: str, expected: dict[str, str]
) -> None:
    assert line(PLAN, at).startswith(f"{number}. ")
    assert printed in line(PLAN, at)
    [row] = [row for row in rows(real, "projects", plan=f"plan/{PLAN}") if row["number"] == number]
    assert row["timelineAsPrinted"] == printed.partition("\t")[0]
    assert {name: row[name] for name in expected} == expected


def test_a_project_that_slipped_shows_both_times(real: Server) -> None:
    # The portability study: "2018" in the plan of 2016, "2019-2020" in the Action Plan.
    assert line(PROGRAMME, 411).startswith("7. Study on portability of social security")
    assert "\t2018\t" in line(PROGRAMME, 411)
    html = page(real, "projects", plan=f"plan/{PLAN}", continues="yes")
    assert 'aria-label="2019 to 2020; before: 2018"' in html
    start = html.index(">Study on portability of social security")
    cell = html[start : html.index("</th>", start)]
    assert "▶ ends 2 years later</span>" in cell
    assert 'href="/doc/project/acmw-work-plan-2016-2020/7"' in cell
    # The bar begins where its year does, whatever is filtered: 2018 is two of ten years on.
    days = [(2016, 366), (2017, 365), (2018, 365), (2019, 365), (2020, 366)]
    before = sum(length for year, length in days if year < 2018)
    assert f'class="before" x="{round(240 * before / 3653, 1)}"' in html


def test_a_project_without_an_end_has_an_open_bar(real: Server) -> None:
    unended = count(
        real,
        "(COUNT(DISTINCT ?p) AS ?n) { ?p a cebu:Project ; cebu:earliest ?from"
        " FILTER NOT EXISTS { ?p cebu:latest ?to } }",
    )
    html = page(real, "projects")
    assert html.count('class="now open"') == unended > 0
    assert html.count("no end printed") == unended


def test_the_chart_is_to_be_had_as_svg(real: Server) -> None:
    reply = real.request("/explore/projects?format=svg")
    assert reply.type == "image/svg+xml"
    tree = ElementTree.fromstring(reply.body)
    drawn = [item for item in tree.iter() if item.tag.endswith("rect")]
    assert len(drawn) > count(
        real, "(COUNT(DISTINCT ?p) AS ?n) { ?p a cebu:Project ; cebu:earliest ?day }"
    )
    assert real.request("/explore/ratifications?format=svg").status == 400


def test_recommendations_are_those_of_the_graph(real: Server) -> None:
    table = rows(real, "recommendations")
    total = count(real, "(COUNT(*) AS ?n) { ?r a cebu:Recommendation }")
    assert len({row["recommendation"] for row in table}) == total == 183
    assert f"<p>{total} recommendations under" in page(real, "recommendations")
    for field, value, column in (
        ("forum", "meeting/afml-10", "forum"),
        ("cluster", "concept/afml-cluster/g", "cluster"),
    ):
        found = rows(real, "recommendations", **{field: value})
        assert {row["recommendation"] for row in found} == {
            row["recommendation"] for row in table if row[column] == thing(value)
        }
        assert found
    asked = rows(real, "recommendations", addressee="body/receiving-states")
    assert asked == [row for row in table if "Receiving states" in row["addressees"].split("; ")]


@pytest.mark.parametrize("state", ["myanmar", "viet-nam"])
def test_silence_is_that_of_the_question_library(real: Server, state: str) -> None:
    address = "/queries/recommendations-without-initiative-in-state?format=csv&state=state/"
    answer = real.request(address + state).text
    expected = {row["recommendation"] for row in csv.DictReader(io.StringIO(answer))}
    found = rows(real, "recommendations", silent=f"state/{state}")
    assert {row["recommendation"] for row in found} == expected
    assert expected


def test_recommendations_are_as_printed(real: Server) -> None:
    def texts(**fields: str) -> set[str]:
        return {row["text"] for row in rows(real, "recommendations", **fields)}

    # "Right to stay until the case is settled" (line 7623) lists two recommendations.
    assert line(REVIEW, 7623) == "Right to stay until the case is settled"
    assert line(REVIEW, 7639).startswith("In case of legal dispute, migrant domestic workers")
    stay = texts(cluster="concept/afml-cluster/c-4-right-to-stay")
    assert len(stay) == 2
    assert any(text.startswith(line(REVIEW, 7639)) for text in stay)
    assert stay & texts(forum="meeting/afml-10")


def test_measures_under_a_heading_lead_to_their_words(real: Server) -> None:
    cluster = "concept/afml-cluster/g"
    html = page(real, "recommendations", cluster=cluster)
    start = html.index('<h2 id="reports">')
    reports = html[start : html.index("</section>", start)]
    measures = count(
        real,
        f"(COUNT(DISTINCT ?m) AS ?n) {{ ?m a cebu:Initiative ; cebu:theme <{thing(cluster)}> }}",
    )
    assert len(set(re.findall('href="(/doc/initiative/[^"]+)"', reports))) == measures
    # Line 5405 says of recommendation 12 of the 9th forum when it will have been implemented.
    assert "12 from the 9th AFML will successfully have been" in line(REVIEW, 5405)
    assert "/doc/finding/afml-progress-review-2020/portability-recommendation-12-of-9th-afml" in (
        page(real, "recommendations", forum="meeting/afml-9")
    )


def test_where_nothing_is_reported_is_said_in_words(real: Server) -> None:
    html = page(real, "recommendations")
    start = html.index('<h2 id="silence">')
    matrix = html[start : html.index("</section>", start)]
    none = count(
        real,
        "(COUNT(*) AS ?n) { ?s a cebu:MemberState . ?c"
        " <http://www.w3.org/2004/02/skos/core#topConceptOf>"
        f" <{thing('concept/afml-cluster')}> FILTER NOT EXISTS {{"
        " ?m a cebu:Initiative ; cebu:theme ?c ; cebu:country ?s } }",
    )
    assert matrix.count("∅ none</span>") == none
    assert none


def test_contradictions_are_those_of_the_graph(real: Server) -> None:
    table = rows(real, "contradictions")
    total = count(real, "(COUNT(DISTINCT ?d) AS ?n) { ?d a cebu:Discrepancy }")
    assert len({row["discrepancy"] for row in table}) == total
    html = page(real, "contradictions")
    assert f"<p>{total} contradictions." in html
    assert html.count('<div class="sides">') == total
    between = {row["discrepancy"] for row in rows(real, "contradictions", extent="between")}
    within = {row["discrepancy"] for row in rows(real, "contradictions", extent="within")}
    assert len(between) + len(within) == total
    assert between == {
        row["discrepancy"]
        for row in table
        for other in table
        if other["discrepancy"] == row["discrepancy"] and other["document"] != row["document"]
    }
    of_plan = rows(real, "contradictions", document=f"document/{PLAN}")
    assert {row["discrepancy"] for row in of_plan} == {
        row["discrepancy"] for row in table if row["document"] == thing(f"document/{PLAN}")
    }
    about = rows(real, "contradictions", kind="TreatyStatus")
    acts = count(
        real,
        "(COUNT(DISTINCT ?d) AS ?n) { ?d a cebu:Discrepancy ; cebu:claim ?c ."
        " ?c <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> ?s . ?s a cebu:TreatyStatus }",
    )
    assert len({row["discrepancy"] for row in about}) == acts > 0


@pytest.mark.parametrize(
    ("discrepancy", "sides"),
    [
        (
            "The POEA has two names",
            [(REVIEW, 758, "Philippines Overseas"), (REVIEW, 7089, "Admin")],
        ),
        (
            "The Compendium is translated into five languages or into six",
            [
                (PROGRAMME, 401, "Khmer, Bahasa Indonesia, Laotian, Thai, and Vietnamese"),
                ("priorities-paper-2017", 96, "6 languages spoken in ASEAN"),
            ],
        ),
        (
            "The labour attachés of Thailand are 13 or 14",
            [(REVIEW, 3412, "Thailand"), (REVIEW, 3414, "13")],
        ),
    ],
)
def test_contradictions_are_as_printed(
    real: Server, discrepancy: str, sides: list[tuple[str, int, str]]
) -> None:
    html = page(real, "contradictions")
    start = html.index(f">{discrepancy}</a></h3>")
    shown = html[start : html.find("<h3>", start)]
    for document, number, words in sides:
        assert words in line(document, number)
        assert re.search(rf'href="/sources/{document}[?]passage=\d+-\d+#L{number}"', shown)
