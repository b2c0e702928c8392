"""Rules of the corpus as every target converts them: made once for all tests that look at them.

A test run takes a sample; with SIGMA_AMSI_WHOLE_CORPUS set, every rule.
"""

import os
from functools import cache

from sigma_amsi.errors import Problem
from sigma_amsi.rule import Rule, load
from sigma_amsi.targets import Query, Result

from .corpus import needed_rule_folders
from .golden import named_target

_EVERY = 1 if os.environ.get("SIGMA_AMSI_WHOLE_CORPUS") else 10


@cache
def sample() -> tuple[Rule | Problem, ...]:
    """The rules that are looked at. Skips the running test where there is no corpus."""
    return tuple(load(needed_rule_folders()))[::_EVERY]


@cache
def results(name: str) -> tuple[Result, ...]:
    """What the target makes of the sample, in its order."""
    return tuple(named_target(name).convert_all(sample()))


def queries(name: str) -> list[Query]:
    """Those of the sample that the target has a query for."""
    return [result for result in results(name) if isinstance(result, Query)]
