"""Strategies for expressions, patterns and texts over a small alphabet, so that random texts have a chance to match."""

from itertools import product

from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, Pattern
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence

ALPHABET = "abA-\n"
TEXTS = tuple("".join(each) for length in range(6) for each in product(ALPHABET, repeat=length))
"""All texts over the alphabet up to length 5."""

texts = st.text(ALPHABET, max_size=8)

sets = st.one_of(
    st.sets(st.sampled_from(ALPHABET), min_size=1, max_size=3).map(Chars.of),
    st.sampled_from([ANY_CHARACTER, NO_CHARACTER, ~Chars.of("\n"), ~Chars.of("a"), Chars((((ord("a"), ord("z"))),))]),
)


def _grown(inner: st.SearchStrategy[RegexTree]) -> st.SearchStrategy[RegexTree]:
    bounds = st.sampled_from([(0, 1), (0, None), (1, None), (2, 3), (0, 2), (2, 2), (2, None)])
    return st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(lambda options: Choice(tuple(options))),
        st.builds(lambda item, pair: Repeat(item, *pair), inner, bounds),
    )


leaves: st.SearchStrategy[RegexTree] = st.one_of(
    st.text(ALPHABET, min_size=1, max_size=3).map(Literal), sets.map(OneOf), st.just(EMPTY), st.sampled_from(Place).map(Anchor)
)

trees = st.recursive(leaves, _grown, max_leaves=8)
"""Expressions with anchors anywhere."""


def anchored(tree: RegexTree) -> RegexTree:
    """The expression for whole values as one to search for."""
    return Sequence((Anchor(Place.TEXT_START), tree, Anchor(Place.TEXT_END)))


patterns = st.lists(st.one_of(st.text(ALPHABET, min_size=1, max_size=3), sets, st.just(ANY_MANY)), max_size=5).map(
    lambda tokens: Pattern.of(*tokens)
)
