"""What did a new version of a rule change? Not which lines, but which events.

    python examples/compare_versions.py old.yml new.yml

For a review: the new version's query is held against the old version's meaning. `git show HEAD~:rules/x.yml > old.yml` gives the old one.
"""

import sys
from pathlib import Path

import sigma_amsi as sigma
from sigma_amsi.rule import read_text

EXAMPLE = Path(__file__).parent / "amsi.yml"
TUNING = ("condition: selection and not 1 of filter_main_*", "condition: selection")


def compared(old: sigma.Rule, new: sigma.Rule, target: sigma.Target) -> str:
    """What the new version does that the old one did not."""
    match target.prove(old, target.convert(new).text):
        case sigma.Proved() | sigma.ProvedAssuming():
            return "the same events"
        case sigma.Wider(adds=adds):
            return f"more events, such as\n  {adds}"
        case sigma.Narrower(misses=misses):
            return f"fewer events, without such as\n  {misses}"
        case sigma.Different(adds=adds, misses=misses):
            return f"other events, such as\n  {adds}\nand no longer such as\n  {misses}"
        case sigma.Unproved(reason=reason):
            return f"not settled: {reason}"


def versions(given: list[str]) -> tuple[sigma.Rule, sigma.Rule]:
    """The two rules: those given, or the example and the example without its filter."""
    if given:
        old, new = given
        return sigma.load_rule(old), sigma.load_rule(new)
    (tuned,) = read_text(EXAMPLE.read_text(encoding="utf-8").replace(*TUNING))
    assert isinstance(tuned, sigma.Rule)
    return sigma.load_rule(EXAMPLE), tuned


if __name__ == "__main__":
    print(compared(*versions(sys.argv[1:]), sigma.target("kusto", pipeline="azure_monitor")))
