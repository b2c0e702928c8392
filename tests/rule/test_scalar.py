"""Plain values mean what PyYAML's safe loader makes of them."""

import datetime

import pytest
import yaml

from sigma_amsi.errors import Problem, RuleError
from sigma_amsi.rule.document import documents
from sigma_amsi.rule.scalar import Data, data_of, type_name

SPELLINGS = """
    yes No ON off y n true True TRUE tRue null ~ Null nUll NULL 0 -0 +1 017 0o17 08 09 0b101 -0b11 0x1F 0xg 1_000 _1 1:30 1:60 190:20:30
    -1:30 1.5 1. .5 -.5 1e3 1.0e3 1.0e+3 1.0E-3 1_0.5 1:30.5 .inf -.INF .nan .NaN 685_230.15 + . .. 12e03 +12 0_ 1__2 00 010 -010 1.5.6
    127.0.0.1 0b12 ١ abc é
"""
TAGGED = (
    "",
    '"5"',
    "'yes'",
    "!!str 5",
    '!!int "5"',
    "!!float 5.5",
    "!!null x",
    "!!bool yes",
    "! 5",
    '!!float "1"',
    '!!int "0x10"',
    "[]",
    "{}",
    "!!map {}",
    "!!seq []",
)


def read(text: str) -> Data:
    (document,) = documents(f"key: {text}")
    assert not isinstance(document, Problem)
    data = data_of(document.root)
    assert isinstance(data, dict)
    return data["key"]


@pytest.mark.parametrize("text", [*SPELLINGS.split(), *TAGGED])
def test_as_pyyaml(text: str) -> None:
    expected = yaml.safe_load(f"key: {text}")["key"]
    assert repr(read(text)) == repr(expected)  # repr tells 1 from True and nan from nothing


@pytest.mark.parametrize("text", ["2021-06-07", "2021-06-07T10:00:00Z", "2001-12-14 21:59:43.10 -5"])
def test_dates_keep_their_text(text: str) -> None:
    assert isinstance(yaml.safe_load(text), datetime.date)
    assert read(text) == text


def test_a_lone_equals_sign_is_a_text() -> None:
    assert read("=") == "="


@pytest.mark.parametrize("text", ["0x_", "0b_", "9" * 500, "!!int x", "!!bool maybe", "!!float x", "1" + ":59" * 200])
def test_no_number(text: str) -> None:
    with pytest.raises(RuleError) as error:
        read(text)
    assert error.value.problem.code == "invalid-number"
    assert error.value.problem.line == 1


def test_type_names() -> None:
    assert [type_name(value) for value in (None, True, 1, 1.5, "")] == ["null", "a boolean", "a number", "a number", "a text"]
