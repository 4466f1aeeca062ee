"""Query processes: what ends one, and that nothing else ends with it."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from server.engine.embedded import QueryRequest
from server.engine.limits import Limits
from server.engine.messages import Work
from server.engine.pool import QueryPool
from server.engine.template import Child, Template
from server.http.problems import Problem
from server.settings import Settings
from server.store.changes import SparqlUpdate
from server.store.store import GraphStore
from tests.server.door import Reply, Server, serving
from tests.server.test_serve import children, is_running, wait_until_gone

RUNAWAY = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s }"
)
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?l"
LIGHT = "SELECT * { ?s ?p ?o } LIMIT 1"
WORKERS = 4
# How long is waited for what must come: a machine may have much else to do.
PATIENCE = 90
THING = ox.NamedNode("http://thing.example/")


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    more = {
        # A kept answer would ask no query process.
        "CEBU_CACHE_BYTES": "0",
        "CEBU_WORKERS": str(WORKERS),
        "CEBU_QUEUE": "64",
        "CEBU_TIMEOUT": str(PATIENCE),
        "CEBU_QUERY_MEMORY": str(160 * 1024**2),
    }
    with serving(tmp_path_factory.mktemp("pool"), **more) as running:
        wait_for_copy(running)
        yield running


@pytest.fixture(autouse=True)
def _the_server_is_as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that uses it, the same server answers, with all its processes."""
    yield
    if "pooled" in request.fixturenames:
        pooled: Server = request.getfixturevalue("pooled")
        assert pooled.query(LIGHT).status == 200
        assert pooled.process.poll() is None
        deadline = time.monotonic() + PATIENCE
        while len(query_processes(pooled)) != WORKERS and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(query_processes(pooled)) == WORKERS


def template(server: Server) -> int:
    """Return the id of the process that forks query processes."""
    for worker in children(server.process.pid):
        for child in all_children(worker):
            if b"server.engine.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
    raise AssertionError("no query processes")


def all_children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it ended
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


def copy_template(server: Server) -> int | None:
    """Return the id of the process that holds the graph in memory, if there is one."""
    for pid in children(template(server)):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "cebu-copy":
                return pid
    return None


