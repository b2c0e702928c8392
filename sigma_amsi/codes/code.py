"""What a code is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its documentation page.

    kind: rule (the rule cannot be read), lint (the rule is read, but something in it is against the specification), configuration, refusal.
    """

    name: str
    kind: Literal["rule", "lint", "configuration", "refusal"]
    says: str
    cause: str
    fix: str
