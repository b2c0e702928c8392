"""What a code is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its documentation page.

    kind: rule (the rule cannot be read), lint (the rule is read, but something in it is against the specification), configuration, query (a query
    text that is given to be judged), event (a file of events), refusal.
    """

    name: str
    kind: Literal["rule", "lint", "configuration", "query", "event", "refusal"]
    says: str
    cause: str
    fix: str
