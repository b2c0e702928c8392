"""Plain letters in the place of sets of both cases."""

import pytest

from sigma_amsi.characters import Chars
from sigma_amsi.regex.letters import with_plain_letters
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence


def either(characters: str) -> RegexTree:
    return OneOf(Chars.of(characters))


@pytest.mark.parametrize(
    ("tree", "plain"),
    [
        (either("aA"), Literal("a")),
        (either("éÉ"), Literal("é")),
        (either("01"), either("01")),
        (either("-/"), either("-/")),
        (either("aA1"), either("aA1")),
        (either("aAbB"), either("aAbB")),
        (Sequence((either("cC"), either("mM"), Literal("1"), either("dD"))), Literal("cm1d")),
        (Choice((either("aA"), Literal("1"))), Choice((Literal("a"), Literal("1")))),
        (Repeat(either("aA"), 2, None), Repeat(Literal("a"), 2, None)),
        (Anchor(Place.TEXT_START), Anchor(Place.TEXT_START)),
    ],
)
def test_plain_letters(tree: RegexTree, plain: RegexTree) -> None:
    assert with_plain_letters(tree) == plain
