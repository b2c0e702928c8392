"""Random languages over a small alphabet, and the texts on which they can be compared one by one."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import assume
from hypothesis import strategies as st

from sigma_amsi.proof.automaton import pattern_language
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.compile import regex_language
from tests.regex.trees import TEXTS, patterns, trees

Result = TypeVar("Result")

SHORT_TEXTS = tuple(text for text in TEXTS if len(text) <= 3)

languages = st.one_of(st.builds(pattern_language, patterns, st.booleans()), st.builds(regex_language, trees, st.booleans()))


def within(steps: int, question: Callable[[Budget], Result]) -> Result:
    """The answer to a question, if it takes no more steps; else the example is given up."""
    try:
        return question(Budget(steps))
    except LimitReached:
        assume(False)
        raise
