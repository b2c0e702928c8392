"""Expressions for columns whose values, and the text of expressions on them, are put into lower case by the engine."""

from functools import lru_cache

from sigma_amsi.characters import MAXIMUM, Chars, fold
from sigma_amsi.regex.tree import Choice, Literal, OneOf, RegexTree, Repeat, Sequence, choice, sequence

_LAST_CASED = 0x1E943
"""Above it no character has another case."""


def lowered(tree: RegexTree) -> RegexTree:
    """An expression without case that is found in the same lower-case values, and whose text is not changed by lowering it.

    A class loses its upper-case letters, since a range such as `[Z-a]` would be another once its ends are lowered.
    """
    match tree:
        case Literal(text):
            return Literal(fold(text))
        case OneOf(chars):
            return OneOf(_lowered_set(chars))
        case Sequence(items):
            return sequence([lowered(item) for item in items])
        case Choice(options):
            return choice([lowered(option) for option in options])
        case Repeat(item, minimum, maximum):
            return Repeat(lowered(item), minimum, maximum)
    return tree


@lru_cache(maxsize=1024)
def _lowered_set(chars: Chars) -> Chars:
    """The set without upper-case letters; of a set that is written as what it leaves out, what it leaves out is without them."""
    if chars.ranges and chars.ranges[-1][1] == MAXIMUM:
        return ~(~chars.folded() - _upper_case())
    return chars.folded() - _upper_case()


@lru_cache(maxsize=1)
def _upper_case() -> Chars:
    return Chars.of(character for character in map(chr, range(_LAST_CASED + 1)) if character.lower() != character)
