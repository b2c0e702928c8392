"""What a code is."""

from typing import Literal

from msgspec import Struct


class Code(Struct, frozen=True):
    """A code with its documentation page.

    kind: rule (the rule cannot be read), lint (the rule is read, but something in it is against the specification), configuration, query (a query
    text that is given to be judged), event (a file of events), refusal.
    """

    name: str
    kind: Literal["rule", "lint", "configuration", "query", "event", "refusal"]
    says: str
    cause: str
    fix: str
