"""Wildcard patterns as regular expressions, for languages that have no other way to say them."""

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, Place, RegexTree, Repeat, sequence


def tree_of(pattern: Pattern) -> RegexTree:
    """The expression that is found in exactly the values that the pattern matches. Any-many at an end is an anchor left out."""
    tokens = pattern.tokens
    opened = bool(tokens) and isinstance(tokens[0], AnyMany)
    closed = bool(tokens) and isinstance(tokens[-1], AnyMany)
    items: list[RegexTree] = [] if opened else [Anchor(Place.TEXT_START)]
    for token in tokens[opened : len(tokens) - closed]:
        if isinstance(token, str):
            items.append(Literal(token))
        elif isinstance(token, Chars):
            items.append(OneOf(token))
        else:
            items.append(Repeat(OneOf(ANY_CHARACTER), 0, None))
    return sequence(items if closed else [*items, Anchor(Place.TEXT_END)])
