"""One server for all tests that only read."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import Settings
from tests.server.door import DATA, Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    defaults = Settings.from_environment({})
    return dataclasses.replace(
        defaults, store=tmp_path / "store", data=DATA, queries=DATA / "queries"
    )
