"""The views of /explore on the real graph, through HTTP, against the documents."""

import csv
import dataclasses
import io
import re
import struct
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import hypothesis
import openpyxl
import pytest
from hypothesis import strategies as st

from server.app import create_app
from server.explore.drawing import Pen, as_file
from server.explore.geometry import FILE
from server.explore.png import MOST_PIXELS, as_png
from server.explore.ratifications import DIFFERENT, NEW, difference
from server.http.problems import Problem
from server.settings import ROOT, Settings
from tests.server.door import Server, serving
from tests.server.test_pages import Outline

VIEWS = [
    "ratifications",
    "projects",
    "network",
    "recommendations",
    "statistics",
    "map",
    "contradictions",
]
REVIEW = "afml-progress-review-2020"
PLAN = "action-plan-2018-2025"
PROGRAMME = "alm-work-programme-2016-2020"
SVG = "{http://www.w3.org/2000/svg}"
STATES = 10


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
    assert html.count("<table") == html.count("<caption")
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
    cells = [["" if value is None else value for value in row] for row in book[view].values]
    figures = {"value", "measures", "findings"}
    # A spreadsheet has one kind of line end, and numbers that it can add up.
    expected = [
        [
            float(text) if name in figures and text else text.replace("\r\n", "\n")
            for name, text in row.items()
        ]
        for row in table
    ]
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


def test_the_picture_of_projects_has_them_all(real: Server) -> None:
    reply = real.request("/explore/projects?format=svg")
    tree = ElementTree.fromstring(reply.body)
    drawn = [item for item in tree.iter() if item.tag.endswith("rect")]
    assert len(drawn) > count(
        real, "(COUNT(DISTINCT ?p) AS ?n) { ?p a cebu:Project ; cebu:earliest ?day }"
    )
    linked = {link.get("href") for link in tree.iter(SVG + "a")}
    projects = {row["project"] for row in rows(real, "projects")}
    assert linked == {f"{real.url}/doc/{iri.partition('/id/')[2]}" for iri in projects}


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


def test_the_index_counts_each_view(real: Server) -> None:
    index = real.request("/explore", "text/html").text
    numbers = re.findall(
        r'href="/explore/([a-z]+)">[^<]+</a><p><span class="glance">([\d,]+)<', index
    )
    assert [name for name, _ in numbers] == VIEWS
    counted = {name: int(text.replace(",", "")) for name, text in numbers}
    columns = {
        "ratifications": "entry",
        "projects": "project",
        "network": "body",
        "recommendations": "recommendation",
        "statistics": "figure",
        "map": "state",
        "contradictions": "discrepancy",
    }
    for view, column in columns.items():
        assert counted[view] == len({row[column] for row in rows(real, view)}), view


@pytest.mark.parametrize("view", VIEWS)
def test_each_picture_is_a_file_of_its_own(real: Server, view: str) -> None:
    reply = real.request(f"/explore/{view}?format=svg")
    assert reply.type == "image/svg+xml"
    assert f'filename="{view}.svg"' in reply.headers["Content-Disposition"]
    tree = ElementTree.fromstring(reply.body)
    assert tree[0].tag == SVG + "title"
    assert tree[0].text
    assert tree[1].tag == SVG + "desc"
    # No style sheet and no script: its colours are its own, its links are whole.
    assert not [item for item in tree.iter() if item.get("class") or item.get("style")]
    assert not list(tree.iter(SVG + "script"))
    for item in tree.iter(SVG + "a"):
        assert item.get("href", "").startswith(real.url)
    words = "".join(tree.itertext())
    for title in real.request(f"/explore/{view}?format=json").json()["sources"]:
        assert "".join(title.split()) in "".join(words.split())


@pytest.mark.parametrize("view", VIEWS)
def test_each_picture_is_to_be_had_in_pixels(real: Server, view: str) -> None:
    reply = real.request(f"/explore/{view}?format=png")
    assert reply.type == "image/png"
    assert reply.body.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", reply.body[16:24])
    svg = ElementTree.fromstring(real.request(f"/explore/{view}?format=svg").body)
    size = int(svg.get("width", "0")), int(svg.get("height", "0"))
    assert width * height <= MOST_PIXELS * 1.01
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    assert width >= size[0] or width * height > MOST_PIXELS * 0.98


