"""What operators rely on: metrics, logs, stopping, reloading, and the examples for deployment."""

import contextlib
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.settings import ROOT
from tests.server.door import DATA, Server, environment, free_port, serving, start

DEPLOY = ROOT / "docs" / "deploy"
SECRET = "s3cr3t-words"


def samples(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    reply = server.request("/metrics")
    assert (reply.status, reply.type) == (200, "text/plain")
    assert reply.headers["Cache-Control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def requests(server: Server, route: str, method: str, status: str) -> float:
    labels = (("method", method), ("route", route), ("status", status))
    return samples(server).get(("cebu_http_requests_total", labels), 0)


@pytest.mark.parametrize(
    ("path", "method", "route", "status"),
    [
        ("/doc/state/viet-nam", "GET", "/doc/<path:path>", "200"),
        ("/doc/state/atlantis", "GET", "/doc/<path:path>", "404"),
        ("/doc/state/viet-nam", "HEAD", "/doc/<path:path>", "200"),
        ("/id/state/viet-nam", "GET", "/id/<path:path>", "303"),
        ("/no/such/page", "GET", "none", "404"),
        ("/health", "DELETE", "none", "405"),
        ("/sparql?query=x", "GET", "/sparql", "400"),
        (f"/{SECRET}", "INVENTED", "none", "404"),
    ],
)
def test_requests_are_counted_by_route_and_status(
    server: Server, path: str, method: str, route: str, status: str
) -> None:
    shown = method if method != "INVENTED" else "other"
    before = requests(server, route, shown, status)
    assert server.request(path, method=method).status == int(status)
    assert requests(server, route, shown, status) == before + 1
    counted = samples(server)
    assert counted["cebu_http_request_seconds_count", (("route", route),)] > before
    assert SECRET not in server.request("/metrics").text


def test_metrics_tell_versions_and_what_queries_cost(server: Server) -> None:
    counted = samples(server)
    health = server.request("/health").json()
    (info,) = [dict(labels) for name, labels in counted if name == "cebu_info"]
    assert (info["version"], info["dataset"]) == (health["version"], health["dataset"])
    assert counted["cebu_dataset_triples", ()] == health["triples"]
    assert counted["process_resident_memory_bytes", ()] > 0
    for reason in ("time", "memory", "crash"):
        assert ("cebu_query_kills_total", (("reason", reason),)) in counted
    for limit in ("rows", "bytes"):
        assert ("cebu_query_cuts_total", (("limit", limit),)) in counted
    names = {name for name, _ in counted}
    assert {"cebu_query_rows_total", "cebu_query_bytes_total", "cebu_cache_lookups_total"} <= names
    openmetrics = server.request("/metrics", "application/openmetrics-text; version=1.0.0")
    assert openmetrics.type == "application/openmetrics-text"
    assert openmetrics.text.endswith("# EOF\n")


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[Server, IO[str]]]:
    port = free_port()
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as log:
        process = start(environment(tmp_path / "store", port, CEBU_LOG="requests"), log)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving on")
        try:
            with path.open(encoding="utf-8") as lines:
                yield Server(port, process), lines
        finally:
            process.terminate()
            process.communicate(timeout=30)


def test_the_log_is_json_lines_without_what_clients_sent(
    logged: tuple[Server, IO[str]],
) -> None:
    server, log = logged
    query = f'SELECT ?s {{ ?s ?p "{SECRET}" }}'
    server.query(query)
    server.query(f"SELECT {SECRET}")
    server.request(f"/{SECRET}", method=SECRET.upper())
    server.request(f"/doc/state/{SECRET}?{SECRET}", SECRET)
    server.request("/health", headers={"Authorization": f"Bearer {SECRET}", "Referer": SECRET})
    server.request(
        "/sparql", method="POST", body=query, headers={"Content-Type": "application/sparql-query"}
    )
    deadline = time.monotonic() + 5
    lines: list[dict[str, Any]] = []
    while sum(line["route"] == "/sparql" for line in lines) < 3 and time.monotonic() < deadline:
        lines += [json.loads(line) for line in log]
    assert all(SECRET.lower() not in json.dumps(line).lower() for line in lines)
    first = next(line for line in lines if line["route"] == "/sparql")
    assert first["method"] == "GET"
    assert first["status"] == 200
    assert first["format"] == "application/sparql-results+json"
    assert first["bytes"] > 0
    assert first["milliseconds"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    statuses = [line["status"] for line in lines if line["route"] == "/sparql"]
    assert statuses == [200, 400, 200]


def test_an_error_is_logged_without_its_words() -> None:
    import logging

    from server.logs import JsonLines

    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError as error:
        info = (type(error), error, error.__traceback__)
    ours = logging.LogRecord("server.x", logging.ERROR, "x.py", 1, "at %s", ("/x",), info)
    line = json.loads(JsonLines().format(ours))
    assert line["message"] == "at /x"
    assert line["error"] == ["RuntimeError", "ValueError"]
    assert "test_operations.py" in line["places"][0]
    assert SECRET not in json.dumps(line)
    other = logging.LogRecord("rdflib.term", logging.WARNING, "term.py", 7, SECRET, None, None)
    assert SECRET not in JsonLines().format(other)


def test_a_stop_lets_what_is_under_way_end(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        # A request whose body is not whole yet is under way.
        body = urlencode({"query": "ASK {}"}).encode()
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:5])
        )
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(body[5:])
        reply = http.client.HTTPResponse(connection)
        reply.begin()
        assert (reply.status, json.loads(reply.read())["boolean"]) == (200, True)
        connection.close()
        server.process.wait(timeout=20)
        assert server.process.returncode == 0


