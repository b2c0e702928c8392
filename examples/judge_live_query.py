"""Does the query that is live in the SIEM still say what its rule says?

    python examples/judge_live_query.py rule.yml live.kql

Somebody tuned the search in the SIEM's interface; the rule in the repository did not change. This says what the tuning really did: which events it
lets through, and which it hides, each as a row that you can look for.
"""

import sys
from pathlib import Path

import sigma_amsi as sigma

EXAMPLE_RULE = Path(__file__).parent / "amsi.yml"
EXAMPLE_QUERY = """
DeviceRegistryEvents
| where ActionType in ("RegistryKeyDeleted", "RegistryValueDeleted")
| where PreviousRegistryKey has "AMSI" and InitiatingProcessFileName != "MsMpEng.exe"
"""


def judge(rule: sigma.Rule, text: str, target: sigma.Target) -> str:
    """The verdict in a few lines, for a ticket."""
    try:
        verdict = target.prove(rule, text)
    except sigma.Unreadable as unreadable:
        return f"cannot be judged: {unreadable}"
    match verdict:
        case sigma.Proved() | sigma.ProvedAssuming():
            return "says what the rule says"
        case sigma.Wider(adds=adds):
            return f"also fires on {adds}"
        case sigma.Narrower(misses=misses):
            return f"is silent on {misses}"
        case sigma.Different(adds=adds, misses=misses):
            return f"also fires on {adds}\nis silent on   {misses}"
        case sigma.Unproved(reason=reason):
            return f"could not be settled: {reason}"


def main(rule: Path, query: str) -> int:
    """Prints the verdict. Returns 1 unless the query is proved."""
    judged = judge(sigma.load_rule(rule), query, sigma.target("kusto", pipeline="microsoft_xdr"))
    print(judged)
    return 0 if judged == "says what the rule says" else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(Path(given[0]), Path(given[1]).read_text(encoding="utf-8")) if given else main(EXAMPLE_RULE, EXAMPLE_QUERY))