def test_a_picture_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.explore.png._SECONDS", 0.001)
    with pytest.raises(Problem, match="takes too long") as raised:
        as_png(as_file(Pen(200, "http://localhost"), "", "", []))
    assert raised.value.status == 503
    assert "Retry-After" in raised.value.headers


def test_drawing_keeps_nobody_waiting(real: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(
            real.request, "/explore/network?format=png&role=collaborator", "image/png"
        )
        answered = 0
        while not drawing.done():
            assert real.request("/health").status == 200
            answered += 1
        assert drawing.result().status == 200
    # One, if the server can do nothing else meanwhile.
    assert answered > 3


@pytest.mark.parametrize("words", ["", "Viet Nam"])
def test_words_leave_a_trace_in_pixels(words: str) -> None:
    def drawn(text: str) -> bytes:
        pen = Pen(200, "http://localhost")
        pen.rect(0, 0, 200, 30, "cell")
        pen.text(10, 20, text)
        return as_png(as_file(pen, "", "", []))

    assert (drawn(words) != drawn("")) is bool(words)


@pytest.mark.parametrize("view", VIEWS)
def test_pictures_of_pages_have_a_title_and_links(real: Server, view: str) -> None:
    html = page(real, view)
    for picture in re.findall(r'<svg class="drawing".*?</svg>', html, re.S):
        tree = ElementTree.fromstring(picture)
        assert tree[0].tag == "title"
        assert tree[1].tag == "desc"
        assert tree.get("aria-labelledby") == f"{tree[0].get('id')} {tree[1].get('id')}"
        links = [item.get("href", "") for item in tree.iter("a")]
        assert links
        assert all(link.startswith("/") for link in links)
        # No colours: those are the style sheet's, light or dark.
        assert not [item for item in tree.iter() if item.get("fill") or item.get("stroke")]
        sizes = [float(item.get("font-size", "12")) for item in tree.iter("text")]
        assert min(sizes) >= 11
    if view in {"network", "statistics", "map", "contradictions"}:
        assert '<svg class="drawing"' in html


def offered(server: Server, view: str) -> dict[str, list[str]]:
    """Return the values of each filter, as the form has them."""
    html = page(server, view)
    found = {
        name: re.findall(r'<option value="([^"]+)"', body)
        for name, body in re.findall(
            r'<select id="f-[a-z]+" name="([a-z]+)">(.*?)</select>', html, re.S
        )
    }
    for name, value in re.findall(r'<input type="checkbox" name="([a-z]+)" value="([^"]+)"', html):
        found.setdefault(name, []).append(value)
    return {name: [unescape(value) for value in values] for name, values in found.items()}


def picked(server: Server, view: str, fields: list[tuple[str, str]]) -> Counter[tuple[str, ...]]:
    """Return the rows, without what compares a row with others."""
    answer = server.request(f"/explore/{view}?{urlencode([*fields, ('format', 'csv')])}")
    assert answer.status == 200, answer.text
    table = csv.DictReader(io.StringIO(answer.text, newline=""))
    return Counter(
        tuple(value for name, value in row.items() if name != "difference") for row in table
    )


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "map"])
@hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
@hypothesis.given(draw=st.data())
def test_filters_together_leave_what_each_leaves(
    real: Server, view: str, draw: st.DataObject
) -> None:
    choices = offered(real, view)
    names = draw.draw(st.permutations(sorted(choices)))[: draw.draw(st.integers(1, 3))]
    fields = [(name, draw.draw(st.sampled_from(choices[name]))) for name in names]
    together = picked(real, view, fields)
    assert together == picked(real, view, fields[::-1])
    left = picked(real, view, [])
    for field in fields:
        left &= picked(real, view, [field])
    assert together == left


def test_values_of_one_filter_add_up(real: Server) -> None:
    both = rows(real, "statistics", area="state/thailand", sex="concept/sex/female")
    some = real.request(
        "/explore/statistics?format=csv&area=state/viet-nam&area=state/thailand"
        "&sex=concept/sex/female"
    ).text
    added = rows(real, "statistics", area="state/viet-nam", sex="concept/sex/female")
    found = list(csv.DictReader(io.StringIO(some, newline="")))
    assert sorted(row["figure"] for row in found) == sorted(
        row["figure"] for row in [*both, *added]
    )
    assert both
    assert added
    twice = real.request("/explore/network?role=lead&role=coLead", "text/html")
    assert twice.status == 400
    assert "Give role once" in twice.text


