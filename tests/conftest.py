"""rdflib's answers on the real graph, for all tests that compare with them."""

import pytest

from server.settings import Settings
from tests.rdflib_answers import RdflibAnswers


@pytest.fixture(scope="session")
def by_rdflib(pytestconfig: pytest.Config) -> RdflibAnswers:
    folder = pytestconfig.cache
    assert folder is not None
    kept = folder.mkdir("rdflib-answers")
    return RdflibAnswers(Settings.from_environment({}).graph_folder, kept)
