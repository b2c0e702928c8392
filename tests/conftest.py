"""What all tests have in common."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="session", autouse=True)
def unicode_tables() -> None:
    """Hypothesis makes its tables of Unicode when it first draws a text. In a clean checkout that takes a second, which it would hold against the
    test that happens to draw first: this drawing comes before all others.
    """

    @settings(max_examples=1, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text())
    def draw(text: str) -> None:
        del text

    draw()
