"""Short links to queries: kept for good, named by what they hold, bounded."""

import dataclasses
import json
import sqlite3
from pathlib import Path

import pytest

from server.endpoint import shares
from server.endpoint.shares import FILE, Share, Shares
from server.http.problems import Problem
from server.settings import Settings
from tests.server.door import Reply, Server, cebu, environment, serving

QUERY = "SELECT ?s { ?s ?p ?o } # </script><script>alert(1)</script>"


def post(server: Server, body: object, **headers: str) -> Reply:
    sent = {"Content-Type": "application/json", **headers}
    return server.request("/share", method="POST", body=json.dumps(body), headers=sent)


def test_a_query_gets_one_address_whoever_shares_it(server: Server) -> None:
    first = post(server, {"query": QUERY, "view": "chart"})
    again = post(server, {"query": QUERY, "view": "chart"})
    assert (first.status, again.status) == (201, 200)
    path = first.headers["Location"]
    assert again.headers["Location"] == path
    assert first.json() == {"id": path[7:], "address": server.url + path, "new": True}
    others = [{"query": QUERY}, {"query": QUERY, "view": "chart", "version": 0}]
    assert len({post(server, other).headers["Location"] for other in others} | {path}) == 3


def test_a_link_opens_the_query_as_text_and_runs_nothing_in_it(server: Server) -> None:
    path = post(server, {"query": QUERY, "view": "map", "version": "0"}).headers["Location"]
    told = server.request(path, "application/json").json()
    assert told == {"query": QUERY, "version": 0, "view": "map"}
    page = server.request(path, "text/html")
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page.text
    assert '"view": "map"' in page.text
    assert 'name="version" value="0"' in page.text
    assert "'unsafe" not in page.headers["Content-Security-Policy"]


def test_a_form_without_script_leads_to_the_link(server: Server) -> None:
    reply = server.request(
        "/share",
        "text/html",
        method="POST",
        body="query=ASK+%7B%7D",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert reply.status == 303
    assert "ASK {}" in server.request(reply.headers["Location"], "text/html").text


@pytest.mark.parametrize("name", ["aaaaaaaaaaaaaaaa", "..", "AAAA", "a" * 500, "%00"])
def test_a_dead_link_is_a_page_that_helps(server: Server, name: str) -> None:
    page = server.request(f"/share/{name}", "text/html")
    assert page.status == 404
    assert "This link leads to no query" in page.text
    assert server.request(f"/share/{name}", "application/json").json()["next"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": " "}, 400),
        ({}, 400),
        ([], 400),
        ({"query": "ASK {}", "view": "hologram"}, 400),
        ({"query": "ASK {}", "version": "one"}, 400),
        ({"query": "ASK {}", "title": "t"}, 400),
        ({"query": "ASK {}\ud800"}, 400),
        ({"query": "ASK {} #" + "x" * 70_000}, 413),
    ],
)
def test_what_cannot_be_kept_is_refused(server: Server, body: object, status: int) -> None:
    reply = post(server, body)
    assert reply.status == status
    assert reply.json()["next"]


def test_a_body_of_another_type_is_refused(server: Server) -> None:
    assert post(server, {"query": "ASK {}"}, **{"Content-Type": "text/csv"}).status == 415


def test_links_outlive_the_server_and_a_graph_that_is_built_anew(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with serving(store) as server:
        path = post(server, {"query": QUERY}).headers["Location"]
        # A server that is killed has given its word already.
        server.process.kill()
        server.process.wait()
    data = tmp_path / "data" / "graph"
    data.mkdir(parents=True)
    (data / "other.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with serving(store, CEBU_DATA=str(data.parent)) as server:
        assert server.request(path, "application/json").json()["query"] == QUERY
    assert (store / FILE).is_file()


def test_when_there_is_no_room_new_links_are_refused_and_old_ones_stay(tmp_path: Path) -> None:
    with serving(tmp_path / "store", CEBU_SHARES="2") as server:
        kept = [post(server, {"query": f"ASK {{}} # {n}"}).headers["Location"] for n in range(2)]
        refused = post(server, {"query": "ASK {} # 3"})
        assert refused.status == 507
        assert refused.json()["type"].endswith("#shares-full")
        assert [server.request(path).status for path in kept] == [200, 200]
        assert post(server, {"query": "ASK {} # 0"}).status == 200


def test_the_bytes_of_all_queries_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "MAX_BYTES", 100)
    here = Shares(tmp_path, 1000)
    assert here.add(Share("x" * 60), "me")
    with pytest.raises(Problem) as caught:
        here.add(Share("y" * 60), "me")
    assert caught.value.slug == "shares-full"


def test_one_client_gets_so_many_new_links_in_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("server.endpoint.shares.time.monotonic", lambda: now[0])
    here = Shares(tmp_path, 1000)
    for number in range(shares.PER_MINUTE):
        here.add(Share(f"ASK {{}} # {number}"), "me")
    with pytest.raises(Problem) as caught:
        here.add(Share("ASK {} # more"), "me")
    assert caught.value.status == 429
    assert int(caught.value.headers["Retry-After"]) == 60
    # What is kept already costs nothing, and others are not stopped.
    assert not here.add(Share("ASK {} # 0"), "me")
    assert here.add(Share("ASK {} # more"), "another")
    now[0] = 61.0
    assert here.add(Share("ASK {} # later"), "me")


def test_a_damaged_file_is_a_problem_that_names_the_long_link(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(Problem) as caught:
        Shares(tmp_path, 10).get("a" * 16)
    assert "long link" in caught.value.next_step


def test_each_link_is_on_the_disk_before_it_is_told(tmp_path: Path) -> None:
    here = Shares(tmp_path, 10)
    here.add(Share("ASK {}", 3, "table"), "me")
    other = sqlite3.connect(tmp_path / FILE)
    assert other.execute("SELECT query, version, view FROM share").fetchall() == [
        ("ASK {}", 3, "table")
    ]
    synchronous = here._connection and here._connection.execute("PRAGMA synchronous").fetchone()
    assert synchronous == (3,)
    assert not Path(f"{tmp_path / FILE}-journal").exists()


def test_the_number_of_links_is_a_setting(tmp_path: Path, settings: Settings) -> None:
    assert settings.shares == 100_000
    assert dataclasses.replace(settings, shares=1).shares == 1
    wrong = cebu("serve", env=environment(tmp_path, 8000, CEBU_SHARES="many"))
    assert "CEBU_SHARES" in wrong.stderr
    assert wrong.returncode == 1
