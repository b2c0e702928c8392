"""Wildcard patterns: sequences of texts, one character of a set, and any-many."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.characters import ANY_CHARACTER, Chars, other_case


class AnyMany(Struct, frozen=True):
    """Any run of characters, also the empty one: the wildcard `*`."""


ANY_MANY = AnyMany()
ONE = ANY_CHARACTER
"""Any single character: the wildcard `?`."""

Token: TypeAlias = str | Chars | AnyMany


class Pattern(Struct, frozen=True):
    """A wildcard string that matches whole values.

    Whether letters match without case is said by the test that holds the pattern, not here. Build patterns with `Pattern.of`,
    which keeps them canonical, so that equal patterns are equal objects: texts are not empty and not adjacent, and any-many is not adjacent to itself.
    """

    tokens: tuple[Token, ...]

    @staticmethod
    def of(*tokens: Token) -> "Pattern":
        """The canonical pattern of the given tokens, in order."""
        return Pattern(tuple(_merged(tokens)))

    def __add__(self, other: "Pattern") -> "Pattern":
        return Pattern.of(*self.tokens, *other.tokens)

    @property
    def literal(self) -> str | None:
        """The one text that the pattern matches, or None when it has a wildcard."""
        if not self.tokens:
            return ""
        if len(self.tokens) == 1 and isinstance(self.tokens[0], str):
            return self.tokens[0]
        return None

    @property
    def has_case(self) -> bool:
        """Whether the pattern tells the two cases of some letter apart when it is held against a value with case."""
        return any(map(_has_case, self.tokens))

    def matches_empty(self) -> bool:
        """Whether the empty string matches."""
        return all(isinstance(token, AnyMany) for token in self.tokens)


def _has_case(token: Token) -> bool:
    if isinstance(token, str):
        return any(other_case(character) != character for character in token)
    return isinstance(token, Chars) and token.has_case


def _merged(tokens: Iterable[Token]) -> list[Token]:
    merged: list[Token] = []
    previous: Token | None = None
    for token in tokens:
        if isinstance(token, AnyMany):
            if isinstance(previous, AnyMany):
                continue
        else:
            if not isinstance(token, str) and len(token) == 1:
                token = next(iter(token))
            if token == "":
                continue
            if isinstance(token, str) and isinstance(previous, str):
                merged[-1] = previous = previous + token
                continue
        merged.append(token)
        previous = token
    return merged


_ANYTHING = Pattern((ANY_MANY,))


def exactly(text: str) -> Pattern:
    """The pattern of one text: every character stands for itself."""
    return Pattern((text,) if text else ())


def containing(text: str) -> Pattern:
    """The pattern of every value that has `text` somewhere in it."""
    return Pattern((ANY_MANY, text, ANY_MANY)) if text else _ANYTHING


def starting(text: str) -> Pattern:
    """The pattern of every value that begins with `text`."""
    return Pattern((text, ANY_MANY)) if text else _ANYTHING


def ending(text: str) -> Pattern:
    """The pattern of every value that ends with `text`."""
    return Pattern((ANY_MANY, text)) if text else _ANYTHING
