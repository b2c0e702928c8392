"""What is known of the rows of a log source by its condition: which values a column has, and what of a term that decides."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import pattern_test
from sigma_amsi.predicate.tree import And, Matches, Not, Or, Predicate, Test
from sigma_amsi.term import Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


class Listed(Struct, frozen=True):
    """The only values that a column has on the rows of the log source; where not cased, in whatever spelling of their letters."""

    values: tuple[str, ...]
    cased: bool


class Given(Struct, frozen=True, dict=True):
    """The rows of a table that satisfy a predicate."""

    predicate: Predicate
    table: Table

    @cached_property
    def listed(self) -> Mapping[str, Listed]:
        """The columns for which the predicate lists the only values that they can have."""
        found: dict[str, Listed] = {}
        for part in self.predicate.parts if isinstance(self.predicate, And) else (self.predicate,):
            tests = [compared(test) for test in (part.parts if isinstance(part, Or) else (part,))]
            names = {name for name, _, _ in tests}
            column = self.table.column(next(iter(names))) if len(names) == 1 and "" not in names else None
            if column is not None and not column.many:
                found[names.pop()] = Listed(tuple(value for _, value, _ in tests), all(cased for _, _, cased in tests))
        return found

    def decides(self, condition: Predicate) -> bool | None:
        """Whether the condition holds on every row of the log source, on none, or None where that is open."""
        match condition:
            case Not(part):
                decided = self.decides(part)
                return None if decided is None else not decided
            case And(parts) | Or(parts):
                answers = {self.decides(part) for part in parts}
                settles = isinstance(condition, Or)
                if settles in answers:
                    return settles
                return None if None in answers else not settles
            case Test(Column(name), Matches(pattern, cased)) if name in self.listed:
                listed = self.listed[name]
                if cased and not listed.cased:
                    return None
                answers = {pattern_test(pattern, cased)(value) for value in listed.values}
                return answers.pop() if len(answers) == 1 else None
        return None

    def resolved(self, term: Term) -> Term:
        """The term without the conditions that the predicate decides."""
        match term:
            case When(test, then, otherwise):
                decided = self.decides(test)
                if decided is not None:
                    return self.resolved(then if decided else otherwise)
                then, otherwise = self.resolved(then), self.resolved(otherwise)
                return then if then == otherwise else When(test, then, otherwise)
            case Join(parts):
                # A part that becomes a constant stays as it is: constants do not count when a join is looked at for being absent.
                resolved = [self.resolved(part) for part in parts]
                return Join(tuple(old if isinstance(new, Text) else new for old, new in zip(parts, resolved, strict=True)))
            case First(terms):
                return First(tuple(self.resolved(each) for each in terms))
            case Prefix(of, pairs):
                return Prefix(self.resolved(of), pairs)
            case Values(of, pairs):
                return Values(self.resolved(of), pairs)
            case XmlText(of):
                return XmlText(self.resolved(of))
            case NumberText(of, style):
                return NumberText(self.resolved(of), style)
        return term


def compared(test: Predicate) -> tuple[str, str, bool]:
    """The column that the predicate compares with a text, the text, and whether by case; no column where it does something else."""
    match test:
        case Test(Column(name), Matches(pattern, cased)) if pattern.literal is not None:
            return name, pattern.literal, cased
    return "", "", False
