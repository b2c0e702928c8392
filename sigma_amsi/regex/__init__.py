"""Regular expressions: one tree, read from and written to the dialects of the query languages."""


class RegexConstruct(ValueError):
    """A regular expression that cannot be read into the tree, or a tree that cannot be written in a dialect.

    `reason` completes the sentence "the expression cannot be said, since …". `offset` is the place in a text that was read, in
    characters from 0; None where a tree was written.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
