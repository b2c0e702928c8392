"""A place in the tokens of a query. Words are asked for by their spelling alone, which no token of another kind has."""

from typing import NoReturn

from sigma_amsi.errors import Unreadable

from .tokens import Token, tokens


class Cursor:
    """Moves over the tokens of a text, the last of which is of kind `end`."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._position = 0
        self.token = self._tokens[0]

    @property
    def following(self) -> Token:
        """The token after the one at the place."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token at the place, which moves on."""
        token = self.token
        if token.kind != "end":
            self._position += 1
            self.token = self._tokens[self._position]
        return token

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

    def fail(self, message: str) -> NoReturn:
        """Say that the text cannot be read from here."""
        raise Unreadable(message, self.token.offset)
