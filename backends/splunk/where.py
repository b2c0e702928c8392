"""Predicates as expressions of the `where` command, for what `search` cannot say.

What the functions give for a missing field is not documented, and a comparison with one is null, which `NOT` keeps null. So every test
stands behind an `isnotnull` and is two-valued.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from sigma_amsi.errors import Refused
from sigma_amsi.pattern import AnyMany, Pattern, exactly, starting
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    TimePart,
)
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.of_pattern import tree_of
from sigma_amsi.regex.perl import Dialect
from sigma_amsi.regex.write import write_perl
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

from .inward import inward
from .layout import Expression, Leaf, every, flat, negated, some
from .search import check_emptiness, check_number, column_of
from .text import eval_name, regex_literal, string_literal
from .xml import finds_the_same_undecoded, spellings

_WORDS = {"contains": "contains", "startswith": "starts with", "endswith": "ends with"}
_TRUE = Leaf("true()", "false()")
_FALSE = Leaf("false()", "true()")


class Where(Struct, frozen=True):
    """Writes expressions over the fields of one table."""

    table: Table

    def condition(self, predicate: Predicate) -> Expression:
        """The expression of a predicate; it is never null."""
        if isinstance(predicate, Test):
            return self._guarded(predicate.subject, [predicate.holds])
        if isinstance(predicate, Not):
            return negated(self.condition(predicate.part))
        parts: list[Expression] = []
        for part in predicate.parts if isinstance(predicate, And) else _together(predicate):
            # A comprehension would cost a second stack frame for every level.
            parts.append(self._guarded(*part) if isinstance(part, tuple) else self.condition(part))
        if not parts:
            return _TRUE if isinstance(predicate, And) else _FALSE
        return every(parts) if isinstance(predicate, And) else some(parts)

    def _guarded(self, subject: Term | AnyField, matchers: Sequence[Matcher]) -> Expression:
        """That one of the tests on the subject holds, behind the guard that it is there."""
        test = Test(subject, matchers[0])
        if isinstance(subject, AnyField):
            raise Refused("keyword-search", "a keyword needs a field to look into", hint="`_raw` holds the event's text", test=test)
        present = self._presence(subject, test)
        if any(isinstance(holds, Null) for holds in matchers):
            others = [holds for holds in matchers if not isinstance(holds, Null)]
            return some([negated(present), *([self._guarded(subject, others)] if others else [])])
        tested = [self._comparison(subject, Test(subject, holds)) for holds in matchers]
        return _all([present, _any(tested)])

    def _comparison(self, subject: Term, test: Test) -> Expression:
        """The test on a subject that is there."""
        match test.holds:
            case Exists() | Matches(Pattern((AnyMany(),))):
                return _TRUE
            case Matches() as holds:
                self._check_column(subject, test, cased=holds.cased)
                return self._pattern(subject, holds, test)
            case Regex(_, cased) as holds:
                self._check_column(subject, test, cased=cased)
                plain = subject.of if isinstance(subject, XmlText) and finds_the_same_undecoded(holds) else subject
                return Leaf(f"match({self._value(plain, test)}, {_regex(holds, test)})")
            case Same(other, how, cased):
                return self._same(subject, other, how, cased, test)
            case InNetwork(network):
                self._check_column(subject, test, cased=False)
                return Leaf(f'cidrmatch("{network}", {self._value(column_of(subject) or subject, test)})')
            case Compare(operator, number) if (column := column_of(subject)) is not None:
                check_number(column, self.table, test)
                return Leaf(f"{eval_name(column.name, test)}{operator}{number:f}")
            case Compare():
                raise Refused("number-order", "a computed text has no order of numbers", test=test)
            case TimePart():
                raise Refused("time-part", "a time is text in Splunk, in whatever form the event has it", test=test)
            case Empty():
                raise Refused("null-and-empty", "Splunk extracts no empty values: an empty and a missing field are one", test=test)
        raise AssertionError(f"said by the guard: {test}")

    def _pattern(self, subject: Term, holds: Matches, test: Test) -> Expression:
        number = holds.pattern.literal if isinstance(subject, Column) and self._holds_integers(subject) else None
        if number and re.fullmatch("0|-?[1-9][0-9]{0,14}", number):  # as many digits as a double keeps
            return Leaf(f"{self._value(subject, test)}={number}")
        spelled = spellings(holds.pattern) if isinstance(subject, XmlText) else None
        if spelled is None:
            value, patterns = self._value(subject, test), [holds.pattern]
        else:
            assert isinstance(subject, XmlText)
            value, patterns = self._value(subject.of, test), spelled
        return some(Leaf(f"match({value}, {_regex(Regex(tree_of(pattern), holds.cased), test)})") for pattern in patterns)

    def _holds_integers(self, column: Column) -> bool:
        kind = self.table.column(column.name)
        return kind is not None and kind.kind == "integer"

    def _same(self, subject: Term, other: Term, how: str, cased: bool, test: Test) -> Expression:
        if how != "equals":
            raise Refused(
                "field-comparison",
                f"SPL cannot say that one field {_WORDS[how]} another: `like` would read wildcards in it",
                hint="use -t kusto",
                test=test,
            )
        if cased:
            reason = "SPL compares two fields as numbers where they look like numbers, unless a function makes texts of them that fold case"
            raise Refused("field-comparison", reason, hint="use -t kusto, or leave out `cased`", test=test)
        for term in (subject, other):
            self._check_column(term, test, cased=False)
        compared = f"lower({self._value(subject, test)})=lower({self._value(other, test)})"
        return _all([self._presence(other, test), Leaf(compared)])

    def _check_column(self, subject: Term, test: Test, *, cased: bool) -> None:
        column = column_of(subject)
        kind = self.table.column(column.name) if column else None
        if kind is not None and kind.many:
            raise Refused(
                "several-values", f"{kind.name} may hold several values, of which `where` functions are not documented", test=test
            )
        if kind is not None and kind.compares == "folded" and cased:
            raise Refused("case-insensitive-column", f"{kind.name} does not keep the case of its values", test=test)

    # -- terms --------------------------------------------------------------------------------------------------------------------------

    def _presence(self, term: Term, test: Test) -> Expression:
        """That the term has a value."""
        match inward(term):
            case Column(name) as column:
                check_emptiness(column, self.table, test)
                field = eval_name(name, test)
                return Leaf(f"isnotnull({field})", f"isnull({field})")
            case Text():
                return _TRUE
            case Absent():
                return _FALSE
            case Join(parts):
                return _any(self._presence(part, test) for part in parts if not isinstance(part, Text))
            case First(terms):
                return _any(self._presence(each, test) for each in terms)
            case When(condition, then, otherwise):
                branches = ((condition, then), (Not(condition), otherwise))
                return _any(_all([self.condition(case), self._presence(value, test)]) for case, value in branches)
            case Prefix(of) | XmlText(of) | NumberText(of):
                return self._presence(of, test)
            case Values(of, table):
                return self._guarded(of, [Matches(exactly(own)) for own, _ in table])
        raise AssertionError(f"a field is left: {term}")

    def _value(self, term: Term, test: Test) -> str:
        """The term's value where it is there."""
        match inward(term):
            case Column(name):
                return eval_name(name, test)
            case Text(text):
                return string_literal(text, test)
            case Absent():
                return "null()"
            case Join(parts):
                return "(" + ".".join(self._joined_part(part, test) for part in parts) + ")"
            case First(terms):
                return f"coalesce({', '.join(self._nullable(each, test) for each in terms)})"
            case When(condition, then, otherwise):
                return f"if({flat(self.condition(condition), 'AND')}, {self._nullable(then, test)}, {self._nullable(otherwise, test)})"
            case Prefix(of, table):
                return self._prefix(of, table, test)
            case Values(of, table):
                value = self._value(of, test)
                cases = [f"{_is(value, exactly(own), test)}, {string_literal(other, test)}" for own, other in table]
                return f"case({', '.join(cases)})"
            case XmlText(XmlText()):
                raise Refused("term-unsupported", "text that is decoded from XML is not decoded again", hint="say `xml` once", test=test)
            case XmlText(of):
                decoded = self._nullable(of, test)
                for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
                    decoded = f'replace({decoded}, "{entity}", "{character}")'
                return decoded
            case NumberText():
                raise Refused("term-unsupported", "the test asks for too many numbers at once", hint="name whole values", test=test)
        raise AssertionError(f"a field is left: {term}")

    def _nullable(self, term: Term, test: Test) -> str:
        """The term's value, and null where it has none: what the parts of a join do not give by themselves."""
        value = self._value(term, test)
        if not isinstance(term.of if isinstance(term, Values) else term, Join):
            return value
        guard = self._presence(term, test)
        return value if guard == _TRUE else f"if({flat(guard, 'AND')}, {value}, null())"

    def _joined_part(self, part: Term, test: Test) -> str:
        value = self._nullable(part, test)
        return value if isinstance(part, Text) else f'coalesce({value}, "")'

    def _prefix(self, of: Term, table: tuple[tuple[str, str], ...], test: Test) -> str:
        value = self._nullable(of, test)
        cases = []
        for own, other in table:
            rest = f"substr({value}, {len(own) + 1})"
            cases.append(f"{_is(value, starting(own), test)}, {string_literal(other, test)}.{rest}")
        return f"case({', '.join(cases)}, true(), {value})"