def test_a_reload_serves_the_new_graph_from_the_same_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA / "graph", data / "graph")
    with serving(tmp_path / "store", CEBU_DATA=str(data)) as server:
        before = server.request("/health").json()
        assert server.request("/doc/body/new").status == 404
        (data / "graph" / "new.ttl").write_text(
            "<https://w3id.org/cebu/id/body/new> "
            '<http://www.w3.org/2000/01/rdf-schema#label> "New"@en .\n',
            encoding="utf-8",
        )
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 40
        after = before
        while after["dataset"] == before["dataset"] and time.monotonic() < deadline:
            time.sleep(0.1)
            with contextlib.suppress(OSError, http.client.HTTPException):
                after = server.request("/health").json()
        assert after["triples"] == before["triples"] + 1
        assert server.request("/doc/body/new").status == 200
        assert server.process.poll() is None


@pytest.mark.parametrize(
    ("proxies", "address"), [("0", "http://127.0.0.1:{port}"), ("1", "https://data.example.org")]
)
def test_forwarded_headers_are_believed_of_so_many_proxies(
    tmp_path: Path, proxies: str, address: str
) -> None:
    with serving(tmp_path, CEBU_PROXIES=proxies) as server:
        robots = server.request(
            "/robots.txt",
            headers={
                "X-Forwarded-For": "192.0.2.1",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-Host": "data.example.org",
            },
        )
        assert f"Sitemap: {address.format(port=server.port)}/sitemap.xml" in robots.text


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = (DEPLOY / "cebu.service").read_text(encoding="utf-8")
    # Here, the program is the one of this environment.
    copy = tmp_path / "cebu.service"
    program = shutil.which("true")
    copy.write_text(unit.replace("/opt/cebu/.venv/bin/cebu", str(program)), encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "cebu.service" in line]
    assert (done.returncode, complaints) == (0, [])


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server, Path]]:
    """nginx with the example configuration, whose ports, site and log are those of the test."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    with serving(folder / "store", CEBU_PROXIES="1") as behind:
        site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (
            ("127.0.0.1:8000", f"127.0.0.1:{behind.port}"),
            ("listen 80", f"listen 127.0.0.1:{port}"),
            ("/var/log/nginx/cebu.log", str(folder / "cebu.log")),
        ):
            assert old in site
            site = site.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {folder / kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log stderr;\n"
            f"events {{}}\nhttp {{\n{temporary}{site}}}\n",
            encoding="utf-8",
        )
        arguments = [program, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        check = subprocess.run([*arguments, "-t"], capture_output=True, text=True, check=False)
        assert check.returncode == 0, check.stderr
        with (folder / "errors").open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(arguments, stdout=errors, stderr=errors, text=True)
        try:
            _wait_for(port)
            yield Server(port, process), behind, folder
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


SITE = {"Host": "data.example.org"}


def test_nginx_passes_everything_on(nginx: tuple[Server, Server, Path]) -> None:
    front, behind, folder = nginx
    redirect = front.request("/id/state/viet-nam", headers=SITE)
    assert (redirect.status, redirect.headers["Location"]) == (303, "/doc/state/viet-nam")
    for accept in ("text/turtle", "text/html"):
        direct = behind.request("/doc/state/viet-nam", accept, headers=SITE)
        through = front.request("/doc/state/viet-nam", accept, headers=SITE)
        assert (through.status, through.type, through.body) == (200, accept, direct.body)
        assert through.headers["Content-Security-Policy"]
        assert through.headers["Vary"] == direct.headers["Vary"]
    long = "SELECT ?s { ?s ?p ?o } LIMIT 1 #" + "x" * 30_000
    query = front.request("/sparql?" + urlencode({"query": long}), headers=SITE)
    assert query.status == 200
    robots = front.request("/robots.txt", headers=SITE)
    assert "Sitemap: http://data.example.org/sitemap.xml" in robots.text
    large = front.request(
        "/sparql",
        method="POST",
        body=b"#" * 2_000_000,
        headers={**SITE, "Content-Type": "application/sparql-query"},
    )
    assert (large.status, large.type) == (413, "application/problem+json")
    log = (folder / "cebu.log").read_text(encoding="utf-8")
    assert '"GET /sparql" 200' in log
    assert "SELECT" not in log


def test_nginx_turns_away_unknown_hosts(nginx: tuple[Server, Server, Path]) -> None:
    front, _, _ = nginx
    for host in ("evil.example", "169.254.169.254"):
        with pytest.raises(http.client.RemoteDisconnected):
            front.request("/health", headers={"Host": host})


def test_nginx_holds_one_address_to_its_share(nginx: tuple[Server, Server, Path]) -> None:
    front, behind, _ = nginx
    time.sleep(2)
    statuses: list[int] = []

    def ask() -> None:
        for _ in range(30):
            statuses.append(front.request("/health", headers=SITE).status)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200, 429}
    assert behind.request("/health").status == 200
