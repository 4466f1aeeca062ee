"""The command line: help, and `cebu query`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import COMMANDS, main
from tests.server.door import Server, cebu, environment

NAME = "projects-coordinated-by-state"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_help_lists_the_commands() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert all(command in result.output for command in COMMANDS)
    assert CliRunner().invoke(main, ["dance"]).exit_code == 2


def test_a_question_here_and_at_an_endpoint(server: Server, tmp_path: Path) -> None:
    env = environment(tmp_path, 1)
    here = cebu("query", NAME, "--param", "state=state/thailand", env=env)
    there = cebu(
        "query", NAME, "--param", "state=state/thailand", "--endpoint", server.endpoint, env=env
    )
    assert here.returncode == there.returncode == 0, here.stderr + there.stderr
    assert here.stdout == there.stdout
    assert "Study on portability" in here.stdout


@pytest.mark.parametrize(
    ("query", "arguments", "start"),
    [
        ("ASK {}", (), "true"),
        ("ASK {}", ("--format", "json"), "{"),
        ("SELECT (1 AS ?x) {}", ("--format", "tsv"), "?x"),
        ("CONSTRUCT WHERE { ?s a ?o }", (), "@prefix"),
        ("CONSTRUCT WHERE { ?s a ?o }", ("--format", "nt"), "<"),
    ],
)
def test_a_file_in_a_format(
    server: Server, tmp_path: Path, query: str, arguments: tuple[str, ...], start: str
) -> None:
    file = tmp_path / "my query.rq"
    file.write_text(query, encoding="utf-8")
    env = environment(tmp_path, 1)
    for more in ((), ("--endpoint", server.endpoint)):
        done = cebu("query", str(file), *arguments, *more, env=env)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(start)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "neither a file nor a question"),
        ((NAME, "--param", "state"), "NAME=VALUE"),
        ((NAME, "--param", "colour=blue"), "no parameter 'colour'"),
        ((NAME, "--param", "state=Viet Nam"), "no address"),
        ((NAME, "--format", "ttl"), "no such format"),
        ((NAME, "--endpoint", "http://127.0.0.1:9/sparql"), "127.0.0.1:9"),
        (("BAD",), "Line 1, column 12"),
        (("BAD", "--endpoint", "ENDPOINT"), "Line 1, column 12"),
        (("LATIN",), "latin.rq"),
    ],
)
def test_bad_input_is_told(
    server: Server, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "bad.rq").write_text("SELECT * { ? }", encoding="utf-8")
    (tmp_path / "latin.rq").write_bytes(b"ASK { # \xff\n}")
    names = {"BAD": str(tmp_path / "bad.rq"), "LATIN": str(tmp_path / "latin.rq"),
             "ENDPOINT": server.endpoint}  # fmt: skip
    done = cebu("query", *(names.get(item, item) for item in arguments),
                env=environment(tmp_path, 1))  # fmt: skip
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