def test_differences_can_be_had_alone(real: Server) -> None:
    table = rows(real, "ratifications")
    for value, name in (("new", NEW), ("differs", DIFFERENT)):
        places = {(row["instrument"], row["state"]) for row in table if row["difference"] == name}
        found = rows(real, "ratifications", difference=value)
        assert found == [row for row in table if (row["instrument"], row["state"]) in places]
    one = rows(real, "ratifications", instrument="instrument/ilo-c138")
    assert one == [row for row in table if row["instrument"] == thing("instrument/ilo-c138")]


def test_projects_that_end_later_can_be_had_alone(real: Server) -> None:
    later = rows(real, "projects", continues="later")
    expected = {
        row["project"]
        for row in rows(real, "projects")
        if any(int(years) > 0 for years in row["yearsLater"].split())
    }
    assert {row["project"] for row in later} == expected
    assert expected


@pytest.mark.parametrize("by", ["cluster", "body", "status"])
def test_projects_are_grouped_as_asked(real: Server, by: str) -> None:
    html = page(real, "projects", by=by)
    total = len({row["project"] for row in rows(real, "projects")})
    shown = set(re.findall(r'<th scope="row"><a href="(/doc/project/[^"]+)"', html))
    assert len(shown) == total
    headings = re.findall(r'<h3>(?:<a href="[^"]+">)?([^<]+)<', html)
    assert headings == sorted(headings)
    names = {"cluster": "themeName", "status": "statusName"}
    if by in names:
        column = {row[names[by]] for row in rows(real, "projects")} - {""}
        assert column < set(map(unescape, headings))


def test_recommendations_that_name_an_instrument_and_what_a_state_did(real: Server) -> None:
    """Which recommendations name Convention 189, and what did Thailand do about them?"""
    named = rows(real, "recommendations", instrument="instrument/ilo-c189")
    total = count(
        real,
        "(COUNT(DISTINCT ?r) AS ?n) { ?r a cebu:Recommendation ; cebu:refersTo"
        f" <{thing('instrument/ilo-c189')}> }}",
    )
    assert len({row["recommendation"] for row in named}) == total > 0
    fields = {"instrument": "instrument/ilo-c189", "state": "state/thailand"}
    html = page(real, "recommendations", **fields)
    start = html.index('<h2 id="reports">')
    reports = html[start : html.index("</section>", start)]
    clusters = " ".join(f"<{iri}>" for iri in {row["cluster"] for row in named})
    measures = count(
        real,
        f"(COUNT(DISTINCT ?m) AS ?n) {{ VALUES ?c {{ {clusters} }} ?m a cebu:Initiative ;"
        f" cebu:theme ?c ; cebu:country <{thing('state/thailand')}> }}",
    )
    assert len(set(re.findall('href="(/doc/initiative/[^"]+)"', reports))) == measures > 0


def test_the_network_has_each_tie_of_the_graph(real: Server) -> None:
    table = rows(real, "network")
    svg = ElementTree.fromstring(
        re.findall(r'<svg class="drawing".*?</svg>', page(real, "network"), re.S)[0]
    )
    for role in ("coordinator", "lead", "coLead", "contributingBody", "collaborator"):
        ties = count(
            real,
            f"(COUNT(*) AS ?n) {{ SELECT DISTINCT ?p ?b ?plan {{ ?p cebu:{role} ?b ;"
            " cebu:partOfPlan ?plan } }",
        )
        assert sum(row["role"] == role for row in table) == ties > 0
        # Each line is a curve; the legend has one without.
        drawn = [
            item.get("d", "") for item in svg.iter("path") if item.get("class") == f"edge-{role}"
        ]
        assert sum(path.count("C") for path in drawn) == ties
    names = {row["bodyName"] for row in table}
    shown = re.findall(
        r'<tr><th scope="row"><a href="/doc/[^"]+">([^<]+)</a>', page(real, "network")
    )
    assert set(map(unescape, shown)) == names


