"""What is run on events: a rule, or its query on the rows that the SIEM makes of them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from sigma_amsi.backend import Statement
from sigma_amsi.characters import fold
from sigma_amsi.errors import Unreadable
from sigma_amsi.events.flatten import values
from sigma_amsi.events.log_sources import coverage, covers
from sigma_amsi.events.model import Event
from sigma_amsi.events.rows import Row
from sigma_amsi.predicate.evaluate import Scalar, evaluate, term_values, text_of
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Target
from sigma_amsi.term import Term


class RuleSubject(Struct, frozen=True):
    """A rule on events: an event matches when the log source covers it and it satisfies the detection."""

    log_source: Predicate
    detection: Predicate

    def matches(self, event: Event) -> bool:
        """Whether the rule fires on the event."""
        return covers(self.log_source, event) and evaluate(self.detection, event.fields)


class QuerySubject(Struct, frozen=True):
    """A query on rows: what its text says, as the language's parser reads it, on the rows of its table. terms: Sigma field -> its term."""

    text: str
    table: str
    predicate: Predicate
    terms: Mapping[str, Term]

    def matches(self, row: Row) -> bool:
        """Whether the query finds the row."""
        return row.table == self.table and evaluate(self.predicate, row.columns)

    def columns(self) -> frozenset[str]:
        """The columns that the query and the rule's terms look at."""
        return frozenset((*columns_of(self.predicate), *(name for term in self.terms.values() for name in columns_of(term))))

    def keeps(self, event: Event, row: Row) -> bool:
        """Whether the row holds what the event says, as far as the rule looks at it. Case does not count."""
        return all(_folded(term_values(term, row.columns)) == _folded(values(event.fields.get(name))) for name, term in self.terms.items())


def _folded(found: Iterable[Scalar]) -> list[str]:
    return [fold(text_of(value)) for value in found if value is not None]


def rule_subject(rule: Rule) -> RuleSubject:
    """The rule, ready to run. Raises Refused for a rule whose detection is no predicate."""
    return RuleSubject(coverage(rule.log_source), rule.detection)


def query_subject(rule: Rule, target: Target) -> QuerySubject:
    """The rule's query, read back by the language's own parser. Raises Refused as `Target.convert` does, whose proof has no part in this."""
    meaning = target.meaning(rule)
    names = {term: name for name, term in meaning.terms.items()}
    text = target.backend.generate(Statement(meaning.table, meaning.where, meaning.detection, target.pipeline.schema, names))
    try:
        predicate = target.read(text, meaning.table)
    except Unreadable as unreadable:
        raise AssertionError(f"our own query cannot be read back: {unreadable.problem.message}: {text}") from unreadable
    return QuerySubject(text, meaning.table.name, predicate, meaning.terms)
