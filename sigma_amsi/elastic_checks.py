"""Checks that the generators of Elasticsearch's languages share: what the engine would reject at search time is refused at conversion."""

from sigma_amsi.elastic_capabilities import AUTOMATON, CLAUSES, REGEX_LENGTH, TERM_BYTES
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import Pattern
from sigma_amsi.predicate.tree import Test
from sigma_amsi.regex.lucene_limits import exceeded_limit
from sigma_amsi.regex.wildcard_limits import pattern_is_too_complex


def check_clauses(count: int) -> None:
    """Refuse a query of so many clauses that Elasticsearch does not take it."""
    if count > CLAUSES.value:
        raise Refused("limit-clauses", f"the query has {count} clauses, of which Elasticsearch takes {CLAUSES.value}", hint=CLAUSES.says)


def check_value(value: str, test: Test) -> None:
    """Refuse a whole value that no field can hold."""
    if len(value.encode()) > TERM_BYTES.value:
        raise Refused("limit-length", f"the value has more than {TERM_BYTES.value} bytes", hint=TERM_BYTES.says, test=test)


def check_pattern(pattern: Pattern, test: Test) -> None:
    """Refuse a pattern of which Lucene does not build the automaton."""
    if pattern_is_too_complex(pattern):
        raise Refused("limit-automaton", "the pattern needs a larger automaton than Lucene builds", hint=AUTOMATON.says, test=test)


def check_length(expression: str, test: Test) -> None:
    """Refuse a regular expression, in Lucene's syntax, that is longer than Elasticsearch takes. It counts UTF-16 units."""
    length = len(expression.encode("utf-16-le")) // 2
    if length > REGEX_LENGTH.value:
        message = f"the regular expression has {length} characters, of which Elasticsearch takes {REGEX_LENGTH.value}"
        raise Refused("limit-length", message, hint=REGEX_LENGTH.says, test=test)


def check_expression(expression: str, test: Test) -> None:
    """Refuse one that is too long, or of which Lucene does not build the automaton."""
    check_length(expression, test)
    if exceeded_limit(expression) is not None:
        raise Refused("limit-automaton", "the expression needs a larger automaton than Lucene builds", hint=AUTOMATON.says, test=test)
