"""Settings, and that the documentation has them all."""

import tomllib
from pathlib import Path

import pytest

from server import __version__
from server.app import create_app
from server.cli import COMMANDS
from server.engine.limits import Limits
from server.http.problems import KINDS
from server.settings import ROOT, VARIABLES, Settings, SettingsError

DOCS = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def test_defaults() -> None:
    settings = Settings.from_environment({"PORT": ""})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.seed
    assert settings.default_graph == "union"
    assert settings.graph_folder == ROOT / "data" / "graph"


def test_values() -> None:
    settings = Settings.from_environment(
        {"CEBU_STORE": "/s", "CEBU_DATA": "/d", "CEBU_QUERIES": "/q", "CEBU_SEED": "0",
         "CEBU_DEFAULT_GRAPH": "strict", "HOST": "::1", "PORT": "65535",
         "CEBU_WORKERS": "2", "CEBU_QUEUE": "3", "CEBU_TIMEOUT": "4", "CEBU_MAX_ROWS": "5",
         "CEBU_WRITE_TIMEOUT": "77", "CEBU_MAX_BYTES": "6000", "CEBU_QUERY_MEMORY": "70000000",
         "CEBU_SERVICE_HOSTS": "A.example, b.example:81"}
    )  # fmt: skip
    assert settings == Settings(
        Path("/s"), Path("/d"), Path("/q"), False, "strict", "::1", 65535, workers=2, queue=3,
        limits=Limits(4, 70000000, 5, 6000, frozenset({"a.example", "b.example:81"}), 77),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CEBU_SEED", "yes"), ("CEBU_DEFAULT_GRAPH", "both"), ("PORT", "0"), ("PORT", "65536"),
     ("PORT", "-1"), ("PORT", "80a"), ("PORT", "²"), ("CEBU_WORKERS", "-1"), ("CEBU_TIMEOUT", "0"),
     ("CEBU_TIMEOUT", "1e3"), ("CEBU_WRITE_TIMEOUT", "0"), ("CEBU_QUEUE", "9999999"),
     ("CEBU_QUERY_MEMORY", "1"),
     ("CEBU_MAX_ROWS", "0"), ("CEBU_MAX_BYTES", "9" * 30),
     ("CEBU_SERVICE_HOSTS", "http://a.example/"), ("CEBU_BACKEND", "ftp://a.example/"),
     ("CEBU_BACKEND", "http://me:secret@a.example/"), ("CEBU_BACKEND_STORE", "a.example"),
     ("CEBU_BACKEND_USER", "me"), ("CEBU_BACKEND_SECONDS", "0")],
)  # fmt: skip
def test_bad_values_are_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({variable: value})


def test_a_password_is_never_shown() -> None:
    env = {"CEBU_BACKEND_USER": "me", "CEBU_BACKEND_PASSWORD": "geheimnis"}
    settings = Settings.from_environment(env)
    assert settings.backend.password == "geheimnis"
    assert "geheimnis" not in repr(settings)


def test_every_setting_is_documented() -> None:
    assert all(f"| `{variable.name}` |" in DOCS for variable in VARIABLES)


def test_every_route_is_documented(settings: Settings) -> None:
    app = create_app(settings)
    app.extensions["cebu"].close()
    for rule in app.url_map.iter_rules():
        shown = rule.rule.replace("<path:", "<")
        assert f"| `{shown}` |" in DOCS, shown


def test_every_problem_is_documented() -> None:
    assert all(f"`{slug}`" in DOCS for slug in KINDS)


def test_every_command_is_documented() -> None:
    assert all(f"| `cebu {command}" in DOCS for command in COMMANDS)


def test_every_module_is_documented() -> None:
    modules = {path.stem for path in (ROOT / "server").glob("*.py")} - {"__init__"}
    assert all(f"`{module}`" in DOCS for module in modules)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
