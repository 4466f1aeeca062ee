"""What wrk prints is read, answers are compared, and figures come to the page, rightly."""

from pathlib import Path

import pytest

from tests.bench.comparison import Run
from tests.bench.equality import difference
from tests.bench.load import Load, RefusedError, read_wrk
from tests.bench.report import PAGE, Goal, ratio_goals, ratio_table, write_part
from tests.bench.target import Answer
from tests.bench.targets import CEBU, OXIGRAPH, OXIGRAPH_MEMORY
from tests.bench.virtuoso import VIRTUOSO

WRK = """Running 60m test @ http://127.0.0.1:1/
  1 threads and 8 connections
  Latency Distribution
     50%  950.00us
     75%    1.20ms
     90%    1.90ms
     99%    1.02s
  86 requests in 409.68ms, 1.69MB read
{more}Requests/sec:    209.92
Transfer/sec:      4.13MB
"""


def answer(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), 0.0)


def measured(rates: dict[str, list[float]], query: str = "q") -> Run:
    """Return a run with these rates by server, for one query on one connection."""
    loads = {
        (server, query, 1): [Load(rate, 0.001, 0.002) for rate in values]
        for server, values in rates.items()
    }
    return Run("a graph", 10, 1, loads)


def test_wrk_s_rate_and_percentiles_are_read_in_seconds() -> None:
    load = read_wrk(WRK.format(more=""))
    assert (load.rate, load.p99) == (209.92, 1.02)
    assert load.p50 == pytest.approx(0.00095)


@pytest.mark.parametrize(
    "more", ["  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 1\n"]
)
def test_load_that_was_refused_is_no_measurement(more: str) -> None:
    with pytest.raises(RuntimeError, match="did not bear"):
        read_wrk(WRK.format(more=more))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (answer("a,b\r\n2,y\r\n1,x\r\n"), ""),
        (answer('"a","b"\n"1","x"\n"2","y"\n'), ""),
        (answer("a,b\n1.0,x\n2,y\n"), "the same numbers, written otherwise"),
        (answer("a,b\n1,x\n"), "other rows: 1 lack, 0 are not asked for"),
        (answer("a,b\n1,x\n1,x\n2,y\n"), "other rows: 0 lack, 1 are not asked for"),
        (answer("no", 400), "refused with 400: no"),
    ],
)
def test_answers_are_compared_as_multisets_of_rows(other: Answer, said: str) -> None:
    assert difference(answer("a,b\n1,x\n2,y\n"), other) == said


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    run = measured({CEBU: [10, 20, 90], OXIGRAPH: [10, 10, 10]})
    assert run.ratios(CEBU, OXIGRAPH, 1) == {"q": 2}
    assert f"| a graph | {CEBU} | 1 | 1 | 2 | 2 | 2 |" in ratio_table([run])


def test_what_a_server_refuses_under_load_is_named_and_not_compared() -> None:
    run = measured({VIRTUOSO: [10], OXIGRAPH: [10]})

    def refuse() -> Load:
        raise RefusedError

    run.add((VIRTUOSO, "q", 1), refuse)
    assert run.ratios(VIRTUOSO, OXIGRAPH, 1) == {}
    assert f"- {VIRTUOSO} refuses `q` under 1 connections: not compared." in ratio_table([run])


def test_a_goal_is_held_by_the_worst_of_graphs_and_connections() -> None:
    fast = measured({CEBU: [20], OXIGRAPH: [10], OXIGRAPH_MEMORY: [20]})
    slow = measured({CEBU: [14], OXIGRAPH: [10], OXIGRAPH_MEMORY: [20]})
    on_disk, in_memory, worst, virtuoso, *_ = ratio_goals([fast, slow])
    assert on_disk.measured == 1.4
    assert not on_disk.held
    assert in_memory.measured == 0.7
    assert not in_memory.held
    assert worst.measured == 0.7
    assert worst.held
    assert virtuoso.measured is None
    assert not virtuoso.held
    assert "not measured" in virtuoso.row()


def test_a_bound_from_above_is_held_below_it() -> None:
    assert Goal("p99", 5, 4.9, at_most=True).held
    assert not Goal("p99", 5, 5.1, at_most=True).held


def test_figures_replace_figures_and_the_prose_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- measured: x -->\nold\n<!-- end: x -->\nafter\n", "utf-8")
    write_part("x", ["new"], page)
    assert page.read_text("utf-8") == (
        "Before\n<!-- measured: x -->\n\nnew\n\n<!-- end: x -->\nafter\n"
    )
    with pytest.raises(ValueError, match="missing"):
        write_part("y", ["new"], page)


@pytest.mark.parametrize("part", ["goals", "ratios", "growth", "build"])
def test_the_page_has_a_place_for_every_table(part: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"<!-- measured: {part} -->\n" in text.partition(f"<!-- end: {part} -->")[0]
