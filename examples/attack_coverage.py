"""Which ATT&CK techniques a folder of rules covers on a target, counting only queries that are proved.

    python examples/attack_coverage.py rules/ kusto microsoft_xdr
    python examples/attack_coverage.py rules/ kusto microsoft_xdr --layer > layer.json

A rule that the target cannot express covers nothing there, whatever its tags say. The layer is for the ATT&CK Navigator.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import sigma_amsi as sigma
from sigma_amsi.package.attack import attack, threats_of

EXAMPLE = Path(__file__).parent / "detection-as-code" / "rules"


def coverage(folder: Path, target: sigma.Target) -> tuple[Counter[str], Counter[str]]:
    """Technique -> the rules that name it, and -> those of them whose query is proved."""
    named: Counter[str] = Counter()
    proved: Counter[str] = Counter()
    for result in target.convert_all(sigma.load(folder)):
        if result.rule is not None:
            techniques = threats_of(result.rule).techniques
            named.update(techniques)
            proved.update(techniques if isinstance(result, sigma.Query) and result.proved else ())
    return named, proved


def layer(proved: Counter[str], title: str) -> dict[str, object]:
    """A layer of the ATT&CK Navigator, with a score for each technique."""
    scores = [{"techniqueID": technique, "score": score} for technique, score in sorted(proved.items())]
    return {"name": title, "domain": "enterprise-attack", "versions": {"layer": "4.5"}, "techniques": scores}


def main() -> None:
    """Prints a line for each technique, or the layer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rules", type=Path, nargs="?", default=EXAMPLE)
    parser.add_argument("target", nargs="?", default="kusto")
    parser.add_argument("pipeline", nargs="?", default="microsoft_xdr")
    parser.add_argument("--layer", action="store_true")
    given = parser.parse_args()
    named, proved = coverage(given.rules, sigma.target(given.target, pipeline=given.pipeline))
    if given.layer:
        print(json.dumps(layer(proved, f"proved on {given.target} {given.pipeline}"), indent=2))
        return
    for technique in sorted(named):
        print(f"{technique:<10} {proved[technique]:>3} of {named[technique]:>3} proved  {attack().techniques[technique].name}")


if __name__ == "__main__":
    main()