def _together(predicate: Or) -> list["Predicate | tuple[Term, list[Matcher]]"]:
    """The parts of a disjunction, with tests of one subject behind one guard."""
    subjects: dict[Term, list[Matcher]] = {}
    for part in predicate.parts:
        if isinstance(part, Test) and not isinstance(part.subject, AnyField):
            subjects.setdefault(part.subject, []).append(part.holds)
    parts: list[Predicate | tuple[Term, list[Matcher]]] = []
    for part in predicate.parts:
        if not isinstance(part, Test) or isinstance(part.subject, AnyField):
            parts.append(part)
        elif part.subject in subjects:
            parts.append((part.subject, subjects.pop(part.subject)))
    return parts


def _all(parts: Iterable[Expression]) -> Expression:
    listed = [part for part in parts if part != _TRUE]
    return _FALSE if _FALSE in listed else every(listed) if listed else _TRUE


def _any(parts: Iterable[Expression]) -> Expression:
    listed = [part for part in parts if part != _FALSE]
    return _TRUE if _TRUE in listed else some(listed) if listed else _FALSE


def _regex(holds: Regex, test: Test) -> str:
    try:
        return regex_literal(write_perl(holds.tree, Dialect.PCRE, cased=holds.cased))
    except RegexConstruct as construct:
        raise Refused("regex-construct", f"Splunk's regular expressions cannot say it: {construct.reason}", test=test) from construct


def _is(value: str, pattern: Pattern, test: Test) -> str:
    """A condition inside `case`, where what is not true counts as false."""
    return f"match({value}, {_regex(Regex(tree_of(pattern), cased=False), test)})"
