"""What parsers of query languages share: tokens, a cursor over them, and limits on the work that one text can cause."""

from collections.abc import Callable
from typing import Generic, NoReturn, TypeVar

from msgspec import Struct

from sigma_amsi.errors import Unreadable


class Token(Struct, frozen=True):
    """A piece of a query text. `text` is its meaning where the kind has one (a string without its quotes), else its spelling."""

    kind: str
    text: str
    offset: int

    def __str__(self) -> str:
        return "the end of the text" if self.kind == "end" else repr(self.text)


TokenType = TypeVar("TokenType", bound=Token)


class Tokens(Generic[TokenType]):
    """The tokens of a text, the last of which is of kind `end`, with a place among them. token: the one at the place."""

    def __init__(self, tokens: list[TokenType]) -> None:
        self._tokens = tokens
        self._position = 0
        self.token = tokens[0]

    @property
    def following(self) -> TokenType:
        """The token after the one at the place."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def take(self) -> TokenType:
        """The token at the place, which moves on."""
        token = self.token
        if token.kind != "end":
            self._position += 1
            self.token = self._tokens[self._position]
        return token

    def fail(self, message: str) -> NoReturn:
        """Say that the text cannot be read from here."""
        raise Unreadable(message, self.token.offset)


class Cursor(Tokens[Token]):
    """A place at which tokens are asked for by their kind and meaning."""

    def at(self, kind: str, *texts: str) -> bool:
        """Whether the token is of this kind and, where texts are given, one of them."""
        return self.token.kind == kind and (not texts or self.token.text in texts)

    def accept(self, kind: str, *texts: str) -> Token | None:
        """Take the token if it is of this kind and one of these texts."""
        return self.take() if self.at(kind, *texts) else None

    def expect(self, kind: str, *texts: str) -> Token:
        """Take the token, which must be of this kind and one of these texts."""
        if not self.at(kind, *texts):
            self.fail(f"expected {' or '.join(map(repr, texts)) or f'a {kind}'}, found {self.token}")
        return self.take()


Value = TypeVar("Value")


class Cost(Generic[Value], Struct):
    """A value that has been read, with the steps and the nesting that it took."""

    value: Value
    steps: int
    depth: int


class Work:
    """Counts the steps and the nesting of one reading, so that no text can exhaust time, memory or the stack.

    A value that is used again counts as if it had been read again: what is built from it grows as much. place: where in the text that was given the
    offsets are that are counted with.
    """

    MAXIMUM_STEPS = 400_000
    MAXIMUM_DEPTH = 60

    def __init__(self, place: Callable[[int], int] = int) -> None:
        self._place = place
        self.steps = 0
        self.depth = 0
        self.deepest = 0

    def enter(self, offset: int) -> None:
        """Begin an expression inside the current one."""
        self.steps += 1
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self._check(offset)

    def leave(self) -> None:
        """End the expression."""
        self.depth -= 1

    def reuse(self, cost: Cost[Value], offset: int) -> Value:
        """The value, counted once more."""
        self.steps += cost.steps
        self.deepest = max(self.deepest, self.depth + cost.depth)
        self._check(offset)
        return cost.value

    def _check(self, offset: int) -> None:
        if self.deepest > self.MAXIMUM_DEPTH:
            raise Unreadable(f"nested deeper than {self.MAXIMUM_DEPTH} levels", self._place(offset))
        if self.steps > self.MAXIMUM_STEPS:
            raise Unreadable(f"takes more than {self.MAXIMUM_STEPS} steps to read", self._place(offset))
