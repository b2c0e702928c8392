"""Whether Elasticsearch takes an expression: our count of the work against real Lucene's."""

import pytest

from sigma_amsi.regex.lucene_limits import exceeded_limit
from tests.engines.answers import Rejected
from tests.engines.lucene import Lucene

TAKEN = [
    ".*foo.*",
    ".*a.{12}",
    ".*[ab].{11}c.*",
    ".*[0-9a-f]{310}.*",
    ".*[a-z]{1,300}[0-9]{1,300}.*",
    ".*x.{0,10}y.*",
    ".*(w0ord.*0|w1ord.*7|w2ord.*14|w3ord.*21|w4ord.*28).*",
    ".{1000}",
    "(" + "|".join(f"word{number}" for number in range(100)) + ")",
]
TOO_MUCH = [
    ".*a.{13}",
    ".*[ab].{12}c.*",
    ".*[0-9a-f]{320}.*",
    ".*[a-z]{1,320}[0-9]{1,320}.*",
    ".*x.{0,12}y.*",
    ".*(foo|bar)[^z]{18,}q.*",
    ".{2000}",
    "(ab?){2000}.*",
    "((b){2,102}){5}",
    "a{100000}",
]


@pytest.mark.parametrize("text", TAKEN)
def test_within_the_limits(text: str) -> None:
    assert exceeded_limit(text) is None


@pytest.mark.parametrize("text", TOO_MUCH)
def test_beyond_the_automaton(text: str) -> None:
    assert exceeded_limit(text) == "limit-automaton"


def test_length_is_counted_in_utf_16() -> None:
    assert exceeded_limit("a" * 1000) is None
    assert exceeded_limit("a" * 1001) == "limit-length"
    assert exceeded_limit("\U0001f600" * 501) == "limit-length"


def test_real_lucene_draws_the_same_line(lucene: Lucene) -> None:
    answers = lucene.run([{"f": ["x"]}], {"f": "exact"}, [f"f:/{text}/" for text in [*TAKEN, *TOO_MUCH]])
    rejected = [isinstance(answer, Rejected) for answer in answers]
    assert rejected == [False] * len(TAKEN) + [True] * len(TOO_MUCH)
