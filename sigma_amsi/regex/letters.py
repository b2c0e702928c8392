"""Expressions that list both cases of every letter, in the shorter spelling that is read without case."""

from sigma_amsi.characters import Chars, other_case
from sigma_amsi.regex.tree import Choice, Literal, OneOf, RegexTree, Repeat, Sequence, choice, sequence


def with_plain_letters(tree: RegexTree) -> RegexTree:
    """An expression that says without case what `tree`, which tells no letter's cases apart, says: with `a` for `[Aa]`."""
    match tree:
        case OneOf(chars):
            return _plain(chars)
        case Sequence(items):
            return sequence([with_plain_letters(item) for item in items])
        case Choice(options):
            return choice([with_plain_letters(option) for option in options])
        case Repeat(item, minimum, maximum):
            return Repeat(with_plain_letters(item), minimum, maximum)
    return tree


def _plain(chars: Chars) -> RegexTree:
    if len(chars) == 2:
        upper, lower = chars
        if other_case(upper) == lower:
            return Literal(lower)
    return OneOf(chars)
