"""Random predicates over the columns of a table, of every kind that rules and pipelines give."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_network
from typing import Final, Literal

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType
from sigma_amsi.predicate.tree import (
    Compare,
    Empty,
    InNetwork,
    Matcher,
    Matches,
    Null,
    Predicate,
    Regex,
    Same,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.regex import tree as regex
from sigma_amsi.term import Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

from .values import ADDRESSES, NETWORKS, NUMBERS, Draw

_DIGIT, _LETTER = Chars.from_ranges([(48, 57)]), Chars.from_ranges([(97, 122)])
_SETS: Final = (ONE, Chars.of("ab"), Chars.of("aé]"), ~Chars.of("a\\"), Chars.of("-/–"), _DIGIT, _LETTER)
_ORDERS: Final[tuple[Literal["<", "<=", ">", ">="], ...]] = ("<", "<=", ">", ">=")
_RELATIONS: Final[tuple[Literal["equals", "contains", "startswith", "endswith"], ...]] = ("equals", "contains", "startswith", "endswith")
_STYLES: Final[tuple[Literal["dword", "qword", "hex"], ...]] = ("dword", "qword", "hex")


@dataclass(frozen=True)
class Predicates:
    """A source of predicates about these columns."""

    draw: Draw
    columns: Sequence[ColumnType]

    def predicate(self, depth: int = 2) -> Predicate:
        """A tree of tests."""
        if depth == 0 or self.draw.chance(0.35):
            return self.test()
        if self.draw.chance(0.3):
            return negation(self.predicate(depth - 1))
        parts = [self.predicate(depth - 1) for _ in range(self.draw.number(2, 3))]
        return all_of(parts) if self.draw.chance(0.5) else any_of(parts)

    def test(self) -> Predicate:
        """One test of a column, or of a term over columns."""
        if self.draw.chance(0.25):
            return self._test_of_term()
        column = self.draw.choice(self.columns)
        return Test(Column(column.name), Null() if self.draw.chance(0.1) else self._matcher(column))

    def _matcher(self, column: ColumnType) -> Matcher:
        draw = self.draw
        match column.kind:
            case "integer":
                number = draw.choice(NUMBERS)
                if draw.chance(0.5):
                    return Matches(exactly(number))
                return Compare(draw.choice(_ORDERS), Decimal(number) + draw.choice((Decimal(0), Decimal("0.5"))))
            case "boolean":
                return Matches(exactly(draw.choice(("true", "false"))))
            case "address" if draw.chance(0.6):
                return InNetwork(ip_network(draw.choice(NETWORKS)))
            case "address":
                return Matches(draw.choice((exactly(draw.choice(ADDRESSES)), starting("10."), starting("192.168."))))
            case "time":
                return Null()
        others = [other.name for other in self.columns if other.kind == "text" and other is not column and not other.many]
        if others and column.kind == "text" and not column.many and draw.chance(0.05):
            return Same(Column(draw.choice(others)), draw.choice(_RELATIONS), self._cased(column))
        if "" not in column.absent_for and draw.chance(0.05):
            return Empty()
        return self._text_matcher(self._cased(column))

    def _text_matcher(self, cased: bool) -> Matcher:
        return Regex(self._regex(), cased) if self.draw.chance(0.2) else Matches(self._pattern(), cased)

    def _cased(self, column: ColumnType) -> bool:
        """Mostly what the column can say; the rest is refused where it has letters, and said where it has none."""
        return self.draw.chance({"exact": 0.9, "folded": 0.1}.get(column.compares, 0.4))

    def _test_of_term(self) -> Predicate:
        texts = [column for column in self.columns if column.kind == "text" and not column.many]
        first, second = self.draw.choice(texts), self.draw.choice(texts)
        return Test(self._term(Column(first.name), Column(second.name)), self._text_matcher(self._cased(first)))

    def _term(self, one: Term, other: Term) -> Term:
        draw = self.draw
        builders: tuple[Callable[[], Term], ...] = (
            lambda: Join((one, Text(draw.part()), other)),
            lambda: First((one, other)),
            lambda: First((one, Text(draw.part()))),
            lambda: When(self.predicate(0), one, other),
            lambda: Prefix(one, tuple((self._beginning(), draw.text()) for _ in range(2))),
            lambda: Values(one, tuple((draw.part(), draw.part()) for _ in range(2))),
            lambda: XmlText(one),
            lambda: NumberText(one, draw.choice(_STYLES)),
            lambda: Join((First((one, other)), Text("\\"), When(self.predicate(0), other, Text("x")))),
        )
        return draw.choice(builders)()

    def _beginning(self) -> str:
        """As pipelines have it: without characters that an engine could count as two."""
        return "".join(character for character in self.draw.part() if character <= "\uffff") or "\\"

    def _pattern(self) -> Pattern:
        draw = self.draw
        if draw.chance(0.7):
            return draw.choice((exactly, containing, starting, ending))(draw.text() if draw.chance(0.4) else draw.part())
        wildcards: tuple[Token, ...] = (ANY_MANY, ANY_MANY, draw.choice(_SETS))
        tokens = (draw.part() if draw.chance(0.5) else draw.choice(wildcards) for _ in range(draw.number(1, 5)))
        return Pattern.of(*tokens)

    def _regex(self) -> regex.RegexTree:
        parts = [self._regex_part(2)]
        if self.draw.chance(0.25):
            parts.insert(0, regex.Anchor(regex.Place.TEXT_START))
        if self.draw.chance(0.25):
            parts.append(regex.Anchor(regex.Place.TEXT_END))
        return regex.sequence(parts)

    def _regex_part(self, depth: int) -> regex.RegexTree:
        draw = self.draw
        if depth == 0 or draw.chance(0.4):
            return regex.Literal(draw.part()) if draw.chance(0.7) else regex.OneOf(draw.choice(_SETS))
        if draw.chance(0.4):
            return regex.sequence([self._regex_part(depth - 1) for _ in range(draw.number(2, 3))])
        if draw.chance(0.4):
            return regex.choice([self._regex_part(depth - 1) for _ in range(2)])
        # Without a bound only where nothing inside repeats, which the evaluator would try in exponentially many ways.
        if draw.chance(0.5):
            return regex.Repeat(self._regex_part(0), draw.number(0, 2), None)
        return regex.Repeat(self._regex_part(depth - 1), draw.number(0, 2), draw.number(2, 3))
