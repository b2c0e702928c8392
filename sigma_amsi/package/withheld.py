"""Rules that are not in a package."""

from msgspec import Struct

from sigma_amsi.codes import CODES
from sigma_amsi.errors import Problem
from sigma_amsi.proof.verdict import Verdict
from sigma_amsi.rule.model import Rule


class Withheld(Struct, frozen=True):
    """A rule that is not in the package, and why. `rule` is None for a document that could not be read; `verdict` is that of a query not proved."""

    rule: Rule | None
    problem: Problem
    verdict: Verdict | None = None

    @property
    def refused(self) -> bool:
        """Whether the target or the format cannot express the rule. Other reasons are mistakes to be mended, or queries that are not proved."""
        refusal = self.rule is not None and self.verdict is None and CODES[self.problem.code].kind == "refusal"
        return refusal and self.problem.code != "duplicate-rule-id"
