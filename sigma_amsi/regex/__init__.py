"""Regular expressions: one tree, read from and written to the dialects of the query languages."""


class RegexError(ValueError):
    """An expression that cannot be read or written. `position` counts characters of the text from 0; None where a tree is written."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason}, at character {position + 1}")
        self.reason = reason
        self.position = position


class RegexSyntax(RegexError):
    """The expression is invalid in its dialect."""


class RegexConstruct(RegexError):
    """The expression uses a construct that the tree cannot hold, or that the dialect to be written does not have."""