@pytest.mark.parametrize(
    ("body", "role", "project", "words"),
    [
        ("state/viet-nam", "coLead", "26", "Co-lead: Viet Nam"),
        ("state/cambodia", "lead", "26", "Lead: Cambodia"),
        ("state/thailand", "coordinator", "18", "Thailand"),
    ],
)
def test_ties_are_as_printed(real: Server, body: str, role: str, project: str, words: str) -> None:
    [row] = [
        row
        for row in rows(real, "network", plan=f"plan/{PLAN}", role=role)
        if row["number"] == project and row["body"] == thing(body)
    ]
    start, end = map(int, row["passage"].rpartition("/")[2].split("-"))
    text = (ROOT / f"data/sources/{PLAN}.txt").read_text()
    assert words.rpartition(": ")[2] in text[start:end]
    assert words in text[start - 40 : end]
    assert f"passage={start}-{end}" in page(real, "network", plan=f"plan/{PLAN}", role=role)


def test_projects_of_a_body_come_with_all_who_take_part(real: Server) -> None:
    table = rows(real, "network")
    own = {row["project"] for row in table if row["body"] == thing("body/somtc")}
    found = rows(real, "network", body="body/somtc")
    assert found == [row for row in table if row["project"] in own]
    assert {row["body"] for row in found} > {thing("body/somtc")}


def bars(html: str) -> list[tuple[str, str]]:
    """Return the bars of a page's chart: where each leads, and its number as it is written."""
    [picture] = re.findall(r'<svg class="drawing".*?</svg>', html, re.S)
    found = []
    for link in ElementTree.fromstring(picture).iter("a"):
        words = ["".join(item.itertext()) for item in link.iter("text")]
        found.append((link.get("href", ""), words[-1].partition(" (")[0].replace(",", "")))
    return found


@pytest.mark.parametrize("number", [1, 2, 4, 6, 7])
def test_each_number_of_a_chart_is_that_of_the_graph(real: Server, number: int) -> None:
    dataset = f"dataset/afml-progress-review-2020-table-{number}"
    html = page(real, "statistics", dataset=dataset)
    answer: Any = real.query(
        "SELECT ?value { ?o <http://purl.org/linked-data/cube#dataSet>"
        f" <{thing(dataset)}> ; <http://purl.org/linked-data/sdmx/2009/measure#obsValue> ?value }}",
        "application/json",
    ).json()["results"]["bindings"]
    expected = Counter(item["value"]["value"] for item in answer)
    assert expected
    drawn = bars(html)
    assert Counter(value for _, value in drawn) == expected
    table = re.findall(r'<td class="number"><a href="([^"]+)">([^<]+)</a>', html)
    assert Counter(value.replace(",", "") for _, value in table) == expected
    # Each leads to the very cell, for the numbers of more than one digit.
    text = (ROOT / f"data/sources/{REVIEW}.txt").read_text()
    for href, value in drawn:
        start, end = map(int, re.findall(r"passage=(\d+)-(\d+)", href)[0])
        if len(value) > 1:
            digits = re.sub("[^0-9.]", "", text[start:end])
            assert value.rstrip("0").rstrip(".") in digits or value in digits, (href, value)


def test_without_a_choice_the_chart_counts_the_figures(real: Server) -> None:
    for href, value in bars(page(real, "statistics")):
        dataset = href.partition("dataset=")[2]
        assert int(value) == len(rows(real, "statistics", dataset=dataset))


def test_measures_are_those_of_the_filter(real: Server) -> None:
    table = rows(real, "statistics")
    for measure in offered(real, "statistics")["measure"]:
        found = rows(real, "statistics", measure=measure)
        assert found == [row for row in table if row["measure"] == measure], measure
        assert len(found) > 1


def test_years_are_those_that_the_period_prints(real: Server) -> None:
    found = rows(real, "statistics", year="2014")
    assert {row["period"] for row in found} == {"2014", "2014–2019"}


@pytest.mark.parametrize(
    ("number", "at", "lines"),
    [(1, 221, 3), (2, 274, 3), (4, 2054, 4), (6, 2851, 3), (7, 3428, 1)],
)
def test_tables_have_the_notes_of_their_document(
    real: Server, number: int, at: int, lines: int
) -> None:
    html = page(real, "statistics", dataset=f"dataset/afml-progress-review-2020-table-{number}")
    [notes] = re.findall(r'<ul class="notes">(.*?)</ul>', html, re.S)
    shown = [unescape(words) for words in re.findall(r"<li><a [^>]+>([^<]+)</a>", notes)]
    expected = [line(REVIEW, at + step).strip() for step in range(lines)]
    assert shown[-lines:] == expected
    assert expected[-1].startswith(("Source:", "Sources:", "Source :"))
    assert f"#L{at}" in notes
    assert shown[0].startswith(f"Table {number}.")