def wait_for_copy(server: Server, workers: int = WORKERS) -> int:
    """Return the id of the process that holds the graph in memory, once it has query processes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        copy = copy_template(server)
        there = query_processes(server)
        if copy is not None and set(children(copy)) == set(there) and len(there) == workers:
            return copy
        time.sleep(0.02)
    raise AssertionError("nothing is held in memory")


def query_processes(server: Server) -> list[int]:
    copy = copy_template(server)
    found = {*children(template(server)), *(children(copy) if copy else ())} - {copy}
    return [pid for pid in found if pid and is_running(pid)]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_work(server: Server, number: int = 1) -> list[int]:
    """Return the query processes that are at work, once there are so many."""
    deadline = time.monotonic() + PATIENCE
    before = {pid: processor_seconds(pid) for pid in query_processes(server)}
    while time.monotonic() < deadline:
        time.sleep(0.05)
        now = {pid: processor_seconds(pid) for pid in query_processes(server)}
        busy = [pid for pid, used in now.items() if used > before.get(pid, 0) + 0.1]
        if len(busy) >= number:
            return busy
    raise AssertionError("no query is at work")


def slug(reply: Reply) -> str:
    return str(reply.json()["type"]).partition("#")[2]


def test_a_runaway_query_ends_at_its_time(pooled: Server) -> None:
    before = set(query_processes(pooled))
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        runaway = pool.submit(pooled.query, RUNAWAY, timeout="5")
        busy = wait_for_work(pooled)
        for _ in range(20):
            assert pooled.query(LIGHT).status == 200
        is_late = time.monotonic() - began >= 5
        assert is_late or not runaway.done()
        reply = runaway.result()
        took = time.monotonic() - began
    # What ends it is the limit, not the end of its work, which is years away.
    assert 5 <= took < 20
    assert (reply.status, slug(reply)) == (503, "query-timeout")
    assert reply.json()["limit"] == 5
    assert int(reply.headers["Retry-After"]) >= 1
    assert set(busy) <= before
    assert not any(map(is_running, busy))


def test_the_time_limit_can_only_be_lowered(tmp_path: Path) -> None:
    with serving(tmp_path, CEBU_TIMEOUT="1", CEBU_WORKERS="1") as running:
        assert running.query(RUNAWAY, timeout="100").json()["limit"] == 1
        assert running.query(LIGHT).status == 200


@pytest.mark.parametrize("value", ["0.000001", "0.5", "0.500001"])
def test_every_timeout_ends_a_query(pooled: Server, value: str) -> None:
    reply = pooled.query(RUNAWAY, timeout=value)
    assert (reply.status, slug(reply)) == (503, "query-timeout")


@pytest.mark.parametrize("value", ["", "0", "-1", "1e9", "nan", "1s", "٣"])
def test_a_timeout_that_is_none_is_refused(pooled: Server, value: str) -> None:
    reply = pooled.query(LIGHT, timeout=value)
    assert (reply.status, slug(reply)) == (400, "parameter")


def test_too_much_memory_ends_its_query_only(pooled: Server) -> None:
    with ThreadPoolExecutor() as pool:
        greedy = pool.submit(pooled.query, GREEDY)
        while not greedy.done():
            assert pooled.query(LIGHT).status == 200
    assert (greedy.result().status, slug(greedy.result())) == (503, "query-memory")


def test_a_process_that_is_killed_takes_its_query_only(pooled: Server) -> None:
    with ThreadPoolExecutor() as pool:
        runaway = pool.submit(pooled.query, RUNAWAY, timeout="20")
        (busy,) = wait_for_work(pooled)
        os.kill(busy, signal.SIGKILL)
        assert pooled.query(LIGHT).status == 200
        reply = runaway.result()
    assert (reply.status, slug(reply)) == (500, "query-failed")


def test_idle_processes_that_are_killed_are_not_missed(pooled: Server) -> None:
    for pid in (killed := query_processes(pooled)):
        os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(killed, PATIENCE)
    assert [pooled.query(LIGHT).status for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS


def test_the_template_is_replaced(pooled: Server) -> None:
    old, orphans = template(pooled), query_processes(pooled)
    os.kill(old, signal.SIGKILL)
    assert wait_until_gone([old, *orphans], PATIENCE)
    assert [pooled.query(LIGHT).status for _ in range(WORKERS)] == [200] * WORKERS
    assert template(pooled) != old


def test_64_queries_wait_their_turn(pooled: Server) -> None:
    wait_for_copy(pooled)  # it and the snapshot have their rows in another order
    with ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: pooled.query("SELECT * { ?s ?p ?o }"), range(64)))
    assert [reply.status for reply in replies] == [200] * 64
    assert len({reply.body for reply in replies}) == 1


def test_light_queries_get_through_a_crowd_of_runaways(pooled: Server) -> None:
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        crowd = [pool.submit(pooled.query, RUNAWAY, timeout="12") for _ in range(WORKERS + 1)]
        wait_for_work(pooled, WORKERS)
        assert pooled.query(LIGHT).status == 200
        assert not all(runaway.done() for runaway in crowd)
        replies = [runaway.result() for runaway in crowd]
    assert {reply.status for reply in replies} == {503}
    assert {slug(reply) for reply in replies} == {"query-timeout", "busy"}


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    with (
        serving(tmp_path, CEBU_WORKERS="1", CEBU_QUEUE="0") as running,
        ThreadPoolExecutor() as pool,
    ):
        runaway = pool.submit(running.query, RUNAWAY, timeout="10")
        wait_for_work(running)
        reply = running.query(LIGHT)
        assert (reply.status, slug(reply)) == (503, "busy")
        assert int(reply.headers["Retry-After"]) > 0
        assert running.request("/health").status == 200
        assert runaway.result().status == 503
        deadline = time.monotonic() + PATIENCE
        while running.query(LIGHT).status != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running.query(LIGHT).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_query_process_outlives_the_server(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, CEBU_WORKERS="2") as running, ThreadPoolExecutor() as pool:
        # What is to hold the graph is no query process, and looks like one at its start.
        wait_for_copy(running, 2)
        own = [template(running), *query_processes(running)]
        status = Path(f"/proc/{own[0]}/status").read_text(encoding="utf-8")
        server = int(status.partition("PPid:")[2].split()[0])
        assert len(own) == 3
        pool.submit(running.query, RUNAWAY, timeout="20").add_done_callback(lambda _: None)
        wait_for_work(running)
        os.kill(server if number == signal.SIGKILL else running.process.pid, number)
        assert wait_until_gone(own, PATIENCE)


def test_the_graph_is_held_in_memory_and_on_disk_alike(tmp_path: Path) -> None:
    queries = (
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?p",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
        "SELECT (COUNT(*) AS ?n) FROM <https://w3id.org/cebu/graph/schemes> { ?s ?p ?o }",
    )
    answers = []
    for most in ("0", "1000000"):
        with serving(tmp_path, CEBU_WORKERS="2", CEBU_IN_MEMORY=most) as running:
            if most == "0":
                time.sleep(1)
                assert copy_template(running) is None
            else:
                wait_for_copy(running, 2)
            answers.append([running.query(query, "text/csv").body for query in queries])
    assert answers[0] == answers[1]
    assert all(len(body.split()) > 1 for body in answers[0])


def test_a_query_on_graphs_may_take_as_much_as_any_other(tmp_path: Path) -> None:
    graphs = ("action-plan-2018-2025", "schemes")
    of_two = urlencode(
        {
            "query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "default-graph-uri": [f"https://w3id.org/cebu/graph/{name}" for name in graphs],
        },
        doseq=True,
    )
    little = str(192 * 1024**2)
    with serving(tmp_path, CEBU_WORKERS="1", CEBU_QUERY_MEMORY=little) as running:
        wait_for_copy(running, 1)
        for _ in range(3):
            assert running.request(f"/sparql?{of_two}").status == 200
        assert slug(running.query(GREEDY)) == "query-memory"


def test_the_copy_in_memory_is_replaced_when_it_is_killed(pooled: Server) -> None:
    old, orphans = wait_for_copy(pooled), query_processes(pooled)
    os.kill(old, signal.SIGKILL)
    assert wait_until_gone([old, *orphans], PATIENCE)
    assert [pooled.query(LIGHT).status for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    assert wait_for_copy(pooled) != old


def test_no_snapshot_is_left_behind(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(tmp_path, CEBU_WORKERS="2") as running:
            assert len(list(tmp_path.glob(".snapshot-*"))) == 1
        assert running.process.returncode == 0
    assert not list(tmp_path.glob(".snapshot-*"))


def test_deep_and_wide_queries_end_no_process(pooled: Server) -> None:
    wait_for_copy(pooled)
    before = set(query_processes(pooled))
    wide = "ASK { " + " UNION ".join(["{ ?s ?p 1 }"] * 3500) + " }"
    negations = "ASK { FILTER(" + "!" * 60_000 + "true) }"
    braces = "ASK " + "{" * 2300 + "}" * 2300
    for query, status in ((wide, 200), (negations, 200), (braces, 400)):
        reply = pooled.request(
            "/sparql",
            method="POST",
            body=query,
            headers={"Content-Type": "application/sparql-query"},
        )
        assert reply.status == status, query[:20]
    assert len(before & set(query_processes(pooled))) >= WORKERS - 2


def test_processes_are_forked_from_a_single_thread(pooled: Server) -> None:
    for pid in (template(pooled), wait_for_copy(pooled)):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        assert status.partition("Threads:")[2].split()[0] == "1"


def test_a_closed_template_is_not_started_again(settings: Settings) -> None:
    data = GraphStore.open(settings)
    template = Template()
    template.close()
    try:
        with pytest.raises(OSError, match="closed"):
            template.fork(Work(str(settings.store / data.version / "db"), Limits()))
    finally:
        data.close()


@pytest.mark.parametrize("how", ["the draft cannot be opened", "its process dies at its start"])
def test_a_change_that_cannot_begin_is_a_problem(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    data = GraphStore.open(settings)
    pool = QueryPool(data, settings.store, workers=1, waiting=1, limits=Limits())
    text = SparqlUpdate(f"INSERT DATA {{ GRAPH <http://g> {{ {THING} {THING} 1 }} }}")

    def die(child: Child) -> None:
        os.kill(child.pid, signal.SIGKILL)
        wait(child)

    wait = Child.wait
    try:
        with data.draft() as draft, monkeypatch.context() as patched:
            if how.startswith("the draft"):
                (draft.database / "CURRENT").write_text("nothing\n", encoding="ascii")
            else:
                patched.setattr(Child, "wait", die)
            with pytest.raises(Problem) as caught:
                pool.change(draft, text)
        assert (caught.value.slug, caught.value.status) == ("write-failed", 500)
        with data.draft() as draft:
            assert pool.change(draft, text).delta.added
    finally:
        pool.close()
        data.close()


@pytest.mark.parametrize("pause", [0.0, 1.5])
def test_an_update_is_seen_by_the_next_query(settings: Settings, pause: float) -> None:
    data = GraphStore.open(settings)
    limits = Limits(seconds=20)
    pool = QueryPool(data, settings.store, workers=2, waiting=8, limits=limits, in_memory=1_000_000)
    failed: list[Exception] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                pool.query(QueryRequest("SELECT * { ?s ?p ?o }"))
            except Exception as error:
                failed.append(error)

    others = [threading.Thread(target=ask) for _ in range(3)]
    try:
        for other in others:
            other.start()
        for number in range(5):
            data.store.add(ox.Quad(THING, THING, ox.Literal(number)))
            pool.reload()
            count = QueryRequest(f"SELECT (COUNT(*) AS ?n) {{ {THING} {THING} ?n }}", "csv")
            assert pool.query(count).body.split() == [b"n", str(number + 1).encode()]
            time.sleep(pause)
            assert pool.query(count).body.split() == [b"n", str(number + 1).encode()]
        deadline = time.monotonic() + (PATIENCE if pause else 0)
        while not pool.is_in_memory and time.monotonic() < deadline:
            time.sleep(0.05)
        assert pool.is_in_memory or not pause
    finally:
        stop.set()
        for other in others:
            other.join()
        # They are removed behind the queries that read them.
        deadline = time.monotonic() + PATIENCE
        while (left := len(list(settings.store.glob(".snapshot-*")))) > 2:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        pool.close()
        data.close()
    assert not failed
    assert left <= 2
    assert not list(settings.store.glob(".snapshot-*"))


def test_metrics_count_what_was_ended(pooled: Server) -> None:
    def kills() -> float:
        for line in pooled.request("/metrics").text.splitlines():
            if line.startswith('cebu_query_kills_total{reason="time"}'):
                return float(line.split()[-1])
        raise AssertionError("no such series")

    before = kills()
    pooled.query(RUNAWAY, timeout="0.2")
    assert kills() == before + 1


def test_threads_see_their_own_answers(pooled: Server) -> None:
    wrong: list[int] = []

    def ask(number: int) -> None:
        for _ in range(10):
            if str(number) not in pooled.query(f"SELECT ({number} AS ?n) {{}}").text:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(1000 + number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
