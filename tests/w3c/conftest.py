"""One endpoint for all tests of the suite."""

from collections.abc import Iterator

import pytest

from tests.w3c.endpoint import Endpoint, serving


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with serving(tmp_path_factory.mktemp("w3c")) as running:
        yield running