def shown_on_map(server: Server, show: str) -> dict[str, str]:
    return {row["state"]: row["value"] for row in rows(server, "map", show=show)}


@pytest.mark.parametrize(
    ("show", "pattern"),
    [
        (
            "ratified",
            "?e cebu:state ?s ; cebu:instrument ?x ; cebu:treatyStatus ?act"
            " FILTER (REGEX(STR(?act), '/(ratified|acceded)$'))",
        ),
        (
            f"ratified/{PROGRAMME}",
            "?e cebu:state ?s ; cebu:instrument ?x ; cebu:treatyStatus ?act ; cebu:asOf ?day"
            " FILTER (REGEX(STR(?act), '/(ratified|acceded)$'))",
        ),
        ("coordinated", "?x cebu:coordinator ?s ; cebu:partOfPlan ?plan"),
        (
            f"coordinated/{PLAN}",
            f"?x cebu:coordinator ?s ; cebu:partOfPlan <{thing(f'plan/{PLAN}')}>",
        ),
        ("reported", "?x a cebu:Initiative ; cebu:country ?s"),
        (
            "reported/g",
            "?x a cebu:Initiative ; cebu:country ?s ;"
            f" cebu:theme <{thing('concept/afml-cluster/g')}>",
        ),
    ],
)
def test_each_number_of_the_map_is_that_of_the_graph(real: Server, show: str, pattern: str) -> None:
    shown = shown_on_map(real, show)
    assert len(shown) == STATES
    for state, value in shown.items():
        bound = f"VALUES ?s {{ <{state}> }} {pattern}"
        assert int(value) == count(real, f"(COUNT(DISTINCT ?x) AS ?n) {{ {bound} }}"), state
    html = page(real, "map", show=show)
    listed = re.findall(r'<ul class="things">(.*?)</ul>', html, re.S)
    assert [str(items.count("<li>")) for items in listed] == list(shown.values())
    drawn = Counter(re.findall(r'<text [^>]*class="over-strong"[^>]*>([^<]+)<', html))
    if FILE.exists():
        assert drawn == Counter(shown.values())


def test_the_map_shows_figures_as_printed(real: Server) -> None:
    offers = [value for value in offered(real, "map")["show"] if value.startswith("figure/")]
    assert len(offers) > 5
    shown = shown_on_map(
        real, "figure/afml-progress-review-2020-table-2/stock-of-migrant-workers/persons/all"
    )
    # Table 2 prints four states (lines 236 to 242); of the others it says nothing.
    assert line(REVIEW, 240) == "1 386 000"
    assert shown[thing("state/singapore")] == "1386000"
    assert sum(value != "" for value in shown.values()) == 4


@pytest.mark.skipif(not FILE.exists(), reason="the front end is not built: make frontend")
def test_the_smallest_states_are_seen_on_the_map(real: Server) -> None:
    html = page(real, "map")
    for state in rows(real, "map"):
        path = "/doc/" + state["state"].partition("/id/")[2]
        assert f'<a href="{path}" aria-label="{state["stateName"]}"><path' in html
    for name in ("Singapore", "Brunei Darussalam"):
        assert re.search(rf'<circle [^>]*r="9" class="shade-\d"/>\n<text [^>]*>{name}<', html)


def test_without_the_front_end_the_map_is_bars_and_a_table(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.explore.states.ground", lambda: None)
    real_data = dataclasses.replace(settings, data=ROOT / "data", queries=ROOT / "queries")
    app = create_app(real_data)
    try:
        html = app.test_client().get("/explore/map", headers={"Accept": "text/html"}).text
    finally:
        app.extensions["cebu"].close()
    assert "The map itself is not built on this server" in html
    assert len(re.findall('<rect [^>]*class="bar"', html)) == STATES
    assert html.count('<ul class="things">') == STATES


def test_without_letters_there_is_no_offer_of_pixels(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.explore.routes.is_possible", lambda: False)
    real_data = dataclasses.replace(settings, data=ROOT / "data", queries=ROOT / "queries")
    app = create_app(real_data)
    try:
        client = app.test_client()
        html = client.get("/explore/network", headers={"Accept": "text/html"}).text
        reply = client.get("/explore/network?format=png", headers={"Accept": "text/html"})
    finally:
        app.extensions["cebu"].close()
    assert "format=svg" in html
    assert "format=png" not in html
    assert reply.status_code == 400
    assert "svg" in reply.text
