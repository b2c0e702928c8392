"""Regular expressions that say no more than wildcard patterns do, as those patterns."""

from sigma_amsi.characters import ANY_CHARACTER
from sigma_amsi.pattern import ANY_MANY, Pattern, Token
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence

_MOST_REPEATED = 16
"""A counted repetition of one character up to this often is written out; a longer one stays with the expression."""


def patterns_of(tree: RegexTree) -> tuple[Pattern, ...] | None:
    """Patterns of which a value matches one exactly when the expression is found in it; None where no patterns say the same."""
    patterns = [_pattern_of(option) for option in (tree.options if isinstance(tree, Choice) else (tree,))]
    return None if None in patterns else tuple(pattern for pattern in patterns if pattern is not None)


def _pattern_of(tree: RegexTree) -> Pattern | None:
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    started = items[:1] == (Anchor(Place.TEXT_START),)
    items = items[started:]
    ended = items[-1:] == (Anchor(Place.TEXT_END),)
    items = items[: len(items) - ended]
    while items and not started and _is_needless(items[0]):
        items = items[1:]
    while items and not ended and _is_needless(items[-1]):
        items = items[:-1]
    tokens = [_tokens_of(item) for item in items]
    if None in tokens:
        return None
    inner = [token for item in tokens for token in item or ()]
    return Pattern.of(*([] if started else [ANY_MANY]), *inner, *([] if ended else [ANY_MANY]))


def _is_needless(item: RegexTree) -> bool:
    """Whether a search finds the same without the item at its open end."""
    return isinstance(item, Repeat) and item.minimum == 0


def _tokens_of(item: RegexTree) -> list[Token] | None:
    match item:
        case Literal(text):
            return [text]
        case OneOf(chars) if chars.ranges:
            return [chars]
        case Repeat(OneOf(chars), minimum, None) if chars == ANY_CHARACTER and minimum <= _MOST_REPEATED:
            return [*[ANY_CHARACTER] * minimum, ANY_MANY]
        case Repeat(OneOf(chars), minimum, maximum) if minimum == maximum and chars.ranges and minimum <= _MOST_REPEATED:
            return [chars] * minimum
    return None
