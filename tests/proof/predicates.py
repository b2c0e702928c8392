"""Generated predicates on the columns a (never empty), b, c and many (several values), and rows that make them interesting."""

from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly
from sigma_amsi.predicate.tree import And, Empty, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

START, END = Anchor(Place.TEXT_START), Anchor(Place.TEXT_END)
WORDS = st.sampled_from(["a", "A", "ab", "b", "aB", "1", "&lt;", "<", "&", "0x1", "\n", "ba"])
TABLES = st.lists(st.tuples(WORDS, st.sampled_from(["", "a", "x", "B"])), min_size=1, max_size=3).map(tuple)

SETS = st.sampled_from([Chars.of("aA"), Chars.of("ab"), Chars.of("<"), ANY_CHARACTER, Chars.of("&;"), Chars.of("01")])
PATTERNS = st.lists(st.one_of(WORDS, SETS, st.just(ANY_MANY), st.just(ONE)), max_size=4).map(lambda tokens: Pattern.of(*tokens))

TREES: st.SearchStrategy[RegexTree] = st.recursive(
    st.one_of(WORDS.map(Literal), SETS.map(OneOf), st.sampled_from([START, END, Anchor(Place.TEXT_END_OR_LAST_NEWLINE)])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: Choice(tuple(items))),
        st.tuples(inner, st.sampled_from([(0, 1), (2, 2), (0, None), (1, 3)])).map(lambda made: Repeat(made[0], *made[1])),
    ),
    max_leaves=4,
)

MATCHERS = st.one_of(st.builds(Matches, PATTERNS, st.booleans()), st.builds(Regex, TREES, st.booleans()), st.just(Null()), st.just(Empty()))
COLUMNS = st.sampled_from([Column("a"), Column("b"), Column("c"), Column("many")])
SIMPLE = st.builds(Test, COLUMNS, st.one_of(st.builds(Matches, WORDS.map(exactly), st.booleans()), st.just(Null())))


def _larger(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Join, parts),
        st.builds(First, parts),
        st.builds(lambda test, then, otherwise: When(test, then, otherwise), SIMPLE, inner, inner),
        st.builds(Prefix, inner, TABLES),
        st.builds(Values, inner, TABLES),
        st.builds(XmlText, inner),
        st.builds(NumberText, inner, st.sampled_from(["dword", "hex"])),
    )


TERMS: st.SearchStrategy[Term] = st.recursive(
    st.one_of(COLUMNS, COLUMNS, st.sampled_from(["", "a", "B"]).map(Text), st.just(Absent())), _larger, max_leaves=4
)


def predicates(subjects: st.SearchStrategy[Term] = TERMS) -> st.SearchStrategy[Predicate]:
    """Predicates of a few tests."""
    return st.recursive(
        st.builds(Test, subjects, MATCHERS),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=5,
    )


def rows() -> st.SearchStrategy[dict[str, str | tuple[str, ...]]]:
    """Rows that the table allows: no empty text in column a."""
    text = st.lists(st.sampled_from(["a", "A", "b", "B", "1", "0", "0x1", "&lt;", "<", "&", ";", "x", "\n"]), max_size=3).map("".join)
    return st.fixed_dictionaries(
        {},
        optional={
            "a": text.filter(bool),
            "b": text,
            "c": text,
            "many": st.lists(text, min_size=1, max_size=3, unique=True).map(tuple),
        },
    )
