"""A place in the tokens of a query. Words are asked for by their spelling alone, which no token of another kind has."""

from sigma_amsi.parsing import Tokens

from .tokens import Token, tokens


class Cursor(Tokens[Token]):
    """Moves over the tokens of a text."""

    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))

    def accept(self, *words: str) -> Token | None:
        """Take the token if it is one of these words."""
        return self.take() if self.token.word in words else None

    def expect(self, word: str) -> Token:
        """Take the token, which must be this word."""
        if self.token.word != word:
            self.fail(f"expected {word!r}, found {self.token}")
        return self.take()

    def expect_kind(self, kind: str) -> Token:
        """Take the token, which must be of this kind."""
        if self.token.kind != kind:
            self.fail(f"expected a {kind}, found {self.token}")
        return self.take()
