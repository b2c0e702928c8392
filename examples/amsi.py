"""The AMSI rule in every query language, each query with its proof; and why two plausible queries do not say what the rule says.

    python examples/amsi.py

*Removal Of AMSI Provider Registry Keys* (amsi.yml) is by frack113, https://github.com/SigmaHQ/sigma, Detection Rule License 1.1.
"""

from pathlib import Path

import sigma_amsi as sigma

TARGETS = (
    ("kusto", "microsoft_xdr"),
    ("kusto", "azure_monitor"),
    ("splunk", "splunk_windows"),
    ("lucene", "ecs_windows"),
    ("eql", "ecs_windows"),
    ("kibana", "ecs_windows"),
)

SUFFIXES = 'RegistryKey endswith "{2781761E-28E0-4109-99FE-B9D127C57AFE}" or RegistryKey endswith "{A7C452EF-8E9F-42EB-9F2B-245613CA0DC9}"'
PLAUSIBLE = {
    "without the operation and the filter": f"DeviceRegistryEvents | where {SUFFIXES}",
    "with the operation, on RegistryKey": f"DeviceRegistryEvents | where {SUFFIXES}\n"
    '| where ActionType in~ ("RegistryKeyDeleted", "RegistryValueDeleted")',
}


def describe(verdict: sigma.Verdict) -> str:
    """The verdict in words, with the row that shows it."""
    match verdict:
        case sigma.Proved():
            return "proved"
        case sigma.ProvedAssuming(facts=facts):
            return f"proved, assuming {', '.join(facts)}"
        case sigma.Wider(adds=witness):
            return f"wider: it also matches\n  {witness}"
        case sigma.Narrower(misses=witness):
            return f"narrower: it misses\n  {witness}"
        case sigma.Different(adds=adds, misses=misses):
            return f"different: it also matches\n  {adds}\nand misses\n  {misses}"
        case sigma.Unproved(reason=reason):
            return f"unproved: {reason}"


def main() -> None:
    """Prints every query with its verdict, then the verdicts on two queries that look right."""
    rule = sigma.load_rule(Path(__file__).with_name("amsi.yml"))
    for name, pipeline in TARGETS:
        print(f"=== {name}, {pipeline}\n")
        try:
            query = sigma.target(name, pipeline=pipeline).convert(rule)
            print(f"{query.text}\n\n{describe(query.verdict)}\n")
        except sigma.Refused as refused:
            print(f"refused: {refused}\n")

    defender = sigma.target("kusto", pipeline="microsoft_xdr")
    for title, text in PLAUSIBLE.items():
        print(f"=== kusto, {title}\n\n{text}\n\n{describe(defender.prove(rule, text))}\n")


if __name__ == "__main__":
    main()
