"""Whether Elasticsearch takes a wildcard pattern, which Lucene turns into an automaton like a regular expression."""

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.regex.lucene_limits import MAXIMUM_DEPTH, MAXIMUM_WORK, exceeded_limit
from sigma_amsi.regex.write_lucene import lucene_pattern


def pattern_is_too_complex(pattern: Pattern) -> bool:
    """Whether Lucene would give up on the pattern's automaton, for its size or for its depth."""
    length = sum(len(token) if isinstance(token, str) else 1 for token in pattern.tokens)
    if length >= MAXIMUM_DEPTH:
        return True
    # Texts between any-manys are looked for as by Aho and Corasick: for each any-many that was passed there are at most as many sets of states as
    # characters, and each is at most as large.
    stars = sum(isinstance(token, AnyMany) for token in pattern.tokens)
    if stars * length * length <= MAXIMUM_WORK and not any(isinstance(token, Chars) for token in pattern.tokens):
        return False
    return exceeded_limit(lucene_pattern(pattern, folded=False)) == "limit-automaton"
