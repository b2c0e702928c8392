"""Predicates that say the same in the same words: most queries are the rule as it stands, which needs no canonical form to be seen."""

from sigma_amsi.predicate.tree import Matches, Not, Predicate, Test
from sigma_amsi.proof.terms import is_clear_of_entities
from sigma_amsi.term import XmlText


def are_alike(query: Predicate, rule: Predicate) -> bool:
    """Whether the query is the rule, test for test, but for the decoding of texts where that cannot make a difference.

    Then both hold on the same rows, whatever the table is. Nothing follows where they are not alike.
    """
    if isinstance(query, Test):
        return isinstance(rule, Test) and query.holds == rule.holds and (query.subject == rule.subject or _decodes_in_vain(query, rule))
    if isinstance(query, Not):
        return isinstance(rule, Not) and are_alike(query.part, rule.part)
    if type(query) is not type(rule) or len(query.parts) != len(rule.parts):
        return False
    return all(map(are_alike, query.parts, rule.parts))


def _decodes_in_vain(query: Test, rule: Test) -> bool:
    """Whether the rule's test is the query's on the decoded text, and finds nothing there that the text itself has not."""
    subject, holds = rule.subject, rule.holds
    return (
        isinstance(subject, XmlText) and subject.of == query.subject and isinstance(holds, Matches) and is_clear_of_entities(holds.pattern)
    )
