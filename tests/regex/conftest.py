"""Real Lucene, in each generation that is installed."""

from collections.abc import Iterator

import pytest

from tests.engines import require
from tests.engines.lucene import Lucene


@pytest.fixture(scope="module", params=[8, 9])
def lucene(request: pytest.FixtureRequest) -> Iterator[Lucene]:
    require(f"lucene-{request.param}")
    engine = Lucene(request.param, max_regex_length=100_000)
    yield engine
    engine.close()
