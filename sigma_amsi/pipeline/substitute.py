"""Substitution: the predicate of a rule with its fields replaced by what they are in the SIEM.

The result is true of exactly the rows of which the rule is true when every field has, as its values, the values of its term on the row; with one
reading added. An event's value that the column drops (`absent_for`) leaves the column absent, so equality with such a text asks whether the
term is absent; for composed terms `dropped_texts` says which texts these are, and if the term may hold the text all the same, both count.
`Exists` becomes a negated `Null`, since rows hold no null. Nothing else is rewritten, and nothing is simplified.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sigma_amsi.characters import fold, other_case
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.pipeline.extent import dropped_texts, only_texts
from sigma_amsi.pipeline.model import FieldMapping, LogSource, Mapped, Missing, Pipeline
from sigma_amsi.pipeline.nodes import near
from sigma_amsi.pipeline.refusals import refuse_confused_tests, refuse_impossible_tests, refuse_unsayable_values
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, Table
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.predicate.tree import AnyField, Empty, Exists, Matcher, Matches, Not, Null, Predicate, Regex, Same, Test, any_of
from sigma_amsi.predicate.walk import columns_of, map_tests, subterms, tests_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, RegexTree, Repeat, Sequence
from sigma_amsi.term import Column, Field, Term, Values


@dataclass(frozen=True, slots=True)
class Substitution:
    """A rule's predicate over the columns of a log source's table.

    assumes: names of the facts that its terms and readings rest on, in order of use; also what the log source's condition rests on.
    approximate: Sigma field -> why its term is not exactly the field, for those that were accepted.
    fields: Sigma field -> its columns. terms: Sigma field -> its term.
    origins: test on columns -> the rule's test that it stands for.
    """

    detection: Predicate
    assumes: tuple[str, ...]
    approximate: Mapping[str, str]
    fields: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, Term]
    origins: Mapping[Test, Test]
