"""Sigma rules to SIEM queries that are proved to mean what the rules mean.

    import sigma_amsi as sigma

    rule = sigma.load_rule("amsi.yml")                          # RuleError: code, path, line, hint
    defender = sigma.target("kusto", pipeline="microsoft_xdr")
    query = defender.convert(rule)                              # a Query, or raises Refused
    print(query.text, query.verdict, query.fields)

    match defender.prove(rule, "DeviceRegistryEvents | where …"):
        case sigma.Proved() | sigma.ProvedAssuming():
            print("says what the rule says")
        case sigma.Wider(adds=witness):
            print("also fires on", witness.event)

    for result in defender.convert_all(sigma.load("rules/")):   # Query or Declined; one bad rule never hides the others
        print(result.rule, result.verdict.name)

Names are imported on their first use, so that `import sigma_amsi` costs next to nothing.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigma_amsi.errors import ConfigurationError as ConfigurationError
    from sigma_amsi.errors import Problem as Problem
    from sigma_amsi.errors import Refused as Refused
    from sigma_amsi.errors import RuleError as RuleError
    from sigma_amsi.errors import SigmaAmsiError as SigmaAmsiError
    from sigma_amsi.errors import Unreadable as Unreadable
    from sigma_amsi.proof.verdict import Different as Different
    from sigma_amsi.proof.verdict import Narrower as Narrower
    from sigma_amsi.proof.verdict import Proved as Proved
    from sigma_amsi.proof.verdict import ProvedAssuming as ProvedAssuming
    from sigma_amsi.proof.verdict import Refusal as Refusal
    from sigma_amsi.proof.verdict import Unproved as Unproved
    from sigma_amsi.proof.verdict import Verdict as Verdict
    from sigma_amsi.proof.verdict import Wider as Wider
    from sigma_amsi.proof.verdict import Witness as Witness
    from sigma_amsi.rule.model import Rule as Rule
    from sigma_amsi.rule.read import load as load
    from sigma_amsi.rule.read import load_rule as load_rule
    from sigma_amsi.targets import Declined as Declined
    from sigma_amsi.targets import Query as Query
    from sigma_amsi.targets import Target as Target
    from sigma_amsi.targets import target as target

__version__ = "0.1.0"

_HOME = {
    "sigma_amsi.errors": ("ConfigurationError", "Problem", "Refused", "RuleError", "SigmaAmsiError", "Unreadable"),
    "sigma_amsi.proof.verdict": ("Different", "Narrower", "Proved", "ProvedAssuming", "Refusal", "Unproved", "Verdict", "Wider", "Witness"),
    "sigma_amsi.rule.model": ("Rule",),
    "sigma_amsi.rule.read": ("load", "load_rule"),
    "sigma_amsi.targets": ("Declined", "Query", "Target", "target"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = ["__version__", *sorted(_MODULE_OF)]


if not TYPE_CHECKING:  # a type checker knows the names from above, and should say when one is not there

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module 'sigma_amsi' has no attribute {name!r}")
        value: object = getattr(import_module(_MODULE_OF[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})


# In a checkout, backends/ and pipelines/ lie beside this package; in a wheel they are inside it. Both are imported as sigma_amsi.backends and
# read as data of sigma_amsi.pipelines.
_checkout = Path(__file__).resolve().parent.parent
if (_checkout / "pyproject.toml").is_file() and (_checkout / "backends").is_dir():
    __path__.append(str(_checkout))
