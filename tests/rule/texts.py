"""Rules for tests, written from the part that a test is about."""

from textwrap import dedent, indent

from sigma_amsi.errors import Problem, RuleError
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.rule import Rule, read_text

HEAD = """\
title: A rule
id: 3fd8f2a1-3f6c-4a9d-9a5a-0c1f4a6a9f10
status: test
level: low
logsource:
    category: process_creation
    product: windows
"""

DETECTION_LINE = HEAD.count("\n") + 2
"""The line on which the text given to `with_detection` starts."""


def with_detection(detection: str) -> str:
    """A rule with this detection, condition included."""
    return HEAD + "detection:\n" + indent(dedent(detection).strip("\n"), "    ") + "\n"


def with_item(item: str) -> str:
    """A rule with one selection of these items."""
    return with_detection("sel:\n" + indent(dedent(item).strip("\n"), "    ") + "\ncondition: sel")


def read_one(text: str | bytes) -> Rule:
    """The one rule of a text."""
    (found,) = read_text(text)
    if isinstance(found, Problem):
        raise RuleError(found)
    return found


def meaning(item: str) -> Predicate:
    """What one selection of these items says."""
    return read_one(with_item(item)).detection


def problem_of(text: str | bytes) -> Problem:
    """The one problem that keeps the text from being a rule."""
    (found,) = read_text(text)
    assert isinstance(found, Problem), found
    return found
